//! One bounded publish queue per shard, and the only place that appends.

use crate::Shared;
use crate::shard::fenced;
use crate::standings::Standings;
use pushmail_domain::{Epoch, Event, Fault, FaultKind, Shard};
use pushmail_eventlog::{AppendError, AppendErrorKind, Appended};
use pushmail_runtime::{Counter, Gauge};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// How many accounts may wait to publish on one shard; the rest wait to enter the queue.
const QUEUE: usize = 64;
/// What the log takes in one append.
const BATCH: usize = 100;
/// The pause before an append that the log could not take is tried again.
const PAUSE: Duration = Duration::from_millis(200);

struct Job {
    events: Vec<Event>,
    reply: oneshot::Sender<Result<Vec<Appended>, Fault>>,
}

/// The way to a shard's queue.
#[derive(Clone)]
pub(crate) struct Publisher(mpsc::Sender<Job>);

impl Publisher {
    /// Starts the shard's publisher; it ends with `stop`, and cancels it when the epoch is stale.
    pub(crate) fn start(
        shared: &Arc<Shared>,
        shard: Shard,
        epoch: Epoch,
        standings: Arc<Standings>,
        stop: CancellationToken,
    ) -> Self {
        let (sender, jobs) = mpsc::channel(QUEUE);
        let writer = Writer {
            shared: shared.clone(),
            shard,
            epoch,
            standings,
            stop,
        };
        shared
            .lifecycle
            .spawn("watcher.publisher", writer.run(jobs));
        Self(sender)
    }

    /// Appends an account's events, in order, and returns when they are durable.
    pub(crate) async fn publish(&self, events: Vec<Event>) -> Result<Vec<Appended>, Fault> {
        let (reply, answer) = oneshot::channel();
        self.0
            .send(Job { events, reply })
            .await
            .map_err(|_| shard_lost())?;
        answer.await.map_err(|_| shard_lost())?
    }
}

struct Writer {
    shared: Arc<Shared>,
    shard: Shard,
    epoch: Epoch,
    standings: Arc<Standings>,
    stop: CancellationToken,
}

impl Writer {
    /// Runs for as long as the shard is held.
    async fn run(self, jobs: mpsc::Receiver<Job>) {
        self.shared.telemetry.gauge(Gauge::Shards, "", 1);
        self.publish(jobs).await;
        self.shared.telemetry.gauge(Gauge::Shards, "", -1);
    }

    async fn publish(&self, mut jobs: mpsc::Receiver<Job>) {
        let mut waiting: Option<Job> = None;
        loop {
            let first = match waiting.take() {
                Some(job) => job,
                None => tokio::select! {
                    job = jobs.recv() => match job { Some(job) => job, None => return },
                    () = self.stop.cancelled() => return,
                },
            };
            let mut batch = vec![first];
            let mut size = batch[0].events.len();
            while let Ok(job) = jobs.try_recv() {
                if size + job.events.len() > BATCH {
                    waiting = Some(job);
                    break;
                }
                size += job.events.len();
                batch.push(job);
            }
            let published = i64::try_from(size).unwrap_or(i64::MAX);
            self.shared
                .telemetry
                .gauge(Gauge::PublishQueue, "", published);
            self.append(batch).await;
            self.shared
                .telemetry
                .gauge(Gauge::PublishQueue, "", -published);
        }
    }

    /// Appends several accounts' jobs as one batch, and answers each.
    async fn append(&self, batch: Vec<Job>) {
        let events: Vec<Event> = batch.iter().flat_map(|job| job.events.clone()).collect();
        self.flush_first(&events).await;
        let outcome = self.append_until_known(&events).await;
        match outcome {
            Ok(appended) => {
                self.standings.appended(&events, &appended);
                let mut appended = appended.into_iter();
                for job in batch {
                    let own = appended.by_ref().take(job.events.len()).collect();
                    answer(job.reply, Ok(own));
                }
            }
            Err(()) => {
                for job in batch {
                    answer(job.reply, Err(shard_lost()));
                }
            }
        }
    }

