//! What the log holds of accounts that are read again from before a loss: that is not stored a second time, however
//! long ago it was.

use pushmail_domain::{AccountId, Event, EventId, Position};
use pushmail_eventlog::{Appended, Stored};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Of an account so many of its newest events are known.
const KNOWN: usize = 8192;

/// The events of the accounts that are read again.
#[derive(Debug, Default)]
pub(super) struct Logged(BTreeMap<AccountId, HashMap<EventId, Position>>);

impl Logged {
    /// Forgets all accounts but these; which of them are not known.
    pub(super) fn keep(&mut self, accounts: &BTreeSet<AccountId>) -> Vec<AccountId> {
        self.0.retain(|account, _| accounts.contains(account));
        let unknown = accounts
            .iter()
            .filter(|account| !self.0.contains_key(account));
        unknown.copied().collect()
    }

    /// The account's events are these.
    pub(super) fn learn(&mut self, account: AccountId, newest: Newest) {
        let ids = newest
            .0
            .into_iter()
            .map(|(_, (id, position))| (id, position));
        self.0.insert(account, ids.collect());
    }

    /// What is known to be stored of these events.
    pub(super) fn find(&self, events: &[Event]) -> Vec<Option<Appended>> {
        let find = |event: &Event| {
            let position = *self.0.get(&event.account)?.get(&event.id)?;
            Some(Appended {
                position,
                duplicate: true,
            })
        };
        events.iter().map(find).collect()
    }
}

/// An account's newest events, while its log is read.
#[derive(Debug, Default)]
pub(super) struct Newest(BTreeMap<u64, (EventId, Position)>);

impl Newest {
    /// Takes in what comes next; where to read on.
    pub(super) fn take_in(&mut self, page: &[Stored]) -> Option<u64> {
        for stored in page {
            let (sequence, id) = (stored.position.sequence, stored.event.id);
            self.0.insert(sequence, (id, stored.position));
            if self.0.len() > KNOWN {
                self.0.pop_first();
            }
        }
        page.last().map(|stored| stored.position.sequence)
    }
}
