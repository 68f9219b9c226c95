//! The event log, simulated after JetStream: a server that holds streams, and each worker's adapter to it.

mod adapter;
mod port;
mod stream;
mod take;

pub(crate) use adapter::Adapter;
pub(crate) use stream::Stream;

use crate::judge::Judge;
use crate::options::Plant;
use crate::trace::Trace;
use pushmail_domain::{Clock, Epoch, Event, Shard, StreamId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// So long an id is known again; shorter than outages are.
pub(crate) const DEDUPE_WINDOW: Duration = Duration::from_secs(25);

/// Why the server refused an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The fence is not the one that was expected.
    Fence,
    /// A batch holds an id that is stored.
    Duplicate,
    /// There is no room.
    Full,
}

/// A single event's, or a batch's, acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ack {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) duplicate: bool,
}

/// The server.
pub(crate) struct Server {
    pub(crate) trace: Arc<Trace>,
    pub(crate) judge: Arc<Judge>,
    clock: Arc<dyn Clock>,
    plant: Option<Plant>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    streams: BTreeMap<StreamId, Stream>,
    backups: BTreeMap<StreamId, Stream>,
    full: bool,
}

impl Server {
    pub(crate) fn new(
        trace: Arc<Trace>,
        judge: Arc<Judge>,
        clock: Arc<dyn Clock>,
        plant: Option<Plant>,
    ) -> Self {
        Self {
            trace,
            judge,
            clock,
            plant,
            state: Mutex::default(),
        }
    }

    /// Looks at a stream, or changes it.
    pub(crate) fn with<T>(&self, stream: StreamId, act: impl FnOnce(&mut Stream) -> T) -> T {
        act(self.lock().streams.entry(stream).or_default())
    }

    /// The stream as a replica has it, so long ago.
    pub(crate) fn replica(&self, stream: StreamId, lag: Duration) -> Stream {
        let before = self.clock.elapsed().saturating_sub(lag);
        self.with(stream, |stream| stream.as_of(before))
    }

    /// Stores events, all or none, if the fence is the one that is expected.
    pub(crate) fn append(
        &self,
        shard: Shard,
        epoch: Epoch,
        events: &[Event],
    ) -> Result<Ack, Refused> {
        let now = self.clock.elapsed();
        let mut state = self.lock();
        let full = state.full;
        let stream = state.streams.entry(shard.stream()).or_default();
        // A replicated stream looks at the id before it looks at the fence.
        let known = events.iter().find_map(|event| stream.dedupe(event.id, now));
        match known {
            Some(sequence) if events.len() == 1 => {
                return Ok(Ack {
                    first: sequence,
                    last: sequence,
                    duplicate: true,
                });
            }
            Some(_) => return Err(Refused::Duplicate),
            None => {}
        }
        let fence = stream.fence_of(shard, epoch.generation);
        if fence != epoch.fence && self.plant != Some(Plant::SkipFence) {
            return Err(Refused::Fence);
        }
        if full {
            return Err(Refused::Full);
        }
        let newest = stream.newest_fence(shard);
        let first = stream.last + 1;
        for event in events {
            stream.push(event.clone(), now);
        }
        let last = stream.last;
        drop(state);
        self.judge.appended(shard, epoch, newest, events, first);
        Ok(Ack {
            first,
            last,
            duplicate: false,
        })
    }

    /// Keeps what the stream holds now, for a restore.
    pub(crate) fn back_up(&self, stream: StreamId) {
        let mut state = self.lock();
        let now = state.streams.entry(stream).or_default().clone();
        state.backups.insert(stream, now);
    }

    /// Puts the stream back to its backup, if it has one that lacks anything.
    pub(crate) fn restore(&self, stream: StreamId) {
        let mut state = self.lock();
        let Some(backup) = state.backups.get(&stream).cloned() else {
            return;
        };
        let lost = state.streams.get(&stream).map_or(0, |now| now.last) - backup.last;
        if lost > 0 {
            let last = backup.last;
            state.streams.insert(stream, backup);
            drop(state);
            self.judge.restored(stream, last);
            let number = stream.number();
            self.trace.note(&format!(
                "log: stream {number} is restored without its last {lost} records"
            ));
        }
    }

    pub(crate) fn set_full(&self, full: bool) {
        self.lock().full = full;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
