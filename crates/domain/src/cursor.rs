//! How far an account's upstream has been read.

use crate::id::FolderId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far one IMAP folder has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FolderCursor {
    /// The folder.
    pub folder: FolderId,
    /// UIDVALIDITY (RFC 9051, section 2.3.1.1) that `uid_next` belongs to; at least 1. Watchers'
    /// checkpoints use 0 for a folder whose cursor was lost with the log.
    pub uid_validity: u32,
    /// The lowest UID not yet announced; at least 1. 2^32 when the last possible UID was announced.
    pub uid_next: u64,
}

/// What an event does to its account's cursor: the state *after* the event, of what it changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CursorStep {
    /// The cursor's version after the event: one more than before it.
    pub version: u64,
    /// The folders whose cursor the event moved.
    pub folders: Vec<FolderCursor>,
}

/// How far an account's upstream has been read: every folder, and a version that each event raises.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    version: u64,
    folders: BTreeMap<FolderId, FolderCursor>,
}

impl Cursor {
    /// The cursor with these parts, as a checkpoint holds them.
    pub fn new(version: u64, folders: impl IntoIterator<Item = FolderCursor>) -> Self {
        let folders = folders.into_iter().map(|f| (f.folder, f)).collect();
        Self { version, folders }
    }

    /// How many events of the account came before this cursor.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The folder's cursor; `None` before its baseline.
    pub fn folder(&self, id: FolderId) -> Option<FolderCursor> {
        self.folders.get(&id).copied()
    }

    /// All folder cursors, in the order of their ids.
    pub fn folders(&self) -> impl Iterator<Item = FolderCursor> {
        self.folders.values().copied()
    }

    /// The step that moves `folders`, one version on from here.
    pub fn step(&self, folders: Vec<FolderCursor>) -> CursorStep {
        CursorStep {
            version: self.version + 1,
            folders,
        }
    }

    /// Folds one event's step in. A step that is not newer changes nothing, so folding twice is harmless.
    pub fn apply(&mut self, step: &CursorStep) {
        if step.version <= self.version {
            return;
        }
        self.version = step.version;
        for folder in &step.folders {
            self.folders.insert(folder.folder, *folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn steps(uids: &[u32]) -> Vec<CursorStep> {
        let mut cursor = Cursor::default();
        uids.iter()
            .map(|uid| {
                let step = cursor.step(vec![FolderCursor {
                    folder: FolderId::from_bytes([(uid % 3) as u8; 16]),
                    uid_validity: 1,
                    uid_next: u64::from(*uid) + 1,
                }]);
                cursor.apply(&step);
                step
            })
            .collect()
    }

    proptest! {
        #[test]
        fn folding_from_any_checkpoint_ends_at_the_same_cursor(uids: Vec<u32>, cut: prop::sample::Index, overlap in 0usize..4) {
            let steps = steps(&uids);
            let mut whole = Cursor::default();
            steps.iter().for_each(|s| whole.apply(s));

            let cut = if steps.is_empty() { 0 } else { cut.index(steps.len()) };
            let mut resumed = Cursor::default();
            steps[..cut].iter().for_each(|s| resumed.apply(s));
            steps[cut.saturating_sub(overlap)..].iter().for_each(|s| resumed.apply(s));
            prop_assert_eq!(whole, resumed);
        }
    }
}
