//! How far an account's upstream has been read.

mod by_id;
mod sync;

pub use sync::SyncCursor;

use crate::id::FolderId;
use crate::memory::Recall;
use crate::time::Timestamp;
use crate::versions::VersionSet;
use by_id::ById;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// By how much a server's clock may be behind ours.
const CLOCKS_DIFFER: Duration = Duration::from_secs(5 * 60);

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
    /// HIGHESTMODSEQ (RFC 7162, section 3.1.2.1) up to which every change of flags and every deletion
    /// was announced; 0 where that is not known.
    #[serde(default)]
    pub mod_seq: u64,
    /// When the folder was last known to be read to its end.
    #[serde(default)]
    pub read_at: Timestamp,
    /// UIDs below it were there when the folder was found rebuilt (its UIDVALIDITY changed): of them only
    /// mail newer than `read_at` that was not announced before is announced. 0: the folder was not rebuilt.
    #[serde(default)]
    pub rebuilt_below: u64,
}

impl FolderCursor {
    /// Where reading of a folder begins: everything from `uid_next` on is to be announced.
    pub const fn starting(folder: FolderId, uid_validity: u32, uid_next: u64) -> Self {
        Self {
            folder,
            uid_validity,
            uid_next,
            mod_seq: 0,
            read_at: Timestamp::from_micros(0),
            rebuilt_below: 0,
        }
    }

    /// Whether the message was there when the folder was found rebuilt, so that it may not be new.
    pub fn was_rebuilt_with(&self, uid: u32) -> bool {
        u64::from(uid) < self.rebuilt_below
    }

    /// Whether mail that came at this time, by the server's clock, came before the folder was last read.
    pub fn was_read_after(&self, arrived: Timestamp) -> bool {
        came_before(arrived, self.read_at)
    }
}

/// Whether mail that came at this time, by the server's clock, came before `read_at`, by ours: no difference of clocks
/// explains it.
pub fn came_before(arrived: Timestamp, read_at: Timestamp) -> bool {
    arrived < read_at.before(CLOCKS_DIFFER)
}

/// What an event does to its account's cursor: the state *after* the event, of what it changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CursorStep {
    /// The cursor's version after the event: one more than before it.
    pub version: u64,
    /// The folders whose cursor the event moved.
    pub folders: Vec<FolderCursor>,
    /// The same, where the server counts by keys.
    pub syncs: Vec<SyncCursor>,
    /// The folders that are watched no more.
    pub forgotten: Vec<FolderId>,
    /// What the account's memory learns by the event.
    pub recalls: Vec<Recall>,
    /// Versions before this one of which the log holds no record, and need not: what they said had been
    /// stored before, or was announced anew. Every other version below has one.
    pub absent: VersionSet,
}

/// How far an account's upstream has been read: every folder, and a version that each event raises.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    version: u64,
    #[serde(with = "by_id::as_map")]
    folders: ById<FolderCursor>,
    #[serde(default)]
    syncs: ById<SyncCursor>,
    #[serde(default)]
    rewound: bool,
}

impl Cursor {
    /// The cursor with these parts, as a checkpoint holds them.
    pub fn new(version: u64, folders: impl IntoIterator<Item = FolderCursor>) -> Self {
        Self {
            version,
            folders: folders.into_iter().collect(),
            syncs: ById::default(),
            rewound: false,
        }
    }

    /// The same with these cursors of folders at a server that counts by keys.
    #[must_use]
    pub fn with_syncs(self, syncs: impl IntoIterator<Item = SyncCursor>) -> Self {
        let syncs = syncs.into_iter().collect();
        Self { syncs, ..self }
    }

    /// How many events of the account came before this cursor.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Whether folders are read again from before what the log lost: then some of what is read may be in the log.
    pub const fn is_rewound(&self) -> bool {
        self.rewound
    }

    /// Puts the folders back to where they were before the log lost something. The version stays: what comes
    /// later is later.
    pub fn rewind(
        &mut self,
        folders: impl IntoIterator<Item = FolderCursor>,
        syncs: impl IntoIterator<Item = SyncCursor>,
    ) {
        self.folders = folders.into_iter().collect();
        self.syncs = syncs.into_iter().collect();
        self.rewound = true;
    }

    /// Notes that everything was read again.
    pub const fn caught_up(&mut self) {
        self.rewound = false;
    }

    /// The folder's cursor; `None` before its baseline.
    pub fn folder(&self, id: FolderId) -> Option<FolderCursor> {
        self.folders.get(id).copied()
    }

    /// All folder cursors, in the order of their ids.
    pub fn folders(&self) -> impl Iterator<Item = FolderCursor> {
        self.folders.iter().copied()
    }

    /// The cursor by keys of the folder, or of the list of folders; `None` before its baseline.
    pub fn sync(&self, folder: Option<FolderId>) -> Option<&SyncCursor> {
        self.syncs.get(folder)
    }

    /// All cursors by keys: the list of folders', then the folders' in the order of their ids.
    pub fn syncs(&self) -> impl Iterator<Item = &SyncCursor> {
        self.syncs.iter()
    }

    /// Whether nothing was ever read.
    pub fn is_empty(&self) -> bool {
        self.folders().next().is_none() && self.syncs().next().is_none()
    }

