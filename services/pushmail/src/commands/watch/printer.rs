//! Prints what the flow sees, then moves the cursor.

use super::state::State;
use crate::output::EventLine;
use async_trait::async_trait;
use pushmail_domain::{
    AccountId, AccountPhase, Arrival, Clock, Content, ContentLevel, CursorStep, Event, EventId,
    EventKind, Fault, FaultKind, Folder, FolderCursor, FolderId, TenantId, Timestamp,
};
use pushmail_imap::head;
use pushmail_proto::convert;
use pushmail_upstream::driver::Sink;
use pushmail_upstream::{Change, NewMessage};
use std::sync::Arc;
use std::time::Duration;

pub(crate) struct Printer {
    account: AccountId,
    folders: Vec<Folder>,
    state: State,
    json: bool,
    clock: Arc<dyn Clock>,
    phase: AccountPhase,
    live_since: Option<Duration>,
}

impl Printer {
    pub(crate) fn new(
        account: AccountId,
        folders: Vec<Folder>,
        state: State,
        json: bool,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let phase = AccountPhase::Pending;
        Self {
            account,
            folders,
            state,
            json,
            clock,
            phase,
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

    /// How far the folder has been read.
    pub(crate) fn cursor(&self, folder: FolderId) -> Option<FolderCursor> {
        self.state.cursor().folder(folder)
    }

    /// Says that the connection is gone and will be tried again.
    pub(crate) fn retrying(&mut self, fault: &Fault) -> Result<(), Fault> {
        self.enter(AccountPhase::Retrying, &fault.message, Vec::new())
    }

    fn enter(
        &mut self,
        phase: AccountPhase,
        detail: &str,
        folders: Vec<FolderCursor>,
    ) -> Result<(), Fault> {
        let id = EventId::of_state(self.account, self.state.cursor().version(), phase, detail);
        let now = self.clock.now();
        let step = self.state.cursor().step(folders);
        let content = Content::State {
            detail: detail.to_owned(),
        };
        self.phase = phase;
        self.print(id, EventKind::AccountState { phase }, content, now, step)
    }

    fn message(&mut self, message: &NewMessage) -> Result<(), Fault> {
        let folder = self
            .folders
            .iter()
            .find(|folder| folder.id == message.key.folder);
        let name = folder.map_or("", |folder| folder.name.as_str());
        let content = head::content(message, name, ContentLevel::Preview);
        let step = self.state.cursor().step(vec![FolderCursor {
            folder: message.key.folder,
            uid_validity: message.key.uid_validity,
            uid_next: u64::from(message.key.uid) + 1,
        }]);
        let kind = EventKind::MessageNew {
            message: message.key,
            arrival: Arrival::Delivered,
        };
        let id = EventId::of_message(self.account, message.key);
        self.print(
            id,
            kind,
            Content::Message(Box::new(content)),
            message.noticed_at,
            step,
        )
    }

    fn print(
        &mut self,
        id: EventId,
        kind: EventKind,
        content: Content,
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
        let line = EventLine::new(convert::event(&event, detected_at, Some(content)), None);
        line.print(self.json).map_err(|error| {
            Fault::new(FaultKind::Internal, "standard output was closed").caused_by(error)
        })?;
        self.state.cursor_mut().apply(&event.cursor);
        Ok(())
    }
}

#[async_trait]
impl Sink for Printer {
    async fn accept(&mut self, changes: Vec<Change>) -> Result<(), Fault> {
        for change in changes {
            match change {
                Change::Live { baselines, reset } => {
                    self.live_since = Some(self.clock.elapsed());
                    let detail = if reset.is_empty() {
                        ""
                    } else {
                        "a folder was rebuilt at the server: mail that came meanwhile is not reported"
                    };
                    self.enter(AccountPhase::Live, detail, baselines)?;
                }
                Change::Message(message) => self.message(&message)?,
            }
        }
        self.state.save()
    }
}
