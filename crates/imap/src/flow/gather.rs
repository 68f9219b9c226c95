//! Changes that one command brings, held until it is over: too many of them are told as one.

use super::limits;
use crate::wire::{Fetch, UidSet};
use pushmail_domain::{FolderCursor, MessageKey, Timestamp};
use pushmail_upstream::{Change, ChangedFlags, Vanished};

/// The flags of one message.
pub(super) struct Flags {
    uid: u32,
    mod_seq: Option<u64>,
    /// Separated by spaces, to weigh little.
    flags: Box<str>,
}

/// Flags and deletions of one folder.
#[derive(Default)]
pub(super) struct Gathered {
    flags: Vec<Flags>,
    bytes: usize,
    vanished: Vec<(u32, u32)>,
    gone: u64,
    too_many: bool,
}

impl Flags {
    pub(super) fn into_parts(self) -> (u32, Vec<String>) {
        (self.uid, split(&self.flags))
    }
}

fn split(flags: &str) -> Vec<String> {
    flags.split_whitespace().map(str::to_owned).collect()
}

impl Gathered {
    /// Takes the flags of a message below `end`.
    pub(super) fn fetched(&mut self, fetch: &Fetch, end: u64) {
        let (Some(uid), Some(flags)) = (fetch.uid, &fetch.flags) else {
            return;
        };
        if u64::from(uid) >= end || self.too_many {
            return;
        }
        let flags = flags.join(" ").into_boxed_str();
        self.bytes += flags.len();
        self.flags.push(Flags {
            uid,
            mod_seq: fetch.mod_seq,
            flags,
        });
        if self.flags.len() > limits::CHANGES || self.bytes > limits::FLAGS {
            self.give_up();
        }
    }

    /// Takes what is gone below `end`.
    pub(super) fn vanished(&mut self, uids: &UidSet, end: u64) {
        if self.too_many {
            return;
        }
        self.gone += uids.count_below(end);
        if uids.is_truncated() || self.gone > limits::CHANGES as u64 {
            return self.give_up();
        }
        self.vanished.extend(uids.below(end));
    }

    fn give_up(&mut self) {
        *self = Self {
            too_many: true,
            ..Self::default()
        };
    }

    /// Whether it was more than is told one by one.
    pub(super) const fn is_too_many(&self) -> bool {
        self.too_many
    }

    /// The messages with their flags.
    pub(super) fn into_flags(self) -> Vec<Flags> {
        self.flags
    }

    /// Leaves out deletions that were told as they happened.
    pub(super) fn without(mut self, told: &[(u32, u32)]) -> Self {
        for told in told {
            let parts = self.vanished.into_iter();
            self.vanished = parts.flat_map(|range| cut_out(range, *told)).collect();
        }
        self
    }

    /// What is to be told, of the folder with this cursor.
    pub(super) fn into_changes(self, cursor: FolderCursor, noticed_at: Timestamp) -> Vec<Change> {
        let FolderCursor {
            folder,
            uid_validity,
            ..
        } = cursor;
        let many = self.flags.len() as u64 + self.gone > limits::CHANGES as u64;
        if self.too_many || many {
            return vec![Change::Resync { folder, noticed_at }];
        }
        let mut changes = Vec::new();
        if !self.vanished.is_empty() {
            let mut uids = self.vanished;
            uids.sort_unstable();
            changes.push(Change::Vanished(Box::new(Vanished {
                folder,
                uid_validity,
                uids,
                noticed_at,
            })));
        }
        changes.extend(self.flags.into_iter().map(|flags| {
            let key = MessageKey {
                folder,
                uid_validity,
                uid: flags.uid,
            };
            Change::Flags(Box::new(ChangedFlags {
                key,
                flags: split(&flags.flags),
                mod_seq: flags.mod_seq,
                noticed_at,
            }))
        }));
        changes
    }
}

/// What is left of a range without another one.
fn cut_out((first, last): (u32, u32), (from, to): (u32, u32)) -> impl Iterator<Item = (u32, u32)> {
    let below = (first < from).then(|| (first, last.min(from - 1)));
    let above = (last > to).then(|| (first.max(to + 1), last));
    below.into_iter().chain(above)
}

#[cfg(test)]
mod tests {
    use super::cut_out;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_cut_out_of_a_range_is_not_in_it_and_all_else_is(
            first in 1u32..30, more in 0u32..30, from in 1u32..30, length in 0u32..30,
        ) {
            let (range, out) = ((first, first + more), (from, from + length));
            let left: Vec<u32> = cut_out(range, out).flat_map(|(first, last)| first..=last).collect();
            let expected = (range.0..=range.1).filter(|uid| !(out.0..=out.1).contains(uid));
            prop_assert_eq!(left, expected.collect::<Vec<_>>());
        }
    }
}
