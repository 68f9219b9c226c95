//! Every mail that was sent, and every event that a device saw.

use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

#[derive(Debug, Default)]
struct State {
    /// By Message-ID: when it was sent.
    missing: HashMap<String, Instant>,
    /// By Message-ID: the event that announced it first.
    received: HashMap<String, String>,
    /// The ids of all events.
    events: HashSet<String>,
    sent: u64,
    /// Events that a device took for new though it had seen them, and mails announced by a second event.
    doubled: u64,
    /// Gaps that the gateway announced.
    resets: u64,
    /// The longest that a mail took since this was asked for last.
    longest: Duration,
    /// Mails that were waited for in vain, and when they were sent.
    lost: HashMap<String, Instant>,
}

/// The counts, of all that happened so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    /// Mails.
    pub(super) sent: u64,
    /// Distinct mails that devices saw.
    pub(super) received: u64,
    /// Mails that were waited for, and that no device saw.
    pub(super) lost: u64,
    /// Events seen twice and not known again, and mails announced twice.
    pub(super) doubled: u64,
    /// How often the gateway said that something may be missing.
    pub(super) resets: u64,
}

/// Shared by who sends and who receives.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<State>);

impl Ledger {
    /// The mail server is about to have this mail.
    pub(super) fn sends(&self, mail: String) {
        let mut state = self.lock();
        state.sent += 1;
        state.missing.insert(mail, Instant::now());
    }

    /// A device saw an event, which it knew again or not, about a new mail or not.
    pub(super) fn saw(&self, event: String, is_known: bool, mail: Option<String>) {
        let mut state = self.lock();
        let is_new = state.events.insert(event.clone());
        state.doubled += u64::from(!is_new && !is_known);
        let Some(mail) = mail else {
            return;
        };
        let sent = state.missing.remove(&mail);
        let sent = sent.or_else(|| state.lost.remove(&mail));
        if let Some(sent) = sent {
            state.longest = state.longest.max(sent.elapsed());
        }
        let first = state.received.entry(mail).or_insert_with(|| event.clone());
        state.doubled += u64::from(is_new && *first != event);
    }

    pub(super) fn reset(&self) {
        self.lock().resets += 1;
    }

    pub(super) fn counts(&self) -> Counts {
        let state = self.lock();
        Counts {
            sent: state.sent,
            received: state.received.len() as u64,
            lost: state.lost.len() as u64,
            doubled: state.doubled,
            resets: state.resets,
        }
    }

    /// The longest that a mail took since this was asked for last.
    pub(super) fn longest(&self) -> Duration {
        std::mem::take(&mut self.lock().longest)
    }

    /// What was sent until now and is missing.
    pub(super) fn missing(&self) -> HashSet<String> {
        self.lock().missing.keys().cloned().collect()
    }

    /// How much of that still is.
    pub(super) fn still_missing(&self, of: &HashSet<String>) -> usize {
        let state = self.lock();
        of.iter()
            .filter(|mail| state.missing.contains_key(*mail))
            .count()
    }

    /// Those of them that still are missing were waited for in vain, and are not waited for again.
    pub(super) fn give_up(&self, of: &HashSet<String>) {
        let mut state = self.lock();
        for mail in of {
            if let Some(sent) = state.missing.remove(mail) {
                state.lost.insert(mail.clone(), sent);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeat_counts_unless_the_device_knew_it_again() {
        let ledger = Ledger::default();
        ledger.sends("m".to_owned());
        ledger.give_up(&ledger.missing());
        assert_eq!(ledger.counts().lost, 1);
        assert_eq!(ledger.missing().len(), 0);
        ledger.saw("e".to_owned(), false, Some("m".to_owned()));
        ledger.saw("e".to_owned(), true, Some("m".to_owned()));
        assert_eq!((ledger.counts().lost, ledger.counts().doubled), (0, 0));
        ledger.saw("e".to_owned(), false, Some("m".to_owned()));
        assert_eq!(ledger.counts().doubled, 1);
    }

    #[test]
    fn a_mail_of_two_events_is_doubled() {
        let ledger = Ledger::default();
        ledger.sends("m".to_owned());
        ledger.saw("e".to_owned(), false, Some("m".to_owned()));
        ledger.saw("f".to_owned(), false, Some("m".to_owned()));
        assert_eq!(ledger.counts().doubled, 1);
    }
}