    /// The step that moves `folders`, one version on from here.
    pub fn step(&self, folders: Vec<FolderCursor>) -> CursorStep {
        CursorStep {
            version: self.version + 1,
            folders,
            ..CursorStep::default()
        }
    }

    /// Notes how far a folder was read where no event says so: all before it has been announced.
    pub fn confirm(&mut self, folder: FolderCursor) {
        self.folders.insert(folder);
    }

    /// The same, where the server counts by keys.
    pub fn confirm_sync(&mut self, sync: SyncCursor) {
        self.syncs.insert(sync);
    }

    /// Where a folder's cursor goes that is to be moved there: within one UIDVALIDITY never back.
    pub fn forward(&self, mut moved: FolderCursor) -> FolderCursor {
        let now = self.folder(moved.folder);
        let Some(now) = now.filter(|now| now.uid_validity == moved.uid_validity) else {
            return moved;
        };
        moved.uid_next = moved.uid_next.max(now.uid_next);
        moved.mod_seq = moved.mod_seq.max(now.mod_seq);
        moved.rebuilt_below = now.rebuilt_below;
        // What was there when the folder was rebuilt is judged by the time of the last read before that.
        moved.read_at = match moved.uid_next < now.rebuilt_below {
            true => now.read_at,
            false => moved.read_at.max(now.read_at),
        };
        moved
    }

    /// Folds one event's step in. A step that is not newer changes nothing, so folding twice is harmless.
    pub fn apply(&mut self, step: &CursorStep) {
        if step.version <= self.version {
            return;
        }
        self.version = step.version;
        for folder in &step.folders {
            self.folders.insert(*folder);
        }
        for sync in &step.syncs {
            self.syncs.insert(sync.clone());
        }
        for folder in &step.forgotten {
            self.folders.remove(*folder);
            self.syncs.remove(Some(*folder));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDER: FolderId = FolderId::from_bytes([1; 16]);

    fn at(uid_validity: u32, uid_next: u64) -> FolderCursor {
        FolderCursor::starting(FOLDER, uid_validity, uid_next)
    }

    fn read_at(seconds: i64, cursor: FolderCursor) -> FolderCursor {
        let read_at = Timestamp::from_micros(seconds * 1_000_000);
        FolderCursor { read_at, ..cursor }
    }

    #[test]
    fn within_one_uidvalidity_a_cursor_never_moves_back() {
        let cursor = Cursor::new(3, [at(1, 13)]);
        assert_eq!(cursor.forward(at(1, 12)), at(1, 13));
        assert_eq!(cursor.forward(at(1, 14)), at(1, 14));
    }

    #[test]
    fn another_uidvalidity_begins_where_it_says() {
        let cursor = Cursor::new(3, [at(1, 13)]);
        assert_eq!(cursor.forward(at(2, 5)), at(2, 5));
        assert_eq!(Cursor::default().forward(at(1, 5)), at(1, 5));
    }

    #[test]
    fn a_rebuilt_folder_keeps_the_time_of_the_read_before_until_all_of_it_was_judged() {
        let rebuilt = FolderCursor {
            rebuilt_below: 8,
            ..read_at(100, at(2, 1))
        };
        let cursor = Cursor::new(3, [rebuilt]);
        let between = cursor.forward(read_at(200, at(2, 7)));
        assert_eq!(
            between,
            FolderCursor {
                uid_next: 7,
                ..rebuilt
            }
        );
        let judged = cursor.forward(read_at(200, at(2, 8)));
        let expected = FolderCursor {
            uid_next: 8,
            ..rebuilt
        };
        assert_eq!(judged, read_at(200, expected));
    }

    #[test]
    fn mail_counts_as_read_only_if_no_difference_of_clocks_explains_its_time() {
        let cursor = read_at(1000, at(1, 1));
        let arrived = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        assert!(cursor.was_read_after(arrived(699)));
        assert!(!cursor.was_read_after(arrived(700)));
        assert!(!at(1, 1).was_read_after(arrived(0)), "it was never read");
    }
    use proptest::prelude::*;

    fn steps(uids: &[u32]) -> Vec<CursorStep> {
        let mut cursor = Cursor::default();
        uids.iter()
            .map(|uid| {
                let folder = FolderId::from_bytes([(uid % 3) as u8; 16]);
                let moved = FolderCursor::starting(folder, 1, u64::from(*uid) + 1);
                let step = cursor.step(vec![moved]);
                cursor.apply(&step);
                step
            })
            .collect()
    }

    #[test]
    fn keys_of_folders_and_of_their_list_are_kept_apart_and_forgotten_with_the_folder() {
        let sync = |folder, key: &str| SyncCursor {
            folder,
            key: key.into(),
            ..SyncCursor::beginning(FOLDER)
        };
        let mut cursor = Cursor::default();
        let step = CursorStep {
            syncs: vec![sync(Some(FOLDER), "4"), sync(None, "1"), sync(None, "2")],
            ..cursor.step(Vec::new())
        };
        cursor.apply(&step);
        let keys: Vec<&str> = cursor.syncs().map(|sync| &*sync.key).collect();
        assert_eq!(keys, ["2", "4"]);
        let step = CursorStep {
            forgotten: vec![FOLDER],
            ..cursor.step(Vec::new())
        };
        cursor.apply(&step);
        assert_eq!(cursor.sync(Some(FOLDER)), None);
        assert_eq!(cursor.sync(None).map(|sync| &*sync.key), Some("2"));
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
