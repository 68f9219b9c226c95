//! Where a shard's accounts stand, and what of it the registry does not know yet.

use crate::fold::{Base, Standing};
use pushmail_domain::{AccountId, Event};
use pushmail_eventlog::{Appended, Stored};
use pushmail_registry::Checkpoint;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The shard's accounts at one log position: never ahead of the log, moved only by stored events.
#[derive(Debug, Default)]
pub(crate) struct Standings(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    accounts: HashMap<AccountId, Standing>,
    position: u64,
    dirty: HashSet<AccountId>,
}

impl Standings {
    pub(crate) fn new(base: Base) -> Self {
        let replaced = base.accounts.keys().filter(|_| base.replaces);
        Self(Mutex::new(State {
            dirty: replaced.copied().collect(),
            accounts: base.accounts,
            position: base.after,
        }))
    }

    /// Folds events read from the log, in log order.
    pub(crate) fn fold(&self, stored: &[Stored]) {
        let mut state = self.lock();
        for stored in stored {
            state.apply(&stored.event, stored.position.sequence);
        }
    }

    /// Takes in events that the log has just acknowledged: all of one append at once, so that a
    /// flush never holds a position without the cursors that belong to it.
    pub(crate) fn appended(&self, events: &[Event], appended: &[Appended]) {
        let mut state = self.lock();
        for (event, appended) in events.iter().zip(appended) {
            state.apply(event, appended.position.sequence);
        }
    }

    /// Takes in events that are not stored yet: what a planted fault does.
    #[cfg(feature = "plant")]
    pub(crate) fn unstored(&self, events: &[Event]) {
        let mut state = self.lock();
        for event in events {
            state.apply(event, 0);
        }
    }

    pub(crate) fn get(&self, account: AccountId) -> Standing {
        self.lock()
            .accounts
            .get(&account)
            .cloned()
            .unwrap_or_default()
    }

    /// Remembers the reason for what is going on, for people; no event.
    pub(crate) fn set_detail(&self, account: AccountId, detail: &str) {
        let mut state = self.lock();
        let standing = state.accounts.entry(account).or_default();
        if standing.status.detail != detail {
            detail.clone_into(&mut standing.status.detail);
            state.dirty.insert(account);
        }
    }

    pub(crate) fn forget(&self, account: AccountId) {
        let mut state = self.lock();
        state.accounts.remove(&account);
        state.dirty.remove(&account);
    }

    /// What has to be flushed, with the position that it includes; `None` if nothing has.
    pub(crate) fn take_dirty(&self) -> Option<(u64, Vec<Checkpoint>)> {
        let mut state = self.lock();
        if state.dirty.is_empty() {
            return None;
        }
        let dirty = std::mem::take(&mut state.dirty);
        let checkpoint = |account: AccountId| {
            let standing = state.accounts.get(&account)?.clone();
            Some(Checkpoint {
                account,
                cursor: standing.cursor,
                status: standing.status,
            })
        };
        Some((
            state.position,
            dirty.into_iter().filter_map(checkpoint).collect(),
        ))
    }

    /// Puts back what could not be flushed.
    pub(crate) fn put_back(&self, accounts: &[Checkpoint]) {
        let mut state = self.lock();
        for checkpoint in accounts {
            if state.accounts.contains_key(&checkpoint.account) {
                state.dirty.insert(checkpoint.account);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn apply(&mut self, event: &Event, sequence: u64) {
        self.accounts.entry(event.account).or_default().apply(event);
        self.position = self.position.max(sequence);
        self.dirty.insert(event.account);
    }
}

#[cfg(test)]
mod tests;
