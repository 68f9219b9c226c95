//! Hearing of a mailbox.

use crate::park::{Park, Seat};
use crate::user::User;
use std::sync::Arc;

/// A place in the park, which hears of a user's mailbox for as long as this lives.
pub(super) struct Ear {
    pub(super) user: Arc<User>,
    pub(super) park: Arc<Park>,
    pub(super) seat: Seat,
}

impl Ear {
    pub(super) fn of(user: &Arc<User>, park: &Arc<Park>) -> Self {
        let seat = park.take_seat();
        user.mailbox.listen(seat);
        Self {
            user: Arc::clone(user),
            park: Arc::clone(park),
            seat,
        }
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.user.mailbox.leave(self.seat);
        self.park.give_back(self.seat);
    }
}
