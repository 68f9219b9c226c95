//! The changes of one call of the driver, on their way to becoming events.

use super::Announcer;
use pushmail_domain::{
    Content, Cursor, CursorStep, EventId, EventKind, EventScope, Fault, Folder, FolderCursor,
    FolderId, Memory, Recall, SyncCursor, Timestamp, TraceContext, VersionSet,
};
use pushmail_upstream::Change;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// An event before it is sealed and published.
pub(super) struct Draft {
    pub(super) id: EventId,
    pub(super) kind: EventKind,
    pub(super) content: Content,
    pub(super) step: CursorStep,
    pub(super) detected_at: Timestamp,
    pub(super) fetched_at: Timestamp,
    pub(super) trace: Option<TraceContext>,
}

/// What an event says and moves, before its place among the account's events is known.
pub(super) struct News {
    pub(super) kind: EventKind,
    pub(super) content: Content,
    pub(super) folders: Vec<FolderCursor>,
    pub(super) syncs: Vec<SyncCursor>,
    pub(super) forgotten: Vec<FolderId>,
    pub(super) recalls: Vec<Recall>,
    pub(super) detected_at: Timestamp,
    pub(super) fetched_at: Timestamp,
    pub(super) trace: Option<TraceContext>,
}

impl News {
    /// News of one moment that move nothing.
    pub(super) const fn new(kind: EventKind, content: Content, at: Timestamp) -> Self {
        Self {
            kind,
            content,
            folders: Vec::new(),
            syncs: Vec::new(),
            forgotten: Vec::new(),
            recalls: Vec::new(),
            detected_at: at,
            fetched_at: at,
            trace: None,
        }
    }
}

/// Collects drafts over a working copy of the account's cursor.
pub(super) struct Batch<'a> {
    pub(super) announcer: &'a Announcer,
    /// As it will be when the drafts so far are stored.
    pub(super) cursor: Cursor,
    /// The versions of which the next event says that no record will come.
    absent: VersionSet,
    /// Loaded when it is first asked for; knows what the drafts so far teach.
    memory: Option<Memory>,
    /// The folders whose cursor moved without an event.
    confirmed: BTreeSet<FolderId>,
    done: Done,
}

/// Events, and what was learned without an event after them.
#[derive(Default)]
pub(super) struct Part {
    /// To be published, in order.
    pub(super) drafts: Vec<Draft>,
    /// To be remembered once they are stored.
    pub(super) learned: Vec<Recall>,
}

/// What a batch came to.
#[derive(Default)]
pub(super) struct Done {
    /// To be published and remembered, one after the other: what is remembered depends on the order.
    pub(super) parts: Vec<Part>,
    /// To be noted after that: cursors that moved without an event.
    pub(super) confirmed: Vec<FolderCursor>,
    /// To be noted after that: the account's folders, if they changed or the account went live.
    pub(super) folders: Option<Vec<Folder>>,
    /// To be published after that: how far the list of folders was read.
    pub(super) list: Option<SyncCursor>,
    /// The account's detail, if it went live.
    pub(super) live: Option<String>,
    /// Whether everything of the account is to be erased after that.
    pub(super) wiped: bool,
}

impl Part {
    fn recalls(&self) -> impl Iterator<Item = &Recall> {
        let drafts = self.drafts.iter();
        let taught = drafts.flat_map(|draft| &draft.step.recalls);
        taught.chain(&self.learned)
    }
}

impl<'a> Batch<'a> {
    pub(super) fn new(announcer: &'a Announcer) -> Self {
        let standing = announcer.shard.standings.get(announcer.account.id);
        Self {
            announcer,
            cursor: standing.cursor,
            absent: standing.absent,
            memory: None,
            confirmed: BTreeSet::new(),
            done: Done::default(),
        }
    }

