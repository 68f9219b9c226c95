//! Which folders there are: FolderSync (MS-ASCMD, section 2.2.1.5).
//!
//! A folder that appears is told before the key that knows of it, and is in the registry before that key is in the log: a
//! crash in between finds it again.

use super::selection::{Selection, class};
use super::settings::Settings;
use super::watched::Watched;
use super::{EasFlow, limits};
use crate::command::SyncKey;
use crate::command::folder_sync::{self, Answer, Change as FolderChange};
use crate::status::Category;
use pushmail_domain::{AccountId, Collection, Folder, FolderId, SyncCursor, Timestamp};
use pushmail_upstream::{Change, Moment, Output};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The list of folders.
#[derive(Serialize, Deserialize)]
pub(super) struct Hierarchy {
    selection: Selection,
    key: SyncKey,
    /// When it is asked for next.
    due: Duration,
    /// Whether the watched folders are those that the server has: one found later is a new one.
    listed: bool,
    /// How far folders were read, until it is known which of them are watched.
    cursors: Vec<SyncCursor>,
    /// Names of the selection that no folder has.
    missing: Vec<String>,
    /// How many folders are not watched, because they are too many.
    left_out: u32,
    /// To be told after the account went live.
    #[serde(skip)]
    after_live: Vec<Change>,
}

/// The folders that are known to be watched.
pub(super) fn known(settings: &Settings) -> Vec<Watched> {
    if !settings.listed {
        return Vec::new();
    }
    let watched = settings.folders.iter().filter_map(|folder| {
        let watched = Watched::new(folder, folder.collection.as_deref()?)?;
        Some(with_cursor(watched, &settings.cursors))
    });
    watched.take(limits::FOLDERS).collect()
}

fn with_cursor(watched: Watched, cursors: &[SyncCursor]) -> Watched {
    let cursor = cursors.iter().find(|one| one.folder == Some(watched.id));
    match cursor {
        Some(cursor) => watched.read_to(cursor),
        None => watched,
    }
}

impl Hierarchy {
    pub(super) fn new(settings: &Settings) -> Self {
        let own = settings.cursors.iter().find(|one| one.folder.is_none());
        // Without the folders that it knows of, the key is worth nothing.
        let key = own.filter(|_| settings.listed);
        Self {
            selection: Selection::new(settings.selection.clone()),
            key: key
                .and_then(|own| SyncKey::new(&*own.key))
                .unwrap_or_else(SyncKey::initial),
            due: Duration::ZERO,
            listed: settings.listed,
            cursors: match settings.listed {
                true => Vec::new(),
                false => settings.cursors.clone(),
            },
            missing: Vec::new(),
            left_out: 0,
            after_live: Vec::new(),
        }
    }

    pub(super) const fn due(&self) -> Duration {
        self.due
    }

    /// It has changed, as far as the server says.
    pub(super) const fn is_due_now(&mut self) {
        self.due = Duration::ZERO;
    }

    /// The names of the selection, for people.
    pub(super) fn names(&self) -> String {
        self.selection.names()
    }

    pub(super) fn request(&self) -> Vec<u8> {
        let sync_key = self.key.clone();
        folder_sync::Request { sync_key }.encode()
    }

    fn cursor(&self, read_at: Timestamp) -> SyncCursor {
        SyncCursor {
            folder: None,
            key: self.key.as_str().into(),
            generation: 0,
            read_at,
        }
    }
}

impl EasFlow {
    /// The list of folders has come.
    pub(super) fn took_hierarchy(&mut self, answer: Answer, at: Moment) {
        match answer.status.category() {
            Category::Fine => {}
            Category::Rebaseline if !self.hierarchy.key.is_initial() => {
                self.hierarchy.key = SyncKey::initial();
                return;
            }
            other => return self.heed(other, answer.status.number(), at),
        }
        self.succeeded();
        let mut told = Vec::new();
        if !self.hierarchy.listed {
            self.list(&answer.changes);
        } else if self.hierarchy.key.is_initial() {
            self.compare(&answer.changes, &mut told);
        } else {
            self.follow(&answer.changes, &mut told);
        }
        let moved = answer.sync_key.filter(|key| *key != self.hierarchy.key);
        if let Some(key) = moved {
            self.hierarchy.key = key;
            told.push(Change::Synced(self.hierarchy.cursor(at.now)));
        }
        self.hierarchy.due = at.elapsed + limits::HIERARCHY;
        match self.live {
            true => self.tell(told),
            false => self.hierarchy.after_live.extend(told),
        }
        if self.folders.is_empty() {
            self.has_no_folder();
        }
    }

