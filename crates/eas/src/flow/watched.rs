//! A folder that is watched.

use super::limits;
use crate::command::{CollectionId, SyncKey};
use pushmail_domain::{Collection, Folder, FolderId, ItemClass, SyncCursor, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A folder that is watched, and how far it was read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Watched {
    pub(super) id: FolderId,
    pub(super) server_id: CollectionId,
    pub(super) class: ItemClass,
    pub(super) name: String,
    pub(super) key: SyncKey,
    pub(super) generation: u32,
    /// When it was last read to its end.
    pub(super) read_at: Timestamp,
    pub(super) reading: Reading,
    /// It may hold what was not read.
    pub(super) dirty: bool,
    /// How often in a row its key was refused.
    pub(super) refused: u8,
    /// When it is read although no Ping tells of it.
    pub(super) look_at: Option<Duration>,
    /// Where its reading starts is told when the account goes live.
    pub(super) untold: bool,
}

/// What becomes of what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Reading {
    /// It was there before, and is passed over.
    Baseline,
    /// It is told.
    Changes,
    /// The folder is read from the beginning: what came since is told, if it was not before.
    Rebuilt { since: Timestamp },
}

impl Watched {
    /// A folder of which nothing was read.
    pub(super) fn new(folder: &Folder, collection: &Collection) -> Option<Self> {
        Some(Self {
            id: folder.id,
            server_id: CollectionId::new(collection.server_id.clone())?,
            class: collection.class,
            name: folder.name.clone(),
            key: SyncKey::initial(),
            generation: 0,
            read_at: Timestamp::from_micros(0),
            reading: Reading::Baseline,
            dirty: true,
            refused: 0,
            look_at: None,
            untold: true,
        })
    }

    /// The same, as far as this cursor says that it was read.
    pub(super) fn read_to(mut self, cursor: &SyncCursor) -> Self {
        self.generation = cursor.generation;
        self.read_at = cursor.read_at;
        self.reading = Reading::Changes;
        self.untold = false;
        match SyncKey::new(&*cursor.key) {
            Some(key) => self.key = key,
            // It was lost with the log.
            None => {
                self.reading = Reading::Rebuilt {
                    since: cursor.read_at,
                }
            }
        }
        self
    }

    /// The same, which was made just now: all of it is new.
    pub(super) fn appeared(mut self) -> Self {
        self.reading = Reading::Changes;
        self.untold = false;
        self
    }

    /// How far it was read.
    pub(super) fn cursor(&self) -> SyncCursor {
        SyncCursor {
            folder: Some(self.id),
            key: self.key.as_str().into(),
            generation: self.generation,
            read_at: self.read_at,
        }
    }

    pub(super) fn folder(&self) -> Folder {
        Folder {
            id: self.id,
            name: self.name.clone(),
            collection: Some(Box::new(Collection {
                server_id: self.server_id.as_str().to_owned(),
                class: self.class,
            })),
        }
    }

    /// Whether a Ping can watch it. SOGo gives a folder the key -1 that was empty when it was first read, and looks at it
    /// in no Ping.
    pub(super) fn can_be_pinged(&self) -> bool {
        self.key.as_str() != "-1"
    }

    /// Whether it is to be read now.
    pub(super) fn is_due(&self, at: Duration) -> bool {
        self.dirty || self.look_at.is_some_and(|due| due <= at)
    }

    /// It was read to its end.
    pub(super) fn is_read(&mut self, now: Timestamp, at: Duration) {
        self.dirty = false;
        self.refused = 0;
        self.read_at = now;
        self.reading = Reading::Changes;
        self.look_at = (!self.can_be_pinged()).then(|| at + limits::UNWATCHED);
    }

    /// The server refuses its key: it begins again, and what was told is told apart by `stable` names or by a new
    /// generation of them.
    pub(super) fn begin_again(&mut self, stable: bool) {
        let since = match self.reading {
            Reading::Baseline => return self.key = SyncKey::initial(),
            Reading::Changes => self.read_at,
            Reading::Rebuilt { since } => since,
        };
        if !stable && self.reading == Reading::Changes {
            self.generation = self.generation.saturating_add(1);
        }
        self.reading = Reading::Rebuilt { since };
        self.key = SyncKey::initial();
        self.dirty = true;
    }
}