    pub(super) fn finish(self) -> Done {
        // As they are at the end: later events may have moved them on, or forgotten them.
        let confirmed = self.confirmed.iter();
        let confirmed = confirmed.filter_map(|folder| self.cursor.folder(*folder));
        Done {
            confirmed: confirmed.collect(),
            ..self.done
        }
    }

    pub(super) async fn take(&mut self, change: Change) -> Result<(), Fault> {
        match change {
            Change::Live {
                folders,
                baselines,
                syncs,
                missing,
                left_out,
            } => self.went_live(folders, (baselines, syncs), (&missing, left_out)),
            Change::FolderReset(cursor) => self.folder_reset(cursor),
            Change::Message(message) => return self.message(&message).await,
            Change::Flags(flags) => return self.flags(&flags).await,
            Change::Vanished(vanished) => return self.vanished(&vanished).await,
            Change::Snapshot(snapshot) => return self.snapshot(&snapshot).await,
            Change::Resync { folder, noticed_at } => self.resync(folder, noticed_at),
            Change::Confirmed(cursor) => {
                self.confirmed(cursor);
                self.carry(cursor.folder);
            }
            Change::Item(item) => return self.item(&item).await,
            Change::Synced(sync) => self.synced(sync),
            Change::CollectionCreated(folder) => self.collection_created(folder),
            Change::FolderCreated { folder, cursor } => self.folder_created(folder, cursor),
            Change::FolderRenamed { folder, old_name } => self.folder_renamed(folder, old_name),
            Change::FolderDeleted { folder } => self.folder_deleted(&folder),
            Change::Wiped => self.wiped(),
        }
        Ok(())
    }

    /// Says of which versions no record will come, if nothing else does.
    pub(super) fn explain(&mut self, now: Timestamp) {
        if self.absent.is_empty() {
            return;
        }
        let id = EventId::of_cursor(self.announcer.account.id, self.cursor.version());
        self.push(id, News::new(EventKind::Cursor, Content::Nothing, now));
    }

    /// Whether changes other than new mail are announced.
    pub(super) fn all(&self) -> bool {
        self.announcer.account.events == EventScope::All
    }

    /// Adds an event. Its cursors never go back.
    pub(super) fn push(&mut self, id: EventId, mut news: News) {
        let folders = news.folders.into_iter();
        let mut moved: Vec<FolderCursor> =
            folders.map(|moved| self.cursor.forward(moved)).collect();
        if !self.absent.is_empty() {
            // What no record will say, this one does.
            let rest = self.cursor.folders();
            let forgotten = &news.forgotten;
            let is_moved =
                |id| forgotten.contains(&id) || moved.iter().any(|moved| moved.folder == id);
            let rest: Vec<_> = rest.filter(|rest| !is_moved(rest.folder)).collect();
            moved.extend(rest);
            let is_synced = |id: Option<FolderId>| {
                id.is_some_and(|id| forgotten.contains(&id))
                    || news.syncs.iter().any(|moved| moved.folder == id)
            };
            let rest = self.cursor.syncs().filter(|rest| !is_synced(rest.folder));
            let rest: Vec<_> = rest.cloned().collect();
            news.syncs.extend(rest);
        }
        let step = CursorStep {
            syncs: news.syncs,
            forgotten: news.forgotten,
            recalls: news.recalls,
            absent: std::mem::take(&mut self.absent),
            ..self.cursor.step(moved)
        };
        self.cursor.apply(&step);
        if let Some(memory) = &mut self.memory {
            step.recalls.iter().for_each(|recall| memory.learn(recall));
        }
        let draft = Draft {
            id,
            kind: news.kind,
            content: news.content,
            step,
            detected_at: news.detected_at,
            fetched_at: news.fetched_at,
            trace: news.trace,
        };
        match self.done.parts.last_mut() {
            Some(part) if part.learned.is_empty() => part.drafts.push(draft),
            _ => self.done.parts.push(Part {
                drafts: vec![draft],
                learned: Vec::new(),
            }),
        }
    }