    /// Tries until the events are stored, or the shard is lost or given up.
    async fn append_until_known(&self, events: &[Event]) -> Result<Vec<Appended>, ()> {
        loop {
            let error = match self
                .shared
                .log
                .append(self.shard, self.epoch, events.to_vec())
                .await
            {
                Ok(appended) => return Ok(appended),
                Err(error) => error,
            };
            self.note(&error);
            match error.kind {
                AppendErrorKind::StaleEpoch => {
                    fenced(&self.shared, self.shard, &self.stop);
                    return Err(());
                }
                AppendErrorKind::Invalid => {
                    self.stop.cancel();
                    return Err(());
                }
                AppendErrorKind::Ambiguous => {
                    if let Some(appended) = self.settle(events).await? {
                        return Ok(appended);
                    }
                }
                AppendErrorKind::Full => {}
            }
            self.pause().await?;
        }
    }

    /// Waits a little; an error once the shard is lost or given up.
    async fn pause(&self) -> Result<(), ()> {
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => Ok(()),
            () = self.stop.cancelled() => Err(()),
        }
    }

    /// The right order is the log first. A planted build turns it round, to prove that the ledger notices.
    #[cfg(not(feature = "plant"))]
    #[expect(clippy::unused_async, reason = "the planted build flushes here")]
    async fn flush_first(&self, _events: &[Event]) {}

    #[cfg(feature = "plant")]
    async fn flush_first(&self, events: &[Event]) {
        if !self.shared.config.cursor_first() {
            return;
        }
        self.standings.unstored(events);
        let Some((sequence, accounts)) = self.standings.take_dirty() else {
            return;
        };
        let position = pushmail_domain::Position {
            stream: self.shard.stream(),
            generation: self.epoch.generation,
            sequence,
        };
        let flush = pushmail_registry::ShardFlush {
            shard: self.shard,
            epoch: self.epoch,
            position,
            accounts,
        };
        drop(self.shared.registry.flush(&[flush]).await);
    }

    fn note(&self, error: &AppendError) {
        let kind = match error.kind {
            AppendErrorKind::StaleEpoch => "stale_epoch",
            AppendErrorKind::Full => "full",
            AppendErrorKind::Invalid => "invalid",
            AppendErrorKind::Ambiguous => "ambiguous",
        };
        self.shared
            .telemetry
            .count(Counter::AppendFailures, kind, 1);
        tracing::warn!(shard = %self.shard, kind, error = %Chain(error), "append failed");
    }

    /// After an ambiguous answer: the account's last event says whether the batch was stored. An
    /// append is all or none, so the last event of the batch decides. `None` if it was not; nothing
    /// is sent again before that is known.
    async fn settle(&self, events: &[Event]) -> Result<Option<Vec<Appended>>, ()> {
        let Some(last) = events.last() else {
            return Ok(None);
        };
        let newest = loop {
            match self
                .shared
                .log
                .last_of_account(last.tenant, last.account)
                .await
            {
                Ok(newest) => break newest,
                Err(error) => {
                    tracing::warn!(shard = %self.shard, error = %Chain(&error), "cannot tell whether an append was stored");
                    self.pause().await?;
                }
            }
        };
        let stored = newest.filter(|newest| newest.event.id == last.id);
        let appended = stored.map(|stored| Appended {
            position: stored.position,
            duplicate: false,
        });
        Ok(appended.map(|appended| vec![appended; events.len()]))
    }
}

fn answer(
    reply: oneshot::Sender<Result<Vec<Appended>, Fault>>,
    result: Result<Vec<Appended>, Fault>,
) {
    // The account may have been stopped meanwhile; its events are stored all the same.
    drop(reply.send(result));
}

fn shard_lost() -> Fault {
    Fault::new(
        FaultKind::Internal,
        "this worker no longer owns the account's shard",
    )
}

/// An error with its causes, on one line.
struct Chain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
