//! One bounded publish queue per shard, and the only place that appends.

mod append;
mod lanes;
mod logged;
mod settle;

use crate::Shared;
use crate::standings::Standings;
use lanes::{Entries, Lane, Lanes};
use logged::{Logged, Newest};
use pushmail_domain::{Epoch, Event, Fault, FaultKind, Shard};
use pushmail_eventlog::Appended;
use pushmail_runtime::Gauge;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// What the log takes in one append.
const BATCH: usize = 100;

struct Job {
    events: Vec<Event>,
    reply: oneshot::Sender<Result<Vec<Appended>, Fault>>,
}

/// The way into a shard's log. While nothing is published it is data, and no task.
pub(crate) struct Publisher(Arc<Writer>);

struct Writer {
    shared: Arc<Shared>,
    shard: Shard,
    epoch: Epoch,
    standings: Arc<Standings>,
    stop: CancellationToken,
    entries: Entries,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    lanes: Lanes,
    /// What the task found out about the log.
    logged: Logged,
    /// Whether there is a task that works it off.
    in_work: bool,
}

impl Publisher {
    /// The shard's publisher, until `stop`, which it cancels when the epoch is stale.
    pub(crate) fn new(
        shared: &Arc<Shared>,
        shard: Shard,
        epoch: Epoch,
        standings: Arc<Standings>,
        stop: CancellationToken,
    ) -> Self {
        shared.telemetry.gauge(Gauge::Shards, "", 1);
        Self(Arc::new(Writer {
            shared: shared.clone(),
            shard,
            epoch,
            standings,
            stop,
            entries: Entries::default(),
            queue: Mutex::default(),
        }))
    }

    /// Appends an account's events, in order, and returns when they are durable.
    pub(crate) async fn publish(&self, events: Vec<Event>) -> Result<Vec<Appended>, Fault> {
        let writer = &self.0;
        let (reply, answer) = oneshot::channel();
        let lane = Lane::of(&events);
        let entry = writer.entries.of(lane).acquire();
        let entered = writer.stop.run_until_cancelled(entry).await;
        // Given back when the job is taken out.
        entered
            .and_then(Result::ok)
            .ok_or_else(shard_lost)?
            .forget();
        if writer.enqueue(lane, Job { events, reply }) {
            let lifecycle = &writer.shared.lifecycle;
            lifecycle.spawn("watcher.publisher", writer.clone().run());
        }
        answer.await.map_err(|_| shard_lost())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.telemetry.gauge(Gauge::Shards, "", -1);
    }
}

impl Writer {
    /// `true` if a task has to be started for it.
    fn enqueue(&self, lane: Lane, job: Job) -> bool {
        let mut queue = self.queue();
        queue.lanes.push(lane, job);
        !std::mem::replace(&mut queue.in_work, true)
    }

    /// Works the queue off.
    async fn run(self: Arc<Self>) {
        let mut logged = std::mem::take(&mut self.queue().logged);
        while let Some(batch) = self.next_batch(&mut logged) {
            let size: usize = batch.iter().map(|job| job.events.len()).sum();
            let published = i64::try_from(size).unwrap_or(i64::MAX);
            let telemetry = &self.shared.telemetry;
            telemetry.gauge(Gauge::PublishQueue, "", published);
            self.append(batch, &mut logged).await;
            telemetry.gauge(Gauge::PublishQueue, "", -published);
        }
    }

    /// What goes into the next append. `None`: the task ends, and leaves behind what it knows.
    fn next_batch(&self, logged: &mut Logged) -> Option<Vec<Job>> {
        let mut queue = self.queue();
        if self.stop.is_cancelled() {
            // Who waits for an answer hears that the shard is lost.
            *queue = Queue::default();
            return None;
        }
        let Some((lane, first)) = queue.lanes.next() else {
            queue.logged = std::mem::take(logged);
            queue.in_work = false;
            return None;
        };
        self.entries.of(lane).add_permits(1);
        let mut room = BATCH.saturating_sub(first.events.len());
        let mut batch = vec![first];
        while let Some(job) = queue.lanes.another(room) {
            self.entries.of(Lane::Live).add_permits(1);
            room -= job.events.len();
            batch.push(job);
        }
        Some(batch)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shard_lost() -> Fault {
    Fault::new(
        FaultKind::Internal,
        "this worker no longer owns the account's shard",
    )
}
