//! Prints what the flow sees, then moves the cursor.

mod changes;
mod folders;
mod items;
mod messages;

use super::state::State;
use crate::output::EventLine;
use pushmail_domain::{
    AccountId, AccountPhase, Clock, Content, Cursor, CursorStep, Event, EventId, EventKind,
    EventScope, Fault, FaultKind, Folder, FolderCursor, FolderId, SyncCursor, TenantId, Timestamp,
};
use pushmail_proto::convert;
use pushmail_upstream::Change;
use std::sync::Arc;
use std::time::Duration;

/// Where printed lines go.
pub(crate) type Out = Box<dyn FnMut(&EventLine) -> anyhow::Result<()> + Send>;

pub(crate) struct Printer {
    account: AccountId,
    state: State,
    events: EventScope,
    out: Out,
    clock: Arc<dyn Clock>,
    phase: AccountPhase,
    live_since: Option<Duration>,
}

impl Printer {
    pub(crate) fn new(
        account: AccountId,
        state: State,
        (events, out): (EventScope, Out),
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            account,
            state,
            events,
            out,
            clock,
            phase: AccountPhase::Pending,
            live_since: None,
        }
    }

    /// A connection is about to be tried.
    pub(crate) const fn begin(&mut self) {
        self.live_since = None;
    }

    /// How long the connection that just ended was live, if it ever was.
    pub(crate) fn lasted(&self) -> Option<Duration> {
        self.live_since
            .map(|since| self.clock.elapsed().saturating_sub(since))
    }

    /// Whether the mailbox was live at any time in this run.
    pub(crate) fn was_live(&self) -> bool {
        self.phase != AccountPhase::Pending
    }

    /// The folders found last.
    pub(crate) fn folders(&self) -> &[Folder] {
        self.state.folders()
    }

    /// Whether these were found under the selection of this run.
    pub(crate) fn is_listed(&self) -> bool {
        self.state.is_listed()
    }

    /// How far folders have been read.
    pub(crate) const fn cursor(&self) -> &Cursor {
        self.state.cursor()
    }

    /// Which changes are printed.
    pub(crate) const fn events(&self) -> EventScope {
        self.events
    }

    /// How far the folder has been read.
    fn cursor_of(&self, folder: FolderId) -> Option<FolderCursor> {
        self.state.cursor().folder(folder)
    }

    /// Says that the connection is gone and will be tried again.
    pub(crate) fn retrying(&mut self, fault: &Fault) -> Result<(), Fault> {
        let step = self.state.cursor().step(Vec::new());
        self.enter(AccountPhase::Retrying, &fault.message, step)
    }

    fn enter(&mut self, phase: AccountPhase, detail: &str, step: CursorStep) -> Result<(), Fault> {
        let id = EventId::of_state(self.account, self.state.cursor().version(), phase, detail);
        let content = Content::State {
            detail: detail.to_owned(),
        };
        self.phase = phase;
        let kind = EventKind::AccountState { phase };
        self.print(id, (kind, content), self.clock.now(), step)
    }

    fn went_live(
        &mut self,
        folders: Vec<Folder>,
        (baselines, syncs): (Vec<FolderCursor>, Vec<SyncCursor>),
        (missing, left_out): (&[String], u32),
    ) -> Result<(), Fault> {
        self.live_since = Some(self.clock.elapsed());
        let forgotten = self.unselected(&folders);
        self.state.found(folders);
        let now = self.clock.now();
        let read = |baseline| FolderCursor {
            read_at: now,
            ..baseline
        };
        let detail = match (missing, left_out) {
            ([], 0) => String::new(),
            ([], left_out) => format!("{left_out} folders more than can be watched are left out"),
            (missing, _) => format!("the mail server has no folder {}", missing.join(", ")),
        };
        let baselines = baselines.into_iter().map(read).collect();
        let step = CursorStep {
            syncs,
            forgotten,
            ..self.state.cursor().step(baselines)
        };
        self.enter(AccountPhase::Live, &detail, step)
    }

    /// The folders that the selection no longer stands for: should they be selected again one day, they
    /// begin anew.
    fn unselected(&self, found: &[Folder]) -> Vec<FolderId> {
        if self.is_listed() {
            return Vec::new();
        }
        let read = self.cursor().folders().map(|cursor| cursor.folder);
        let synced = self.cursor().syncs().filter_map(|cursor| cursor.folder);
        let read = read.chain(synced);
        read.filter(|id| found.iter().all(|folder| folder.id != *id))
            .collect()
    }

    /// Whether changes other than new mail are printed.
    fn all(&self) -> bool {
        self.events == EventScope::All
    }

    /// The folder's name; empty if it is not known.
    fn name_of(&self, folder: FolderId) -> &str {
        let mut folders = self.state.folders().iter();
        folders
            .find(|known| known.id == folder)
            .map_or("", |known| known.name.as_str())
    }

    /// Prints an event, if its kind is for people, and then takes its step.
    fn print(
        &mut self,
        id: EventId,
        (kind, content): (EventKind, Content),
        detected_at: Timestamp,
        step: CursorStep,
    ) -> Result<(), Fault> {
        let event = Event {
            id,
            tenant: TenantId::from_bytes([0; 16]),
            account: self.account,
            kind,
            cursor: step,
            detected_at,
            fetched_at: detected_at,
            content: Vec::new(),
            trace: None,
        };
        if event.kind.is_delivered() {
            let line = EventLine::new(convert::event(&event, detected_at, Some(content)), None);
            let line = match event.kind {
                EventKind::MessageFlags { message } | EventKind::MessageDeleted { message } => {
                    line.in_folder(self.name_of(message.folder))
                }
                EventKind::ItemNew { folder, .. }
                | EventKind::ItemChanged { folder, .. }
                | EventKind::ItemMarked { folder }
                | EventKind::ItemDeleted { folder, .. } => line.in_folder(self.name_of(folder)),
                _ => line,
            };
            (self.out)(&line).map_err(|error| {
                Fault::new(FaultKind::Internal, "standard output was closed").caused_by(error)
            })?;
        }
        self.state.apply(&event.cursor);
        Ok(())
    }
}

