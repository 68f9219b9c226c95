//! Turns what a flow saw into events, and has them published before the flow goes on.
//!
//! One call of the flow's driver is one [`Batch`]: its changes become drafts, each one version of the
//! account's cursor on from the one before; the drafts are sealed and appended; only then are folders'
//! names and confirmed cursors noted, which may be late but must never be ahead.

mod batch;
mod changes;
#[cfg(feature = "plant")]
mod early;
mod folders;
mod items;
mod login;
mod messages;
mod packed;
mod phase;
mod wipe;

pub(crate) use packed::{Contents, Shares};

use crate::Shared;
use crate::account::Learned;
use crate::connecting::Attempt;
use crate::shard::OwnedShard;
use crate::shown::ShownPhase;
use async_trait::async_trait;
use batch::{Batch, Draft, Part};
use pushmail_domain::{
    Account, AccountPhase, Cursor, Event, Fault, FaultKind, Folder, Memory, SyncCursor,
};
use pushmail_eventlog::codec;
use pushmail_runtime::{Counter, Hop};
use pushmail_seal::TenantKeys;
use pushmail_upstream::Change;
use pushmail_upstream::driver::Sink;
use std::sync::Arc;

/// How many events go into one append, so that other accounts of the shard come in between.
const APPEND: usize = 64;

/// One account's voice in the log.
pub(crate) struct Announcer {
    shared: Arc<Shared>,
    shard: Arc<OwnedShard>,
    /// As the registry gave it; its folders as the server showed them last.
    pub(crate) account: Account,
    keys: Arc<TenantKeys>,
    shown: ShownPhase,
    /// When the current connection became live, in the clock's elapsed time.
    pub(crate) live_since: Option<std::time::Duration>,
    /// What the account's conversations taught so far.
    pub(crate) learned: Learned,
    /// The way to being live; dropped at its end.
    pub(crate) connecting: Option<Box<Attempt>>,
}

