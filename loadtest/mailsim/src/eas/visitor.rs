//! Whose a connection is.

use crate::faults::Order;
use crate::server::Server;
use crate::user::User;
use std::sync::Arc;

/// A user who asked on a connection. It counts as the user's for as long as this lives.
pub(super) struct Visitor {
    pub(super) user: Arc<User>,
    pub(super) server: Arc<Server>,
    /// How many of the user's orders were obeyed.
    obeyed: usize,
}

/// What a connection is ordered to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ordered {
    /// Never say anything again.
    Silence,
    /// End.
    End,
}

impl Visitor {
    pub(super) fn enter(server: &Arc<Server>, user: Arc<User>) -> Self {
        // However many there are.
        user.log_in(usize::MAX);
        Self {
            obeyed: user.faults(|faults| faults.orders.len()),
            server: Arc::clone(server),
            user,
        }
    }

    /// Notes what the client did wrong.
    pub(super) fn note(&self, mistake: &str) {
        let bound = self.server.command_log;
        self.user
            .eas(|account| account.note(mistake.to_owned(), bound));
    }

    /// What the user's connections were ordered to do since.
    pub(super) fn order(&mut self) -> Option<Ordered> {
        let obeyed = self.obeyed;
        let new = self.user.faults(|faults| {
            let new = faults.orders.get(obeyed..).unwrap_or_default();
            new.to_vec()
        });
        self.obeyed += new.len();
        new.into_iter().find_map(|order| match order {
            Order::Freeze => Some(Ordered::Silence),
            Order::Bye(_) => Some(Ordered::End),
            Order::Overflow => None,
        })
    }
}

impl Drop for Visitor {
    fn drop(&mut self) {
        self.user.log_out(self.server.clock.now());
    }
}
