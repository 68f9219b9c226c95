//! One worker's adapter: the steps of the one on JetStream, over a network that fails.

use super::{Ack, Refused, Server};
use crate::network::{Link, NoAnswer};
use crate::options::Plant;
use crate::registry;
use pushmail_domain::{Epoch, Event, Shard, StreamId};
use pushmail_eventlog::{AppendError, AppendErrorKind};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The generations are read anew this often.
const REFRESH: Duration = Duration::from_secs(3);
/// How often the same message is published again while the fence is in place.
const ATTEMPTS: usize = 8;

type Writers = BTreeMap<Shard, Arc<tokio::sync::Mutex<Writer>>>;

/// A worker's way to the log.
pub(crate) struct Adapter {
    pub(super) server: Arc<Server>,
    pub(super) link: Link,
    /// For the generations, which are kept apart from the log.
    pub(super) registry: Arc<registry::Adapter>,
    pub(super) plant: Option<Plant>,
    known: [AtomicU32; StreamId::COUNT as usize],
    writers: Mutex<Writers>,
}

/// What this worker knows of what it wrote for a shard.
#[derive(Default)]
pub(super) struct Writer {
    epoch: Option<Epoch>,
    /// The highest sequence that was acknowledged under the epoch; at first the fence's own.
    last: u64,
    has_regressed: bool,
}

/// What a refused writer is.
enum Verdict {
    Owner,
    Stale,
    Regressed,
}

impl Adapter {
    pub(crate) fn new(
        server: Arc<Server>,
        link: Link,
        registry: Arc<registry::Adapter>,
        plant: Option<Plant>,
    ) -> Self {
        Self {
            server,
            link,
            registry,
            plant,
            known: std::array::from_fn(|_| AtomicU32::new(0)),
            writers: Mutex::default(),
        }
    }

    /// Reads the generations anew now and then.
    pub(crate) async fn keep_fresh(self: Arc<Self>) {
        loop {
            tokio::time::sleep(REFRESH).await;
            drop(self.refresh().await);
        }
    }

    /// The stream's generation, as far as it is known here.
    pub(super) fn known(&self, stream: StreamId) -> u32 {
        self.known[usize::from(stream.number())].load(Ordering::Relaxed)
    }

    pub(super) fn note(&self, stream: StreamId, generation: u32) {
        self.known[usize::from(stream.number())].fetch_max(generation, Ordering::Relaxed);
    }

    async fn refresh(&self) -> Result<(), NoAnswer> {
        let numbers = self.registry.read_generations().await?;
        for (known, number) in self.known.iter().zip(numbers) {
            known.fetch_max(number, Ordering::Relaxed);
        }
        Ok(())
    }

    /// The stream's generation, read anew.
    pub(super) async fn read(&self, stream: StreamId) -> Result<u32, NoAnswer> {
        self.refresh().await?;
        Ok(self.known(stream))
    }