    /// Moves a cursor without an event: all up to there has been announced, or is not to be.
    pub(super) fn confirmed(&mut self, cursor: FolderCursor) {
        let cursor = self.cursor.forward(cursor);
        self.cursor.confirm(cursor);
        self.confirmed.insert(cursor.folder);
    }

    /// Lets the last event carry the folder's cursor, so that changes that are not remembered are not told again
    /// after a crash. Not if something was learned since, which the crash would lose.
    fn carry(&mut self, folder: FolderId) {
        let last = self.done.parts.last_mut();
        let last = last.filter(|part| part.learned.is_empty());
        let draft = last.and_then(|part| part.drafts.last_mut());
        if let (Some(draft), Some(cursor)) = (draft, self.cursor.folder(folder)) {
            draft.step.folders.retain(|moved| moved.folder != folder);
            draft.step.folders.push(cursor);
        }
    }

    /// All up to this key was told: the last event says so, or one of its own that nobody is told.
    fn synced(&mut self, sync: SyncCursor) {
        if sync.folder.is_none() {
            self.done.list = Some(sync);
            return;
        }
        let last = self.done.parts.last_mut();
        let last = last.filter(|part| part.learned.is_empty());
        match last.and_then(|part| part.drafts.last_mut()) {
            Some(draft) => {
                draft.step.syncs.retain(|moved| moved.folder != sync.folder);
                draft.step.syncs.push(sync.clone());
                self.cursor.confirm_sync(sync);
            }
            None => self.list_read(sync),
        }
    }

    /// Says by an event of its own how far the list of folders, or a folder, was read.
    pub(super) fn list_read(&mut self, sync: SyncCursor) {
        let now = self.announcer.shared.clock.now();
        let id = EventId::of_cursor(self.announcer.account.id, self.cursor.version());
        let news = News {
            syncs: vec![sync],
            ..News::new(EventKind::Cursor, Content::Nothing, now)
        };
        self.push(id, news);
    }

    /// Remembers without an event. If that is lost in a crash, the next comparison begins anew.
    pub(super) fn learn(&mut self, recalls: Vec<Recall>) {
        if recalls.is_empty() {
            return;
        }
        if let Some(memory) = &mut self.memory {
            recalls.iter().for_each(|recall| memory.learn(recall));
        }
        match self.done.parts.last_mut() {
            Some(part) => part.learned.extend(recalls),
            None => self.done.parts.push(Part {
                drafts: Vec::new(),
                learned: recalls,
            }),
        }
    }

    pub(super) async fn memory(&mut self) -> Result<&Memory, Fault> {
        if self.memory.is_none() {
            let mut memory = self.announcer.memory().await?;
            let recalls = self.done.parts.iter().flat_map(Part::recalls);
            recalls.for_each(|recall| memory.learn(recall));
            self.memory = Some(memory);
        }
        Ok(self.memory.get_or_insert_default())
    }

    /// The account's folders, as they are after the changes so far.
    pub(super) fn folders(&self) -> &[Folder] {
        let changed = self.done.folders.as_deref();
        changed.unwrap_or(&self.announcer.account.folders)
    }

    pub(super) fn set_folders(&mut self, folders: Vec<Folder>) {
        self.done.folders = Some(folders);
    }

    pub(super) fn set_live(&mut self, detail: String) {
        self.done.live = Some(detail);
    }

    pub(super) const fn set_wiped(&mut self) {
        self.done.wiped = true;
    }

    /// Of these versions there will be no record, as the next event says.
    pub(super) fn lacks(&mut self, versions: RangeInclusive<u64>) {
        self.absent.add(versions);
    }

    /// The folder's name; empty if it is not known.
    pub(super) fn name_of(&self, folder: FolderId) -> &str {
        let mut folders = self.folders().iter();
        folders
            .find(|known| known.id == folder)
            .map_or("", |known| known.name.as_str())
    }
}
