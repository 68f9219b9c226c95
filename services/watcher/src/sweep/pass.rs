//! One sweep of one shard.

use crate::fold::Continuity;
use crate::shard::OwnedShard;
use crate::standings::Snapshot;
use pushmail_domain::{AccountId, Epoch, EventId, VersionSet};
use pushmail_eventlog::Stored;
use std::collections::{HashMap, HashSet};
use tokio::time::Instant;

/// How far a shard was swept.
pub(super) struct Swept {
    epoch: Epoch,
    /// Every record up to this sequence was looked at, or nobody looks any more.
    through: u64,
    /// The last record that was looked at.
    pub(super) last: Option<(u64, EventId)>,
    /// The version at which each account was then.
    versions: HashMap<AccountId, u64>,
    /// Whether no sweep has ended so far.
    first: bool,
    pub(super) at: Instant,
}

impl Swept {
    /// Of a shard that was not swept by this owner. The first sweep begins so many records before the checkpoint.
    pub(super) fn new(owned: &OwnedShard, behind: u64, now: Instant) -> Self {
        Self {
            epoch: owned.epoch,
            through: owned.folded_from.saturating_sub(behind),
            last: None,
            versions: HashMap::new(),
            first: true,
            at: now,
        }
    }

    /// Begins as a new owner does, so many records before here.
    pub(super) fn begin_anew(&mut self, behind: u64) {
        self.through = self.through.saturating_sub(behind);
        self.last = None;
        self.versions.clear();
        self.first = true;
    }

    /// Whether it is by the shard's owner as it is now.
    pub(super) fn is_by(&self, owned: &OwnedShard) -> bool {
        self.epoch == owned.epoch
    }
}

/// A sweep under way. It counts only once it has ended.
pub(super) struct Pass<'a> {
    swept: &'a mut Swept,
    accounts: HashMap<AccountId, Continuity>,
    first: bool,
    last: Option<(u64, EventId)>,
}

impl<'a> Pass<'a> {
    pub(super) fn new(swept: &'a mut Swept) -> Self {
        let known = swept.versions.iter();
        let accounts = known.map(|(account, version)| (*account, Continuity::after(*version)));
        Self {
            accounts: accounts.collect(),
            first: swept.first,
            last: swept.last,
            swept,
        }
    }

    /// Whether nothing was read so far, by this owner.
    pub(super) const fn is_first(&self) -> bool {
        self.first
    }

    /// All records of these accounts are among those that come.
    pub(super) fn begin(&mut self, whole: HashSet<AccountId>) {
        self.first = false;
        let accounts = whole.into_iter();
        let accounts = accounts.map(|account| (account, Continuity::after(0)));
        self.accounts.extend(accounts);
    }

    /// The sequence after which it reads.
    pub(super) const fn after(&self) -> u64 {
        self.swept.through
    }

    /// Takes in the next records.
    pub(super) fn take_in(&mut self, page: &[Stored]) {
        for stored in page {
            let account = self.accounts.entry(stored.event.account).or_default();
            account.meet(&stored.event.cursor);
        }
        let last = page.last();
        let last = last.map(|stored| (stored.position.sequence, stored.event.id));
        self.last = last.or(self.last);
    }

    /// Nothing comes up to the snapshot's position: what is missing. Accounts that are read again are known to miss
    /// something, and those that are gone miss nothing.
    pub(super) fn end(mut self, snapshot: &Snapshot) -> Vec<(AccountId, VersionSet)> {
        let mut missing = Vec::new();
        for now in &snapshot.accounts {
            let mut account = self.accounts.remove(&now.account).unwrap_or_default();
            account.end(now.version, &now.absent);
            if !now.rewound && !account.missing().is_empty() {
                missing.push((now.account, account.missing().clone()));
            }
        }
        if missing.is_empty() {
            self.swept.first = false;
            self.swept.last = self.last;
            self.swept.through = self.swept.through.max(snapshot.position);
            let versions = snapshot.accounts.iter();
            self.swept.versions = versions.map(|now| (now.account, now.version)).collect();
        }
        missing
    }
}