impl Announcer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        shard: Arc<OwnedShard>,
        account: Account,
        keys: Arc<TenantKeys>,
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
            learned: Learned::None,
            connecting: None,
        }
    }

    /// How far the account's folders were read.
    pub(crate) fn cursor(&self) -> Cursor {
        self.shard.standings.get(self.account.id).cursor
    }

    /// The keys of the account's tenant.
    pub(crate) fn keys(&self) -> &TenantKeys {
        &self.keys
    }

    /// Notes a reason without announcing it.
    pub(crate) fn note(&self, detail: &str) {
        self.shard.standings.set_detail(self.account.id, detail);
    }

    /// What is remembered of the account's messages: as stored, and what was learned since.
    async fn memory(&self) -> Result<Memory, Fault> {
        // First what waits: were it stored in between, it would be in neither.
        let pending = self.shard.standings.pending(self.account.id);
        let account = self.account.id;
        let stored = self.shared.registry.memories(&[account]).await;
        let stored = stored.map_err(|error| {
            let message = "the registry does not answer; changes wait";
            Fault::new(FaultKind::Internal, message).caused_by(error)
        })?;
        let stored = stored.first().map(|(_, memory)| memory.as_slice());
        let mut memory = crate::memory::read(account, stored);
        pending
            .iter()
            .for_each(|pending| pending.teach(&mut memory));
        Ok(memory)
    }

    /// Notes at the registry which folders the selection stands for, once that is in the log.
    async fn note_folders(&mut self, folders: Vec<Folder>) -> Result<(), Fault> {
        if self.account.listed && self.account.folders == folders {
            return Ok(());
        }
        let account = &self.account;
        let (registry, selection) = (&self.shared.registry, &account.selection);
        let set = registry.set_folders(account.tenant, account.id, selection, &folders);
        set.await.map_err(|error| {
            let message = "the registry does not take the account's folders; trying again";
            Fault::new(FaultKind::Internal, message).caused_by(error)
        })?;
        self.account.folders = folders;
        self.account.listed = true;
        Ok(())
    }

    /// Publishes the parts, in order, and remembers what each of them learned.
    async fn publish(&self, parts: Vec<Part>) -> Result<(), Fault> {
        let mut left = parts.iter().map(|part| part.drafts.len()).sum();
        for Part { drafts, learned } in parts {
            let mut drafts = drafts.into_iter();
            while drafts.len() > 0 {
                let some: Vec<Draft> = drafts.by_ref().take(APPEND).collect();
                left -= some.len();
                self.append(some, left).await?;
            }
            if !learned.is_empty() {
                self.shard.standings.learn(self.account.id, &learned);
            }
        }
        Ok(())
    }

    /// Seals one append's drafts and publishes them. `left` is how many were to follow: if this fails they are not stored
    /// either.
    async fn append(&self, drafts: Vec<Draft>, left: usize) -> Result<(), Fault> {
        let mut events = Vec::with_capacity(drafts.len());
        let mut spans = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let span = self.shared.telemetry.reserve(draft.trace);
            spans.push((draft.trace, span, draft.fetched_at));
            let plain = codec::encode_content(&draft.content);
            let credentials = &self.shared.credentials;
            let content = credentials.seal(&self.keys, draft.id, self.account.id, &plain);
            events.push(Event {
                id: draft.id,
                tenant: self.account.tenant,
                account: self.account.id,
                kind: draft.kind,
                cursor: draft.step,
                detected_at: draft.detected_at,
                fetched_at: draft.fetched_at,
                content,
                trace: span,
            });
        }
        let telemetry = &self.shared.telemetry;
        let names: Vec<&'static str> = events.iter().map(|event| event.kind.name()).collect();
        for name in &names {
            telemetry.count(Counter::EventsDetected, name, 1);
        }
        let appended = match self.shard.publish(events).await {
            Ok(appended) => appended,
            Err(fault) => {
                // Read again from the cursor later.
                let dropped = (names.len() + left) as u64;
                telemetry.count(Counter::EventsCoalesced, "dirty", dropped);
                return Err(fault);
            }
        };
        let now = self.shared.clock.now();
        for ((parent, span, fetched_at), (name, appended)) in
            spans.into_iter().zip(names.into_iter().zip(appended))
        {
            telemetry.reserved_hop(Hop::Append, span, parent, fetched_at, now);
            if appended.duplicate {
                telemetry.count(Counter::EventsCoalesced, "duplicate", 1);
            } else {
                telemetry.count(Counter::EventsPublished, name, 1);
            }
        }
        Ok(())
    }

    /// Says how far the list of folders was read. Not before its folders are noted: what it no longer tells of would be
    /// forgotten by a crash in between.
    async fn publish_list(&self, list: SyncCursor) -> Result<(), Fault> {
        let mut batch = Batch::new(self);
        batch.list_read(list);
        self.publish(batch.finish().parts).await
    }

    /// Says of what the log passed over that no record of it will come.
    async fn explain(&self) -> Result<(), Fault> {
        let mut batch = Batch::new(self);
        batch.explain(self.shared.clock.now());
        self.publish(batch.finish().parts).await
    }

    fn now_live(&mut self, detail: &str) {
        self.live_since = Some(self.shared.clock.elapsed());
        self.shown.set(AccountPhase::Live);
        self.shard.standings.went_live(self.account.id);
        self.shard.standings.set_detail(self.account.id, detail);
        self.credential_is_good();
        self.shared
            .telemetry
            .count(Counter::UpstreamConnects, "live", 1);
    }

    /// Publishes what the changes say, and notes how far that goes.
    async fn take_in(&mut self, changes: Vec<Change>) -> Result<(), Fault> {
        if changes
            .iter()
            .any(|change| matches!(change, Change::Live { .. }))
        {
            self.logged_in();
        }
        let mut batch = Batch::new(self);
        for change in changes {
            batch.take(change).await?;
        }
        let done = batch.finish();
        self.publish(done.parts).await?;
        self.explain().await?;
        if done.wiped {
            return self.wipe().await;
        }
        for cursor in done.confirmed {
            self.shard.standings.confirm(self.account.id, cursor);
        }
        if let Some(folders) = done.folders {
            self.note_folders(folders).await?;
        }
        if let Some(list) = done.list {
            self.publish_list(list).await?;
        }
        if let Some(detail) = done.live {
            self.now_live(&detail);
        }
        Ok(())
    }
}

#[async_trait]
impl Sink for Announcer {
    async fn accept(&mut self, changes: Vec<Change>) -> Result<(), Fault> {
        #[cfg(feature = "plant")]
        let Some(changes) = self.postpone(changes) else {
            return Ok(());
        };
        self.take_in(changes).await
    }
}

#[cfg(test)]
mod tests;
