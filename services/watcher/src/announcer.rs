//! Turns what a flow saw into events, and has them published before the flow goes on.

use crate::Shared;
use crate::connecting::Attempt;
use crate::shard::OwnedShard;
use async_trait::async_trait;
use pushmail_domain::{
    Account, AccountPhase, Arrival, Content, Cursor, Event, EventId, EventKind, Fault,
    FolderCursor, FolderId, Timestamp, TraceContext,
};
use pushmail_eventlog::codec;
use pushmail_imap::head;
use pushmail_runtime::{Counter, Gauge, Hop, Telemetry};
use pushmail_seal::TenantKeys;
use pushmail_upstream::driver::Sink;
use pushmail_upstream::{Change, NewMessage};
use std::sync::Arc;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// One account's voice in the log.
pub(crate) struct Announcer {
    shared: Arc<Shared>,
    shard: Arc<OwnedShard>,
    account: Account,
    keys: TenantKeys,
    shown: ShownPhase,
    /// When the current connection became live, in the clock's elapsed time.
    pub(crate) live_since: Option<std::time::Duration>,
    /// The way to being live; dropped at its end.
    pub(crate) connecting: Option<Attempt>,
}

/// An event before it is sealed and published.
struct Draft {
    id: EventId,
    kind: EventKind,
    content: Content,
    folders: Vec<FolderCursor>,
    detected_at: Timestamp,
    fetched_at: Timestamp,
    trace: Option<TraceContext>,
}

impl Announcer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        shard: Arc<OwnedShard>,
        account: Account,
        keys: TenantKeys,
    ) -> Self {
        let phase = shard.standings.get(account.id).status.phase;
        let shown = ShownPhase::new(shared.telemetry.clone(), phase);
        Self {
            shared,
            shard,
            account,
            keys,
            shown,
            live_since: None,
            connecting: None,
        }
    }

    /// Says that the account entered a phase, if it was in another one.
    pub(crate) async fn enter(&mut self, phase: AccountPhase, detail: &str) -> Result<(), Fault> {
        let standing = self.shard.standings.get(self.account.id);
        if standing.status.phase == phase {
            self.shard.standings.set_detail(self.account.id, detail);
            return Ok(());
        }
        let draft = self.phase_draft(&standing.cursor, phase, detail, Vec::new());
        self.publish(vec![draft]).await?;
        self.shard.standings.set_detail(self.account.id, detail);
        self.shown.set(phase);
        Ok(())
    }

    /// Notes a reason without announcing it.
    pub(crate) fn note(&self, detail: &str) {
        self.shard.standings.set_detail(self.account.id, detail);
    }

    fn phase_draft(
        &self,
        cursor: &Cursor,
        phase: AccountPhase,
        detail: &str,
        folders: Vec<FolderCursor>,
    ) -> Draft {
        let now = self.shared.clock.now();
        Draft {
            id: EventId::of_state(self.account.id, cursor.version(), phase, detail),
            kind: EventKind::AccountState { phase },
            content: Content::State {
                detail: detail.to_owned(),
            },
            folders,
            detected_at: now,
            fetched_at: now,
            trace: None,
        }
    }

    /// The baseline is committed by the very event that says `live`: before it nothing is promised,
    /// after it everything is.
    fn live_draft(&self, baselines: Vec<FolderCursor>, detail: &str) -> Option<Draft> {
        let standing = self.shard.standings.get(self.account.id);
        if baselines.is_empty() && standing.status.phase == AccountPhase::Live {
            return None;
        }
        Some(self.phase_draft(&standing.cursor, AccountPhase::Live, detail, baselines))
    }

    /// What a new baseline means for the mail before it; empty if nothing.
    fn live_detail(&self, baselines: &[FolderCursor], reset: &[FolderId]) -> String {
        let standing = self.shard.standings.get(self.account.id);
        let lost = baselines
            .iter()
            .any(|baseline| standing.lost(baseline.folder));
        match (lost, reset.is_empty()) {
            (true, _) => lost_detail(self.shared.clock.now()),
            (false, true) => String::new(),
            (false, false) => self.reset_detail(reset),
        }
    }

    fn reset_detail(&self, reset: &[FolderId]) -> String {
        let names: Vec<&str> = self
            .account
            .folders
            .iter()
            .filter(|folder| reset.contains(&folder.id))
            .map(|folder| folder.name.as_str())
            .collect();
        format!(
            "the mail server rebuilt {} (UIDVALIDITY changed): mail that came meanwhile may not have been announced",
            names.join(", ")
        )
    }

    fn message_draft(&self, message: &NewMessage) -> Draft {
        let folder = self
            .account
            .folders
            .iter()
            .find(|folder| folder.id == message.key.folder);
        let name = folder.map_or("", |folder| folder.name.as_str());
        let content = head::content(message, name, self.account.content);
        let trace = self.trace(message);
        Draft {
            id: EventId::of_message(self.account.id, message.key),
            kind: EventKind::MessageNew {
                message: message.key,
                arrival: Arrival::Delivered,
            },
            content: Content::Message(Box::new(content)),
            folders: vec![FolderCursor {
                folder: message.key.folder,
                uid_validity: message.key.uid_validity,
                uid_next: u64::from(message.key.uid) + 1,
            }],
            detected_at: message.noticed_at,
            fetched_at: message.fetched_at,
            trace,
        }
    }

    fn trace(&self, message: &NewMessage) -> Option<TraceContext> {
        let telemetry = &self.shared.telemetry;
        let noticed = message.noticed_at;
        let detect = telemetry.hop(Hop::Detect, None, noticed, noticed);
        telemetry.hop(Hop::Fetch, detect, noticed, message.fetched_at)
    }

    /// Seals the drafts, each one version on from the one before, and publishes them as one append.
    async fn publish(&self, drafts: Vec<Draft>) -> Result<(), Fault> {
        let mut cursor = self.shard.standings.get(self.account.id).cursor;
        let mut events = Vec::with_capacity(drafts.len());
        let mut spans = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let span = self.shared.telemetry.reserve(draft.trace);
            spans.push((draft.trace, span, draft.fetched_at));
            let event = self.seal(&mut cursor, draft, span);
            self.shared
                .telemetry
                .count(Counter::EventsDetected, event.kind.name(), 1);
            events.push(event);
        }
        let names: Vec<&'static str> = events.iter().map(|event| event.kind.name()).collect();
        let appended = match self.shard.publisher.publish(events).await {
            Ok(appended) => appended,
            Err(fault) => {
                // Read again from the cursor later.
                let dropped = names.len() as u64;
                self.shared
                    .telemetry
                    .count(Counter::EventsCoalesced, "dirty", dropped);
                return Err(fault);
            }
        };
        let now = self.shared.clock.now();
        for ((parent, span, fetched_at), (name, appended)) in
            spans.into_iter().zip(names.into_iter().zip(appended))
        {
            self.shared
                .telemetry
                .reserved_hop(Hop::Append, span, parent, fetched_at, now);
            if appended.duplicate {
                self.shared
                    .telemetry
                    .count(Counter::EventsCoalesced, "duplicate", 1);
            } else {
                self.shared
                    .telemetry
                    .count(Counter::EventsPublished, name, 1);
            }
        }
        Ok(())
    }

    fn seal(&self, cursor: &mut Cursor, draft: Draft, span: Option<TraceContext>) -> Event {
        let folders = draft
            .folders
            .into_iter()
            .map(|moved| forward(cursor, moved))
            .collect();
        let step = cursor.step(folders);
        cursor.apply(&step);
        let plain = codec::encode_content(&draft.content);
        let content = self
            .shared
            .credentials
            .seal(&self.keys, draft.id, self.account.id, &plain);
        Event {
            id: draft.id,
            tenant: self.account.tenant,
            account: self.account.id,
            kind: draft.kind,
            cursor: step,
            detected_at: draft.detected_at,
            fetched_at: draft.fetched_at,
            content,
            trace: span,
        }
    }

    fn now_live(&mut self, detail: &str) {
        self.live_since = Some(self.shared.clock.elapsed());
        self.shown.set(AccountPhase::Live);
        self.shard.standings.set_detail(self.account.id, detail);
        self.shared
            .telemetry
            .count(Counter::UpstreamConnects, "live", 1);
    }
}

