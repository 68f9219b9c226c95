//! The user of a connection.

use crate::faults::Order;
use crate::park::Seat;
use crate::server::Server;
use crate::user::User;
use std::sync::Arc;

/// A client that logged in. It counts as the user's connection for as long as this lives.
pub(super) struct Owner {
    pub(super) user: Arc<User>,
    server: Arc<Server>,
    pub(super) seat: Seat,
    /// How many of the mailbox's changes were seen.
    pub(super) seen: u64,
    /// How many of the user's orders were obeyed.
    obeyed: usize,
    /// It was in IDLE.
    idled: bool,
}

impl Owner {
    /// Logs in, unless the user has `limit` connections.
    pub(super) fn admit(server: &Arc<Server>, user: Arc<User>, limit: usize) -> Option<Self> {
        if !user.log_in(limit) {
            return None;
        }
        let seat = server.park.take_seat();
        Some(Self {
            seen: user.mailbox.listen(seat),
            obeyed: user.faults(|faults| faults.orders.len()),
            seat,
            server: Arc::clone(server),
            user,
            idled: false,
        })
    }

    /// It goes into IDLE.
    pub(super) fn idles(&mut self) {
        if !std::mem::replace(&mut self.idled, true) {
            self.user.idled(self.server.clock.now());
        }
    }

    /// Whether something changed that was not seen.
    pub(super) fn has_news(&self) -> bool {
        self.user.mailbox.changes() != self.seen
    }

    /// Waits until there is news.
    pub(super) async fn changed(&self) {
        self.user.mailbox.changed(self.seat, self.seen).await;
    }

    /// Sees all changes of now.
    pub(super) fn catch_up(&mut self) {
        self.seen = self.user.mailbox.changes();
    }

    /// The orders that were not obeyed, and count as obeyed now.
    pub(super) fn take_orders(&mut self) -> Vec<Order> {
        let new = |orders: &[Order]| orders.get(self.obeyed..).unwrap_or_default().to_vec();
        let orders = self.user.faults(|faults| new(&faults.orders));
        self.obeyed += orders.len();
        orders
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.user.mailbox.leave(self.seat);
        self.server.park.give_back(self.seat);
        self.user.log_out(self.server.clock.now());
    }
}