    /// Finds the folders that are watched among all that there are.
    fn list(&mut self, changes: &[FolderChange]) {
        let there: Vec<folder_sync::Folder> = added(changes).cloned().collect();
        let hierarchy = &mut self.hierarchy;
        hierarchy.missing = hierarchy.selection.missing(&there);
        let selection = &hierarchy.selection;
        let mut watched: Vec<(usize, Watched)> = there
            .iter()
            .filter_map(|folder| Some((selection.place(folder)?, watch(self.account, folder)?)))
            .collect();
        watched.sort_by_key(|(place, _)| *place);
        let too_many = watched.len().saturating_sub(limits::FOLDERS);
        hierarchy.left_out = u32::try_from(too_many).unwrap_or(u32::MAX);
        let cursors = std::mem::take(&mut hierarchy.cursors);
        let watched = watched.into_iter().take(limits::FOLDERS);
        self.folders = watched
            .map(|(_, watched)| with_cursor(watched, &cursors))
            .collect();
        hierarchy.listed = true;
    }

    /// Finds out what has changed, from all the folders that there are.
    fn compare(&mut self, changes: &[FolderChange], told: &mut Vec<Change>) {
        let there: Vec<FolderId> = added(changes)
            .map(|folder| FolderId::of_server_id(self.account, folder.id.as_str()))
            .collect();
        for folder in added(changes) {
            self.folder_is_there(folder, told);
        }
        let mut gone = self.folders.clone();
        gone.retain(|watched| !there.contains(&watched.id));
        for watched in gone {
            self.folder_is_gone(watched.id, told);
        }
    }

    /// Takes what has changed.
    fn follow(&mut self, changes: &[FolderChange], told: &mut Vec<Change>) {
        for change in changes {
            match change {
                FolderChange::Added(folder) | FolderChange::Updated(folder) => {
                    self.folder_is_there(folder, told);
                }
                FolderChange::Deleted(id) => {
                    let id = FolderId::of_server_id(self.account, id.as_str());
                    self.folder_is_gone(id, told);
                }
            }
        }
    }

    fn folder_is_there(&mut self, folder: &folder_sync::Folder, told: &mut Vec<Change>) {
        let id = FolderId::of_server_id(self.account, folder.id.as_str());
        if let Some(known) = self.folders.iter_mut().find(|known| known.id == id) {
            if *known.name != *folder.name {
                let old_name = std::mem::replace(&mut known.name, folder.name.to_string());
                let folder = known.folder();
                told.push(Change::FolderRenamed { folder, old_name });
            }
            return;
        }
        if self.hierarchy.selection.place(folder).is_none() || self.folders.len() >= limits::FOLDERS
        {
            return;
        }
        if let Some(watched) = watch(self.account, folder).map(Watched::appeared) {
            told.push(Change::CollectionCreated(watched.folder()));
            self.folders.push(watched);
            self.waiting.forget_parameters();
        }
    }

    fn folder_is_gone(&mut self, id: FolderId, told: &mut Vec<Change>) {
        let place = self.folders.iter().position(|known| known.id == id);
        if let Some(place) = place {
            let folder = self.folders.remove(place).folder();
            told.push(Change::FolderDeleted { folder });
            self.waiting.forget_parameters();
        }
    }

    /// Tells the account, once, that every folder was read.
    pub(super) fn go_live(&mut self) {
        self.live = true;
        let later = std::mem::take(&mut self.hierarchy.after_live);
        let new = |change: &Change| match change {
            Change::CollectionCreated(folder) => Some(folder.id),
            _ => None,
        };
        let new: Vec<FolderId> = later.iter().filter_map(new).collect();
        let old = self.folders.iter().filter(|one| !new.contains(&one.id));
        let untold = self.folders.iter().filter(|one| one.untold);
        let gone = later.iter().filter_map(|change| match change {
            Change::FolderDeleted { folder } => Some(folder.clone()),
            _ => None,
        });
        let live = Change::Live {
            folders: old.map(Watched::folder).chain(gone).collect(),
            baselines: Vec::new(),
            syncs: untold.map(Watched::cursor).collect(),
            missing: std::mem::take(&mut self.hierarchy.missing),
            left_out: self.hierarchy.left_out,
        };
        self.tell(vec![live]);
        self.tell(later);
        self.folders.iter_mut().for_each(|one| one.untold = false);
    }

    /// Adds changes to what is told.
    pub(super) fn tell(&mut self, changes: Vec<Change>) {
        self.outputs.extend(changes.into_iter().map(Output::Change));
    }
}

fn added(changes: &[FolderChange]) -> impl Iterator<Item = &folder_sync::Folder> {
    changes.iter().filter_map(|change| match change {
        FolderChange::Added(folder) => Some(folder),
        FolderChange::Updated(_) | FolderChange::Deleted(_) => None,
    })
}

fn watch(account: AccountId, folder: &folder_sync::Folder) -> Option<Watched> {
    let collection = Collection {
        server_id: folder.id.as_str().to_owned(),
        class: class(folder)?,
    };
    let known = Folder::new(
        FolderId::of_server_id(account, &collection.server_id),
        folder.name.to_string(),
    );
    Watched::new(&known, &collection)
}
