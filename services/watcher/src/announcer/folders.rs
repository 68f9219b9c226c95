//! Folders that appear, are renamed, go, or are made anew.

use super::batch::{Batch, News};
use pushmail_domain::{
    Content, EventId, EventKind, Folder, FolderContent, FolderCursor, FolderId, Recall, SyncCursor,
    Timestamp,
};

impl Batch<'_> {
    /// All that the folder holds is new. Its cursor goes into the log, so that a crash loses none of it.
    pub(super) fn folder_created(&mut self, folder: Folder, cursor: FolderCursor) {
        let id = folder.id;
        let begin = Recall::Begin {
            folder: id,
            floor: 1,
        };
        let kind = EventKind::FolderCreated { folder: id };
        let news = News {
            folders: vec![cursor],
            recalls: vec![begin],
            ..News::new(kind, names(&folder, String::new()), self.now())
        };
        self.add_folder(folder);
        // Else it is in the log, and the worker before ended before the registry knew of it.
        let known = self.cursor.folder(id);
        if known.is_none_or(|known| known.uid_validity != cursor.uid_validity) {
            self.push_folder(id, news);
        }
    }

    /// The same, where the server counts by keys.
    pub(super) fn collection_created(&mut self, folder: Folder) {
        let id = folder.id;
        let kind = EventKind::FolderCreated { folder: id };
        let news = News {
            syncs: vec![SyncCursor::beginning(id)],
            ..News::new(kind, names(&folder, String::new()), self.now())
        };
        self.add_folder(folder);
        // Else it is in the log, and the worker before ended before the registry knew of it.
        if self.cursor.sync(Some(id)).is_none() {
            self.push_folder(id, news);
        }
    }

    fn add_folder(&mut self, folder: Folder) {
        let mut folders = self.folders().to_vec();
        folders.retain(|known| known.id != folder.id);
        folders.push(folder);
        self.set_folders(folders);
    }

    pub(super) fn folder_renamed(&mut self, folder: Folder, old_name: String) {
        let mut folders = self.folders().to_vec();
        if let Some(known) = folders.iter_mut().find(|known| known.id == folder.id) {
            known.name.clone_from(&folder.name);
        }
        self.set_folders(folders);
        if self.all() {
            let kind = EventKind::FolderRenamed { folder: folder.id };
            let news = News::new(kind, names(&folder, old_name), self.now());
            self.push_folder(folder.id, news);
        }
    }

    pub(super) fn folder_deleted(&mut self, folder: &Folder) {
        let id = folder.id;
        let kind = EventKind::FolderDeleted { folder: id };
        let news = News {
            forgotten: vec![id],
            recalls: vec![Recall::Forget { folder: id }],
            ..News::new(kind, names(folder, String::new()), self.now())
        };
        let mut folders = self.folders().to_vec();
        folders.retain(|known| known.id != id);
        self.set_folders(folders);
        // Else it was told, and the worker before ended before the registry knew of it.
        if self.cursor.folder(id).is_some() || self.cursor.sync(Some(id)).is_some() {
            self.push_folder(id, news);
        }
    }

    /// UIDs known before mean nothing any more, whatever events are wanted.
    pub(super) fn folder_reset(&mut self, cursor: FolderCursor) {
        let folder = cursor.folder;
        let kind = EventKind::FolderReset {
            folder,
            uid_validity: cursor.uid_validity,
        };
        let news = News {
            folders: vec![cursor],
            recalls: vec![Recall::Forget { folder }],
            ..News::new(kind, self.folder_content(folder), self.now())
        };
        self.push_folder(folder, news);
    }

    /// Adds an event about a folder; where changes of folders are not wanted, only the cursor's part of it.
    pub(super) fn push_folder(&mut self, folder: FolderId, mut news: News) {
        let wanted = self.all() || matches!(news.kind, EventKind::FolderReset { .. });
        if !wanted {
            news.kind = EventKind::Cursor;
            news.content = Content::Nothing;
        }
        let version = self.cursor.version();
        let id = EventId::of_folder(self.announcer.account.id, &news.kind, folder, version);
        self.push(id, news);
    }

    pub(super) fn folder_content(&self, folder: FolderId) -> Content {
        Content::Folder(FolderContent {
            name: self.name_of(folder).to_owned(),
            old_name: String::new(),
        })
    }

    fn now(&self) -> Timestamp {
        self.announcer.shared.clock.now()
    }
}

fn names(folder: &Folder, old_name: String) -> Content {
    Content::Folder(FolderContent {
        name: folder.name.clone(),
        old_name,
    })
}
