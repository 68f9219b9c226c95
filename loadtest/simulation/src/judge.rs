//! The invariants: some are looked at as things happen, the others at the end.

mod verdict;

pub use verdict::Sums;

use crate::trace::Trace;
use pushmail_domain::{AccountId, Epoch, Event, EventKind, Shard, StreamId};
use pushmail_registry::ShardFlush;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Sees everything that the stores do.
pub(crate) struct Judge {
    trace: Arc<Trace>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    accounts: BTreeMap<AccountId, History>,
    /// The highest sequence that was ever given out, by stream.
    last: BTreeMap<StreamId, u64>,
    /// The generation of streams that began anew.
    generations: BTreeMap<StreamId, u32>,
    /// The generation in which a stream was restored last: what comes under it is of an owner that does not know yet.
    restored: BTreeMap<StreamId, u32>,
    /// What was stored so.
    unknowing: BTreeMap<StreamId, BTreeSet<u64>>,
}

/// What was ever stored of an account, also what a restore has lost since.
#[derive(Debug, Default)]
struct History {
    uids: BTreeSet<u32>,
    /// Where reading began, each time that it did.
    baselines: Vec<u64>,
}

impl Judge {
    pub(crate) fn new(trace: Arc<Trace>) -> Self {
        Self {
            trace,
            state: Mutex::default(),
        }
    }

    /// The log has stored events of this epoch, of a shard whose newest fence is `newest`.
    pub(crate) fn appended(
        &self,
        shard: Shard,
        epoch: Epoch,
        newest: Option<(Epoch, usize)>,
        events: &[Event],
        first: u64,
    ) {
        let (generation, fence) = (epoch.generation, epoch.fence);
        let (shard_, count) = (shard.number(), events.len());
        let what: Vec<String> = events.iter().map(told).collect();
        let what = what.join(", ");
        self.trace.note(&format!(
            "log: shard {shard_} {generation}.{fence}: {count} from {first}: {what}"
        ));
        if newest.is_some_and(|(newest, _)| newest != epoch) {
            self.trace.broken(format!(
                "shard {shard_}: the log took an append of a stale epoch"
            ));
        }
        let mut state = self.lock();
        let last = state.last.entry(shard.stream()).or_default();
        *last = (*last).max(first + events.len() as u64 - 1);
        let restored = state.restored.get(&shard.stream());
        if restored.is_some_and(|restored| generation <= *restored) {
            let stored = first..first + events.len() as u64;
            state
                .unknowing
                .entry(shard.stream())
                .or_default()
                .extend(stored);
        }
        for event in events {
            state
                .accounts
                .entry(event.account)
                .or_default()
                .take_in(event);
        }
    }

    /// The registry has stored a checkpoint.
    pub(crate) fn flushed(&self, flush: &ShardFlush) {
        let (shard, position) = (flush.shard.number(), flush.position);
        let (generation, sequence) = (position.generation, position.sequence);
        let epoch = flush.epoch.fence;
        self.trace.note(&format!(
            "registry: shard {shard} {generation}.{epoch}: checkpoint at {sequence}"
        ));
        let state = self.lock();
        let last = state.last.get(&position.stream).copied().unwrap_or(0);
        let mut broken = Vec::new();
        if sequence > last {
            broken.push(format!(
                "shard {shard}: the checkpoint {sequence} is ahead of the log, {last}"
            ));
        }
        for checkpoint in &flush.accounts {
            let stored = state.accounts.get(&checkpoint.account);
            let stored = stored.map_or(0, History::reach);
            let mut read = checkpoint.cursor.folders().map(|folder| folder.uid_next);
            if read.any(|uid_next| uid_next > stored.max(1)) {
                broken.push(format!("shard {shard}: a cursor is ahead of the log"));
            }
        }
        drop(state);
        broken.into_iter().for_each(|what| self.trace.broken(what));
    }

    /// The stream ends at a sequence where it had ended before.
    pub(crate) fn restored(&self, stream: StreamId, last: u64) {
        let mut state = self.lock();
        let generation = state.generation(stream);
        state.restored.insert(stream, generation);
        state
            .unknowing
            .entry(stream)
            .or_default()
            .retain(|sequence| *sequence <= last);
    }

    /// A generation of the stream begins.
    pub(crate) fn begins(&self, stream: StreamId, generation: u32) {
        let mut state = self.lock();
        let lost = state.restored.contains_key(&stream);
        state.generations.insert(stream, generation);
        drop(state);
        if !lost {
            let number = stream.number();
            self.trace.broken(format!(
                "stream {number}: a generation begins though nothing was lost"
            ));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn generation(&self, stream: StreamId) -> u32 {
        self.generations.get(&stream).copied().unwrap_or(1)
    }
}

impl History {
    /// The lowest UID of which nothing was ever stored.
    fn reach(&self) -> u64 {
        let told = self.uids.last().map_or(0, |uid| u64::from(*uid) + 1);
        self.baselines.iter().copied().fold(told, u64::max)
    }

    /// Whether a later baseline passed over the mail.
    fn skipped(&self, mail: u32) -> bool {
        self.baselines
            .iter()
            .any(|begins| *begins > u64::from(mail))
    }

    /// The mails up to `last` that have to be told.
    fn owed(&self, last: u32) -> impl Iterator<Item = u32> {
        let begins = self.baselines.first().copied().unwrap_or(u64::MAX);
        (1..=last).filter(move |mail| u64::from(*mail) >= begins)
    }

    fn take_in(&mut self, event: &Event) {
        match event.kind {
            EventKind::MessageNew { message, .. } => {
                self.uids.insert(message.uid);
            }
            EventKind::AccountState { .. } => {
                let begun = event.cursor.folders.iter().map(|folder| folder.uid_next);
                self.baselines.extend(begun);
            }
            _ => {}
        }
    }
}

/// An event, for people: the account's first characters, and what it says.
fn told(event: &Event) -> String {
    let [first, second, ..] = event.account.as_bytes();
    let version = event.cursor.version;
    let what = match event.kind {
        EventKind::MessageNew { message, .. } => format!("mail {}", message.uid),
        EventKind::AccountState { phase } => phase.as_str().to_owned(),
        kind => kind.name().to_owned(),
    };
    format!("{first:02x}{second:02x} v{version} {what}")
}
