//! Accounts that are read again from before what the log lost, and what a sweep compares the log with.

use super::{Entry, Standings, State};
use crate::fold::Gap;
use pushmail_domain::{AccountId, AccountPhase, Event, Timestamp, VersionSet};
use std::collections::BTreeSet;

/// A shard's accounts at one log position.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) position: u64,
    pub(crate) accounts: Vec<Versions>,
}

/// The version at which one account's cursor is.
#[derive(Debug)]
pub(crate) struct Versions {
    pub(crate) account: AccountId,
    pub(crate) version: u64,
    /// The versions that the log does not hold, and that no record explains so far.
    pub(crate) absent: VersionSet,
    /// Whether the account is read again from before something that the log lost.
    pub(crate) rewound: bool,
}

impl Standings {
    /// Whether the account's records are to be there: until it is deleted or wiped, which purges them.
    pub(crate) fn keep(&self, account: AccountId) -> bool {
        let state = self.lock();
        let entry = state.accounts.get(&account);
        entry.is_some_and(|entry| entry.standing.status.phase != AccountPhase::Wiped)
    }

    /// Puts an account back to before what the log lost.
    pub(crate) fn rewind(&self, gap: &Gap, since: Timestamp) {
        let mut state = self.lock();
        let entry = state.accounts.entry(gap.account).or_default();
        entry.standing.rewind(gap, since);
        state.dirty.insert(gap.account);
    }

    /// The accounts of these events that were rewound.
    pub(crate) fn rewound_among(&self, events: &[Event]) -> BTreeSet<AccountId> {
        let state = self.lock();
        let accounts = events.iter().map(|event| event.account);
        accounts
            .filter(|account| {
                state
                    .accounts
                    .get(account)
                    .is_some_and(|entry| entry.is_rewound())
            })
            .collect()
    }

    /// An account is live. If it had been rewound, it now reads what it had read before.
    pub(crate) fn went_live(&self, account: AccountId) {
        let mut state = self.lock();
        if let Some(entry) = state.accounts.get_mut(&account).filter(|e| e.is_rewound()) {
            entry.live_for.get_or_insert(0);
        }
    }

    /// Where all accounts are, for a sweep. Those that were rewound, and live for a whole sweep since, have
    /// read everything again.
    pub(crate) fn sweep(&self) -> Snapshot {
        let mut state = self.lock();
        let State {
            accounts,
            position,
            dirty,
        } = &mut *state;
        let versions = accounts.iter_mut().map(|(account, entry)| {
            let versions = Versions {
                account: *account,
                version: entry.standing.cursor.version(),
                absent: entry.standing.absent.clone(),
                rewound: entry.is_rewound(),
            };
            if entry.settles() {
                dirty.insert(*account);
            }
            versions
        });
        Snapshot {
            accounts: versions.collect(),
            position: *position,
        }
    }
}

impl Entry {
    const fn is_rewound(&self) -> bool {
        self.standing.cursor.is_rewound()
    }

    /// A sweep passes; whether the account, which had been rewound, has read everything again.
    fn settles(&mut self) -> bool {
        let explained = self.standing.absent.is_empty();
        let Some(live_for) = self.live_for.as_mut().filter(|_| explained) else {
            return false;
        };
        *live_for += 1;
        let settled = *live_for > 1;
        if settled {
            self.live_for = None;
            self.standing.cursor.caught_up();
        }
        settled
    }
}