    /// Has the server do something with a stream.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        stream: StreamId,
        act: impl FnOnce(&mut super::Stream) -> T + Send + 'static,
    ) -> Result<T, NoAnswer> {
        let server = self.server.clone();
        self.link.call(move || server.with(stream, act)).await
    }

    pub(super) async fn append_events(
        &self,
        shard: Shard,
        epoch: Epoch,
        events: Vec<Event>,
    ) -> Result<Vec<(u64, bool)>, AppendError> {
        let writer = {
            let mut writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
            writers.entry(shard).or_default().clone()
        };
        let mut writer = writer.lock().await;
        self.note(shard.stream(), epoch.generation);
        if epoch.generation < self.known(shard.stream()) {
            return Err(AppendError::new(AppendErrorKind::StaleEpoch));
        }
        if writer.epoch != Some(epoch) {
            *writer = Writer {
                epoch: Some(epoch),
                last: epoch.fence,
                has_regressed: false,
            };
        }
        if writer.has_regressed {
            return Err(AppendError::new(AppendErrorKind::Regressed));
        }
        let turn = (shard, epoch);
        match events.len() {
            1 => {}
            _ => match self.store(turn, &mut writer, &events).await {
                Ok(ack) => return Ok((ack.first..=ack.last).map(|at| (at, false)).collect()),
                Err(Failed::Duplicate) => {}
                Err(Failed::Error(error)) => return Err(error),
            },
        }
        let mut stored: Vec<(u64, bool)> = Vec::new();
        for event in events {
            match self.store(turn, &mut writer, &[event]).await {
                Ok(ack) => stored.push((ack.last, ack.duplicate)),
                Err(failed) => return Err(partly(failed, &stored)),
            }
        }
        Ok(stored)
    }

    async fn store(
        &self,
        (shard, epoch): (Shard, Epoch),
        writer: &mut Writer,
        events: &[Event],
    ) -> Result<Ack, Failed> {
        for _ in 0..ATTEMPTS {
            let (server, events) = (self.server.clone(), events.to_vec());
            let answer = self.link.call(move || server.append(shard, epoch, &events));
            match answer.await {
                Ok(Ok(ack)) if ack.duplicate => {
                    self.expect_ownership(shard, epoch, writer).await?;
                    return Ok(ack);
                }
                Ok(Ok(ack)) => {
                    if ack.first <= writer.last {
                        return Err(regress(writer).into());
                    }
                    writer.last = ack.last;
                    return Ok(ack);
                }
                Ok(Err(Refused::Duplicate)) => return Err(Failed::Duplicate),
                Ok(Err(Refused::Full)) => {
                    return Err(AppendError::new(AppendErrorKind::Full).into());
                }
                Ok(Err(Refused::Fence)) => {
                    self.expect_ownership(shard, epoch, writer).await?;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(NoAnswer) => return Err(ambiguous().into()),
            }
        }
        Err(ambiguous().into())
    }

    async fn expect_ownership(
        &self,
        shard: Shard,
        epoch: Epoch,
        writer: &mut Writer,
    ) -> Result<(), AppendError> {
        match self.judge(shard, epoch).await {
            Ok(Verdict::Owner) => Ok(()),
            Ok(Verdict::Stale) => Err(AppendError::new(AppendErrorKind::StaleEpoch)),
            Ok(Verdict::Regressed) => Err(regress(writer)),
            Err(NoAnswer) => Err(ambiguous()),
        }
    }

    async fn judge(&self, shard: Shard, epoch: Epoch) -> Result<Verdict, NoAnswer> {
        let newest = self.newest_epoch(shard).await?;
        if newest == Some(epoch) {
            return Ok(Verdict::Owner);
        }
        if newest.is_some_and(|newest| newest > epoch)
            || self.read(shard.stream()).await? > epoch.generation
        {
            return Ok(Verdict::Stale);
        }
        Ok(Verdict::Regressed)
    }

    /// The shard's newest epoch in the newest generation that is known.
    pub(super) async fn newest_epoch(&self, shard: Shard) -> Result<Option<Epoch>, NoAnswer> {
        let stream = shard.stream();
        let last = self
            .ask(stream, move |stream| stream.last_fence(shard))
            .await?;
        let Some((epoch, _)) = last else {
            return Ok(None);
        };
        let known = self.known(stream);
        if epoch.generation >= known {
            self.note(stream, epoch.generation);
            return Ok(Some(epoch));
        }
        let fence = self
            .ask(stream, move |stream| stream.fence_of(shard, known))
            .await?;
        Ok((fence > 0).then_some(Epoch {
            generation: known,
            fence,
        }))
    }
}

enum Failed {
    Duplicate,
    Error(AppendError),
}

impl From<AppendError> for Failed {
    fn from(error: AppendError) -> Self {
        Self::Error(error)
    }
}

fn ambiguous() -> AppendError {
    AppendError::caused_by(AppendErrorKind::Ambiguous, NoAnswer)
}

fn regress(writer: &mut Writer) -> AppendError {
    writer.has_regressed = true;
    AppendError::new(AppendErrorKind::Regressed)
}

/// What an error means once some events of the append were stored.
fn partly(failed: Failed, stored: &[(u64, bool)]) -> AppendError {
    let Failed::Error(error) = failed else {
        return ambiguous();
    };
    let stops = [AppendErrorKind::StaleEpoch, AppendErrorKind::Regressed];
    let some = stored.iter().any(|(_, duplicate)| !duplicate);
    match some && !stops.contains(&error.kind) {
        true => AppendError::caused_by(AppendErrorKind::Ambiguous, error),
        false => error,
    }
}
