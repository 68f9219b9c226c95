//! What the gateway remembers of an account's newest messages, to tell changes from repeats.
//!
//! A [`Memory`] lives in the registry and is loaded only while changes are compared, never while an account
//! waits. Events carry what it learns ([`Recall`]), so that the log's fold makes it whole again.

mod codec;
mod differences;
mod pending;

pub use codec::MemoryError;
pub use differences::{Differences, missed};
pub use pending::Pending;

use crate::id::FolderId;
use ring::digest::{Context, SHA256};
use std::collections::{BTreeMap, VecDeque};

/// How many of a folder's newest messages are remembered.
pub const MESSAGES: usize = 256;
/// How many announced messages are remembered by their fingerprint.
pub const FINGERPRINTS: usize = 64;
/// How many folders of an account are remembered.
pub const FOLDERS: usize = 1024;

/// One thing learned about an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recall {
    /// From here on the folder is remembered: nothing of it is known yet, and nothing below `floor` will be.
    Begin {
        /// Which.
        folder: FolderId,
        /// The lowest UID of which is known whether it is there; at least 1.
        floor: u32,
    },
    /// A message is there, with these flags.
    Seen {
        /// Its folder.
        folder: FolderId,
        /// Its UID.
        uid: u32,
        /// [`flags_hash`] of its flags.
        flags: u32,
    },
    /// A message is gone.
    Gone {
        /// Its folder.
        folder: FolderId,
        /// Its UID.
        uid: u32,
    },
    /// A message with this fingerprint was announced.
    Announced {
        /// A keyed hash of its EMAILID or Message-ID.
        fingerprint: u64,
    },
    /// Nothing that was known of the folder counts any more.
    Forget {
        /// Which.
        folder: FolderId,
    },
}

/// The newest messages of a folder: flags' hashes by UID.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderMemory {
    messages: BTreeMap<u32, u32>,
    /// UIDs below it are not remembered; at least 1.
    floor: u32,
}

impl FolderMemory {
    /// The lowest UID of which is known whether it is there.
    pub const fn floor(&self) -> u32 {
        self.floor
    }

    /// The remembered hash of the message's flags, if it was there.
    pub fn flags(&self, uid: u32) -> Option<u32> {
        self.messages.get(&uid).copied()
    }

    /// The UIDs remembered as there, lowest first.
    pub fn uids(&self) -> impl Iterator<Item = u32> {
        self.messages.keys().copied()
    }

    fn seen(&mut self, uid: u32, flags: u32) {
        if uid < self.floor {
            return;
        }
        self.messages.insert(uid, flags);
        while self.messages.len() > MESSAGES {
            if let Some((lowest, _)) = self.messages.pop_first() {
                self.floor = lowest.saturating_add(1);
            }
        }
    }
}

/// What is remembered of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memory {
    folders: BTreeMap<FolderId, FolderMemory>,
    announced: VecDeque<u64>,
}

impl Memory {
    /// What is remembered of the folder; `None` if nothing ever was.
    pub fn folder(&self, folder: FolderId) -> Option<&FolderMemory> {
        self.folders.get(&folder)
    }

    /// Whether a message with this fingerprint is among the last [`FINGERPRINTS`] announced.
    pub fn announced(&self, fingerprint: u64) -> bool {
        self.announced.contains(&fingerprint)
    }

    /// Takes in one thing. Taking the same things in again, in order, changes nothing. Messages of a
    /// folder that is not remembered are passed over.
    pub fn learn(&mut self, recall: &Recall) {
        match *recall {
            Recall::Begin { folder, floor } => {
                self.folders.remove(&folder);
                if self.folders.len() < FOLDERS {
                    self.folders.entry(folder).or_default().floor = floor;
                }
            }
            Recall::Seen { folder, uid, flags } => {
                if let Some(memory) = self.folders.get_mut(&folder) {
                    memory.seen(uid, flags);
                }
            }
            Recall::Gone { folder, uid } => {
                if let Some(memory) = self.folders.get_mut(&folder) {
                    memory.messages.remove(&uid);
                }
            }
            Recall::Announced { fingerprint } => {
                if !self.announced(fingerprint) {
                    self.announced.push_back(fingerprint);
                }
                if self.announced.len() > FINGERPRINTS {
                    self.announced.pop_front();
                }
            }
            Recall::Forget { folder } => {
                self.folders.remove(&folder);
            }
        }
    }
}

/// A hash of a message's flags that does not depend on their order or case. `\Recent` does not count: it is
/// about the session, not the message (RFC 3501, section 2.3.2).
pub fn flags_hash<S: AsRef<str>>(flags: &[S]) -> u32 {
    let mut flags: Vec<String> = flags
        .iter()
        .map(|flag| flag.as_ref().to_ascii_lowercase())
        .filter(|flag| flag != "\\recent")
        .collect();
    flags.sort_unstable();
    flags.dedup();
    let mut hash = Context::new(&SHA256);
    for flag in &flags {
        hash.update(&(flag.len() as u64).to_be_bytes());
        hash.update(flag.as_bytes());
    }
    let digest = hash.finish();
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&digest.as_ref()[..4]);
    u32::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests;
