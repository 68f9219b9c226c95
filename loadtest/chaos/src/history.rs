//! What was sent and what devices saw, as it happens.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a device saw, in the order in which it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    /// An event.
    Event {
        account: String,
        event: String,
        /// Its place in the log.
        sequence: u64,
        /// The Message-ID, if it is about a new mail.
        mail: Option<String>,
        /// Whether the client knew that it had it already.
        again: bool,
    },
    /// The gateway said that events of the account may be missing (`Reset`).
    Gap { account: String },
}

#[derive(Default)]
struct State {
    /// What was sent and is not received yet.
    missing: HashSet<String>,
    sent: u64,
    seen: Vec<Seen>,
    /// Accounts of devices that connected at least once: what comes from then on reaches them.
    connected: HashSet<String>,
    /// Distinct mails received.
    received: u64,
}

/// Shared by who sends and who receives.
#[derive(Default)]
pub(crate) struct History(Mutex<State>);

impl History {
    /// The mail server is about to have this mail.
    pub(crate) fn sends(&self, mail: String) {
        let mut state = self.lock();
        state.sent += 1;
        state.missing.insert(mail);
    }

    /// A device saw this.
    pub(crate) fn saw(&self, seen: Seen) {
        let mut state = self.lock();
        if let Seen::Event {
            mail: Some(mail), ..
        } = &seen
        {
            state.received += u64::from(state.missing.remove(mail));
        }
        state.seen.push(seen);
    }

    /// A device of these accounts has connected.
    pub(crate) fn connected(&self, accounts: Vec<String>) {
        self.lock().connected.extend(accounts);
    }

    /// How many accounts have a device that connected.
    pub(crate) fn count_connected(&self) -> usize {
        self.lock().connected.len()
    }

    /// What was sent and not received.
    pub(crate) fn missing(&self) -> HashSet<String> {
        self.lock().missing.clone()
    }

    /// How much of that is still not received.
    pub(crate) fn still_missing(&self, of: &HashSet<String>) -> usize {
        self.lock().missing.intersection(of).count()
    }

    /// How many were sent.
    pub(crate) fn count_sent(&self) -> u64 {
        self.lock().sent
    }

    /// How many mails came.
    pub(crate) fn count_received(&self) -> u64 {
        self.lock().received
    }

    /// Everything that devices saw.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.lock().seen.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
