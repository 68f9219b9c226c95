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
