//! Folders that appear, are renamed, go, or are made anew.

use super::Printer;
use pushmail_domain::{
    Content, CursorStep, EventId, EventKind, Fault, Folder, FolderContent, FolderCursor, FolderId,
    Recall, Timestamp,
};

impl Printer {
    /// Moves a cursor where nothing is printed for it.
    pub(super) fn confirmed(&mut self, cursor: FolderCursor) {
        let cursor = self.state.cursor().forward(cursor);
        self.state.cursor_mut().confirm(cursor);
    }

    /// UIDs known before mean nothing any more, whatever is to be printed.
    pub(super) fn folder_reset(&mut self, cursor: FolderCursor) -> Result<(), Fault> {
        let folder = cursor.folder;
        let step = CursorStep {
            recalls: vec![Recall::Forget { folder }],
            ..self.state.cursor().step(vec![cursor])
        };
        let kind = EventKind::FolderReset {
            folder,
            uid_validity: cursor.uid_validity,
        };
        self.folder_event(kind, folder, self.clock.now(), step)
    }

    /// All that the folder holds is new.
    pub(super) fn folder_created(
        &mut self,
        folder: Folder,
        cursor: FolderCursor,
    ) -> Result<(), Fault> {
        let id = folder.id;
        let begin = Recall::Begin {
            folder: id,
            floor: 1,
        };
        let step = CursorStep {
            recalls: vec![begin],
            ..self.state.cursor().step(vec![cursor])
        };
        let folders = self.state.folders_mut();
        folders.retain(|known| known.id != id);
        folders.push(folder);
        let kind = EventKind::FolderCreated { folder: id };
        self.folder_event(kind, id, self.clock.now(), step)
    }

    pub(super) fn folder_renamed(&mut self, folder: Folder, old_name: String) -> Result<(), Fault> {
        let mut folders = self.state.folders_mut().iter_mut();
        if let Some(known) = folders.find(|known| known.id == folder.id) {
            known.name.clone_from(&folder.name);
        }
        let kind = EventKind::FolderRenamed { folder: folder.id };
        let step = self.state.cursor().step(Vec::new());
        let names = FolderContent {
            name: folder.name,
            old_name,
        };
        self.named_event(kind, (folder.id, names), self.clock.now(), step)
    }

    pub(super) fn folder_deleted(&mut self, folder: &Folder) -> Result<(), Fault> {
        let id = folder.id;
        let step = CursorStep {
            forgotten: vec![id],
            recalls: vec![Recall::Forget { folder: id }],
            ..self.state.cursor().step(Vec::new())
        };
        self.state.folders_mut().retain(|known| known.id != id);
        let kind = EventKind::FolderDeleted { folder: id };
        let names = FolderContent {
            name: folder.name.clone(),
            old_name: String::new(),
        };
        self.named_event(kind, (id, names), self.clock.now(), step)
    }

    /// An event about a folder that is known.
    pub(super) fn folder_event(
        &mut self,
        kind: EventKind,
        folder: FolderId,
        at: Timestamp,
        step: CursorStep,
    ) -> Result<(), Fault> {
        let names = FolderContent {
            name: self.name_of(folder).to_owned(),
            old_name: String::new(),
        };
        self.named_event(kind, (folder, names), at, step)
    }

    /// An event about a folder; where changes of folders are not wanted, only its step is taken.
    fn named_event(
        &mut self,
        kind: EventKind,
        (folder, names): (FolderId, FolderContent),
        at: Timestamp,
        step: CursorStep,
    ) -> Result<(), Fault> {
        let wanted = self.all() || matches!(kind, EventKind::FolderReset { .. });
        let kind = if wanted { kind } else { EventKind::Cursor };
        let version = self.state.cursor().version();
        let id = EventId::of_folder(self.account, &kind, folder, version);
        self.print(id, (kind, Content::Folder(names)), at, step)
    }
}