/// Nothing is wiped here, and nothing said to be.
fn wiped() -> Fault {
    Fault::new(
        FaultKind::DeviceBlocked,
        "the server orders that this device be wiped: remove what `pushmail watch` keeps (--state), and the device at the server",
    )
}

impl Printer {
    /// Prints the changes, then keeps how far that is.
    pub(crate) fn accept(&mut self, changes: Vec<Change>) -> Result<(), Fault> {
        for change in changes {
            match change {
                Change::Live {
                    folders,
                    baselines,
                    syncs,
                    missing,
                    left_out,
                } => self.went_live(folders, (baselines, syncs), (&missing, left_out))?,
                Change::Item(item) => self.item(&item)?,
                Change::Synced(sync) => self.synced(sync),
                Change::CollectionCreated(folder) => self.collection_created(folder)?,
                Change::Message(message) => self.message(&message)?,
                Change::Flags(flags) => self.flags(&flags)?,
                Change::Vanished(vanished) => self.vanished(&vanished)?,
                Change::Snapshot(snapshot) => self.snapshot(&snapshot)?,
                Change::Resync { folder, noticed_at } => self.resync(folder, noticed_at)?,
                Change::Confirmed(cursor) => self.confirmed(cursor),
                Change::FolderReset(cursor) => self.folder_reset(cursor)?,
                Change::FolderCreated { folder, cursor } => self.folder_created(folder, cursor)?,
                Change::FolderRenamed { folder, old_name } => {
                    self.folder_renamed(folder, old_name)?;
                }
                Change::FolderDeleted { folder } => self.folder_deleted(&folder)?,
                Change::Wiped => return Err(wiped()),
            }
        }
        self.state.save()
    }
}

#[cfg(test)]
mod tests;
