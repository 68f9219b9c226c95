//! Where a shard's accounts stand, and what of it the registry does not know yet.

mod rewound;

pub(crate) use rewound::Snapshot;

use crate::fold::{Base, Standing};
use pushmail_domain::memory::Pending;
use pushmail_domain::{AccountId, Event, FolderCursor, Recall, Rejections};
use pushmail_eventlog::{Appended, Stored};
use pushmail_registry::Checkpoint;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The shard's accounts at one log position: never ahead of the log, moved only by stored events.
#[derive(Debug, Default)]
pub(crate) struct Standings(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Boxed, so that free places are small.
    accounts: BTreeMap<AccountId, Box<Entry>>,
    position: u64,
    dirty: BTreeSet<AccountId>,
}

#[derive(Debug, Default)]
struct Entry {
    standing: Standing,
    /// What the account's memory in the registry lacks.
    lessons: Option<Box<Pending>>,
    /// And what is on its way there.
    flushing: Option<Box<Pending>>,
    /// How many sweeps have passed since the account, which had been rewound, was live.
    live_for: Option<u8>,
}

impl Standings {
    pub(crate) fn new(base: Base) -> Self {
        let replaced = base.accounts.keys().filter(|_| base.replaces);
        Self(Mutex::new(State {
            dirty: replaced.copied().collect(),
            accounts: base
                .accounts
                .into_iter()
                .map(|(account, standing)| (account, Box::new(Entry::new(standing, base.replaces))))
                .collect(),
            position: base.after,
        }))
    }

    /// Folds events read from the log, in log order.
    pub(crate) fn fold(&self, stored: &[Stored]) {
        let mut state = self.lock();
        for stored in stored {
            state.apply(&stored.event, stored.position.sequence, false);
        }
    }

    /// Takes in events that the log has just acknowledged: all of one append at once, so that a
    /// flush never holds a position without the cursors that belong to it.
    pub(crate) fn appended(&self, events: &[Event], appended: &[Appended]) {
        let mut state = self.lock();
        for (event, appended) in events.iter().zip(appended) {
            state.apply(event, appended.position.sequence, appended.duplicate);
        }
    }

    /// Takes in events that are not stored yet: what a planted fault does.
    #[cfg(feature = "plant")]
    pub(crate) fn unstored(&self, events: &[Event]) {
        let mut state = self.lock();
        for event in events {
            state.apply(event, 0, false);
        }
    }

    pub(crate) fn get(&self, account: AccountId) -> Standing {
        self.lock()
            .accounts
            .get(&account)
            .map(|entry| entry.standing.clone())
            .unwrap_or_default()
    }

    /// Notes how far a folder was read where no event says so.
    pub(crate) fn confirm(&self, account: AccountId, cursor: FolderCursor) {
        let mut state = self.lock();
        let standing = &mut state.accounts.entry(account).or_default().standing;
        standing.cursor.confirm(cursor);
        state.dirty.insert(account);
    }

    /// Notes what was learned where no event says so.
    pub(crate) fn learn(&self, account: AccountId, recalls: &[Recall]) {
        let mut state = self.lock();
        state.accounts.entry(account).or_default().learn(recalls);
        state.dirty.insert(account);
    }

    /// What the account's memory in the registry may lack, in order.
    pub(crate) fn pending(&self, account: AccountId) -> Vec<Pending> {
        let state = self.lock();
        let entry = state.accounts.get(&account);
        let both = entry.map(|entry| [&entry.flushing, &entry.lessons]);
        let both = both.into_iter().flatten().flatten();
        both.map(|pending| (**pending).clone()).collect()
    }

    /// What is to be added to the account's memory by the flush under way.
    pub(crate) fn flushing(&self, account: AccountId) -> Option<Pending> {
        let state = self.lock();
        state.accounts.get(&account)?.flushing.as_deref().cloned()
    }

    /// Remembers the reason for what is going on, for people; no event.
    pub(crate) fn set_detail(&self, account: AccountId, detail: &str) {
        let mut state = self.lock();
        let standing = &mut state.accounts.entry(account).or_default().standing;
        if standing.status.detail != detail {
            detail.clone_into(&mut standing.status.detail);
            state.dirty.insert(account);
        }
    }

    /// Notes how often the credential was rejected.
    pub(crate) fn set_rejections(&self, account: AccountId, rejections: Rejections) {
        let mut state = self.lock();
        let standing = &mut state.accounts.entry(account).or_default().standing;
        if standing.status.rejections != rejections {
            standing.status.rejections = rejections;
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
        let checkpoints = dirty
            .into_iter()
            .filter_map(|account| Some(state.accounts.get_mut(&account)?.checkpoint(account)))
            .collect();
        Some((state.position, checkpoints))
    }

    /// What was taken is stored.
    pub(crate) fn flushed(&self, accounts: &[Checkpoint]) {
        let mut state = self.lock();
        for checkpoint in accounts {
            if let Some(entry) = state.accounts.get_mut(&checkpoint.account) {
                entry.flushing = None;
            }
        }
    }

    /// Puts back what could not be flushed.
    pub(crate) fn put_back(&self, accounts: &[Checkpoint]) {
        let mut state = self.lock();
        for checkpoint in accounts {
            if let Some(entry) = state.accounts.get_mut(&checkpoint.account) {
                entry.put_back();
                state.dirty.insert(checkpoint.account);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes in an event, unless it is a `duplicate`, which the log passed over.
    fn apply(&mut self, event: &Event, sequence: u64, duplicate: bool) {
        let entry = self.accounts.entry(event.account).or_default();
        match duplicate {
            true => entry.standing.pass_over(event),
            false => entry.standing.apply(event),
        }
        entry.learn(&event.cursor.recalls);
        self.position = self.position.max(sequence);
        self.dirty.insert(event.account);
    }
}

impl Entry {
    /// Where an account begins. If the log `replaces` its checkpoint, what is remembered does not count
    /// either: it may hold what the log lost.
    fn new(standing: Standing, replaces: bool) -> Self {
        Self {
            standing,
            lessons: replaces.then(|| Box::new(Pending::anew())),
            flushing: None,
            live_for: None,
        }
    }

    fn learn(&mut self, recalls: &[Recall]) {
        if recalls.is_empty() {
            return;
        }
        let lessons = self.lessons.get_or_insert_default();
        recalls.iter().for_each(|recall| lessons.add(recall));
    }

    /// The checkpoint, and its lessons on their way.
    fn checkpoint(&mut self, account: AccountId) -> Checkpoint {
        self.put_back();
        self.flushing = self.lessons.take();
        Checkpoint {
            account,
            cursor: self.standing.cursor.clone(),
            status: self.standing.status.clone(),
            memory: None,
        }
    }

    fn put_back(&mut self) {
        let Some(mut lessons) = self.flushing.take() else {
            return;
        };
        if let Some(later) = self.lessons.take() {
            lessons.extend(&later);
        }
        self.lessons = Some(lessons);
    }
}

#[cfg(test)]
mod tests;
