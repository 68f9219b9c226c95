//! Changes that one command brings, held packed until it is over: too many of them are told as one.

use super::limits;
use crate::wire::{Fetch, UidSet, merge};
use pushmail_domain::{FolderCursor, FolderId, MessageKey, Timestamp};
use pushmail_upstream::{Change, ChangedFlags, Vanished};

/// The flags of one message.
struct Flags {
    uid: u32,
    /// How many bytes of the text are its flags.
    len: u32,
    /// 0 where there is none.
    mod_seq: u64,
}

/// Flags and deletions of one folder.
#[derive(Default)]
pub(super) struct Gathered {
    messages: Vec<Flags>,
    /// The flags of all of them, a space after each one.
    text: String,
    vanished: Vec<(u32, u32)>,
    gone: u64,
    too_many: bool,
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
        let before = self.text.len();
        let more: usize = flags.iter().map(|flag| flag.len() + 1).sum();
        let count = self.messages.len() as u64 + 1 + self.gone;
        if count > limits::CHANGES as u64 || before + more > limits::FLAGS {
            return self.give_up();
        }
        for flag in flags {
            self.text.push_str(flag);
            self.text.push(' ');
        }
        self.messages.push(Flags {
            uid,
            len: u32::try_from(self.text.len() - before).unwrap_or(u32::MAX),
            mod_seq: fetch.mod_seq.unwrap_or(0),
        });
    }

    /// Takes what is gone below `end`.
    pub(super) fn vanished(&mut self, uids: &UidSet, end: u64) {
        if self.too_many {
            return;
        }
        self.gone += uids.count_below(end);
        let count = self.messages.len() as u64 + self.gone;
        if uids.is_truncated() || count > limits::CHANGES as u64 {
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

    /// Leaves out deletions that were told as they happened.
    pub(super) fn without(mut self, told: &[(u32, u32)]) -> Self {
        for told in told {
            let parts = self.vanished.into_iter();
            self.vanished = parts.flat_map(|range| cut_out(range, *told)).collect();
        }
        self
    }

    /// What is to be told, of the folder with this cursor.
    pub(super) fn into_told(mut self, cursor: FolderCursor, noticed_at: Timestamp) -> Told {
        merge(&mut self.vanished);
        Told {
            folder: cursor.folder,
            uid_validity: cursor.uid_validity,
            noticed_at,
            gathered: self,
            at: 0,
            text_at: 0,
        }
    }
}

/// Gathered changes on their way to the account: made one by one, when they are taken.
pub(super) struct Told {
    folder: FolderId,
    uid_validity: u32,
    noticed_at: Timestamp,
    gathered: Gathered,
    /// How many messages were told.
    at: usize,
    /// Where the flags of the next one begin.
    text_at: usize,
}

impl Told {
    /// Their folder.
    pub(super) const fn folder(&self) -> FolderId {
        self.folder
    }

    /// About how many bytes they take.
    pub(super) fn weight(&self) -> usize {
        let Gathered {
            messages,
            text,
            vanished,
            ..
        } = &self.gathered;
        size_of_val(messages.as_slice()) + text.len() + size_of_val(vanished.as_slice())
    }

    /// When the server's notice arrived.
    pub(super) const fn noticed_at(&self) -> Timestamp {
        self.noticed_at
    }
}

impl Iterator for Told {
    type Item = Change;

    fn next(&mut self) -> Option<Change> {
        let (folder, noticed_at) = (self.folder, self.noticed_at);
        if std::mem::take(&mut self.gathered.too_many) {
            return Some(Change::Resync { folder, noticed_at });
        }
        if !self.gathered.vanished.is_empty() {
            return Some(Change::Vanished(Box::new(Vanished {
                folder,
                uid_validity: self.uid_validity,
                uids: std::mem::take(&mut self.gathered.vanished),
                noticed_at,
            })));
        }
        let message = self.gathered.messages.get(self.at)?;
        let end = self.text_at + message.len as usize;
        let flags = self.gathered.text.get(self.text_at..end);
        let flags = flags.unwrap_or_default().split_terminator(' ');
        self.at += 1;
        self.text_at = end;
        Some(Change::Flags(Box::new(ChangedFlags {
            key: MessageKey {
                folder,
                uid_validity: self.uid_validity,
                uid: message.uid,
            },
            flags: flags.map(str::to_owned).collect(),
            mod_seq: Some(message.mod_seq).filter(|mod_seq| *mod_seq > 0),
            noticed_at,
        })))
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
