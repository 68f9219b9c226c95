//! Finds, while a shard's log is folded, the accounts of which the log lost something, and where they stood before.

use super::{Base, Continuity};
use pushmail_domain::{AccountId, Cursor, Event, VersionSet};
use std::collections::{HashMap, HashSet};

/// What was found so far.
#[derive(Debug, Default)]
pub struct Gaps {
    accounts: HashMap<AccountId, Seen>,
    /// Whether the log is folded onto what it says itself.
    same: bool,
    /// The accounts all of whose records are in the log, from the first.
    whole: HashSet<AccountId>,
}

#[derive(Debug, Default)]
struct Seen {
    continuity: Continuity,
    /// Where the account stood before the first version that is missing.
    before: Option<Cursor>,
}

/// What the log lost of one account.
#[derive(Debug, PartialEq, Eq)]
pub struct Gap {
    /// The account.
    pub account: AccountId,
    /// Where it stood before.
    pub before: Cursor,
    /// The versions that have no record.
    pub missing: VersionSet,
}

impl Gaps {
    /// Nothing was folded onto this base. Of the accounts in `whole` no record can have expired.
    pub fn new(base: &Base, whole: HashSet<AccountId>) -> Self {
        let of_checkpoint = base.accounts.iter().filter(|_| !base.replaces);
        let seen = of_checkpoint.map(|(account, standing)| {
            let seen = Seen {
                continuity: Continuity::after(standing.cursor.version()),
                before: None,
            };
            (*account, seen)
        });
        Self {
            accounts: seen.collect(),
            same: !base.replaces,
            whole,
        }
    }

    /// Takes in the next record; before it the account stood where `before` says.
    pub fn meet(&mut self, event: &Event, before: impl FnOnce() -> Cursor) {
        // What a checkpoint does not know began after it.
        let begins = match self.same || self.whole.contains(&event.account) {
            true => Continuity::after(0),
            false => Continuity::default(),
        };
        let seen = self.accounts.entry(event.account).or_insert_with(|| Seen {
            continuity: begins,
            before: None,
        });
        seen.continuity.meet(&event.cursor);
        if seen.continuity.missing().is_empty() {
            seen.before = None;
        } else if seen.before.is_none() {
            seen.before = Some(before());
        }
    }

    /// All of them.
    pub fn found(self) -> impl Iterator<Item = Gap> {
        self.accounts.into_iter().filter_map(|(account, seen)| {
            Some(Gap {
                account,
                before: seen.before?,
                missing: seen.continuity.missing().clone(),
            })
        })
    }
}

#[cfg(test)]
mod tests;
