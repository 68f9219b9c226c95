//! How far a folder at a server of Exchange ActiveSync has been read.

use crate::id::FolderId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// How far a folder has been read, or the list of folders itself, where the server counts by keys (MS-ASCMD, section
/// 2.2.3.181).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SyncCursor {
    /// The folder; `None`: the list of folders.
    pub folder: Option<FolderId>,
    /// The key that is sent next: in the log before the server sees it. [`SyncCursor::BEGINNING`] where all that the
    /// folder holds is to be announced; empty if it was lost with the log.
    pub key: Box<str>,
    /// How often the server gave up the folder's ServerIds: what was announced under them is another item now. 0 for
    /// good where they outlive a refused key (from version 16.0 on).
    #[serde(default)]
    pub generation: u32,
    /// When the folder was last known to be read to its end.
    #[serde(default)]
    pub read_at: Timestamp,
}

impl SyncCursor {
    /// The key before the first one.
    pub const BEGINNING: &str = "0";

    /// Where reading of a folder begins all of which is new.
    pub fn beginning(folder: FolderId) -> Self {
        Self {
            folder: Some(folder),
            key: Self::BEGINNING.into(),
            generation: 0,
            read_at: Timestamp::from_micros(0),
        }
    }

    /// The cursor of a folder of which is not known how far it was read: what came before `since` is no news.
    pub fn lost(known: &Self, since: Timestamp) -> Self {
        Self {
            key: "".into(),
            read_at: since,
            ..known.clone()
        }
    }

    /// Whether the key was lost with the log.
    pub fn is_lost(&self) -> bool {
        self.key.is_empty()
    }
}