#[async_trait]
impl Sink for Announcer {
    async fn accept(&mut self, changes: Vec<Change>) -> Result<(), Fault> {
        let mut drafts = Vec::with_capacity(changes.len());
        let mut messages = Vec::new();
        let mut live = None;
        for change in changes {
            match change {
                Change::Live { baselines, reset } => {
                    self.connecting = None;
                    let detail = self.live_detail(&baselines, &reset);
                    drafts.extend(self.live_draft(baselines, &detail));
                    live = Some(detail);
                }
                Change::Message(message) => messages.push(message),
            }
        }
        // Servers may answer a FETCH in any order.
        messages.sort_by_key(|message| (message.key.folder, message.key.uid));
        drafts.extend(messages.iter().map(|message| self.message_draft(message)));
        if !drafts.is_empty() {
            self.publish(drafts).await?;
        }
        if let Some(detail) = live {
            self.now_live(&detail);
        }
        Ok(())
    }
}

/// The gap that a lost log leaves before a new baseline (invariant 5: announced, never silent).
fn lost_detail(now: Timestamp) -> String {
    let nanos = i128::from(now.micros()) * 1000;
    let moment = OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .ok()
        .and_then(|moment| moment.format(&Rfc3339).ok());
    let before = moment.as_deref().unwrap_or("now");
    format!(
        "the event log lost its records of this mailbox: mail that came before {before} may not have been announced"
    )
}

/// Where an event moves a folder's cursor: within one UIDVALIDITY never back, since servers may
/// answer a FETCH in any order.
fn forward(cursor: &Cursor, mut moved: FolderCursor) -> FolderCursor {
    if let Some(now) = cursor.folder(moved.folder)
        && now.uid_validity == moved.uid_validity
    {
        moved.uid_next = moved.uid_next.max(now.uid_next);
    }
    moved
}

/// The account's place in the gauge of accounts by phase; left when dropped.
struct ShownPhase {
    telemetry: Telemetry,
    phase: AccountPhase,
}

impl ShownPhase {
    fn new(telemetry: Telemetry, phase: AccountPhase) -> Self {
        telemetry.gauge(Gauge::Accounts, phase.as_str(), 1);
        Self { telemetry, phase }
    }

    fn set(&mut self, phase: AccountPhase) {
        self.telemetry
            .gauge(Gauge::Accounts, self.phase.as_str(), -1);
        self.telemetry.gauge(Gauge::Accounts, phase.as_str(), 1);
        self.phase = phase;
    }
}

impl Drop for ShownPhase {
    fn drop(&mut self) {
        self.telemetry
            .gauge(Gauge::Accounts, self.phase.as_str(), -1);
    }
}

#[cfg(test)]
mod tests;
