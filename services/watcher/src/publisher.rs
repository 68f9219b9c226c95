//! One bounded publish queue per shard, and the only place that appends.

mod append;
mod lanes;
mod logged;
mod settle;

use crate::shard::OwnedShard;
use lanes::{Entries, Lane, Lanes};
use logged::{Logged, Newest};
use pushmail_domain::{Event, Fault, FaultKind};
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
#[derive(Default)]
pub(crate) struct Publisher {
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

impl OwnedShard {
    /// Appends an account's events, in order, and returns when they are durable.
    pub(crate) async fn publish(
        self: &Arc<Self>,
        events: Vec<Event>,
    ) -> Result<Vec<Appended>, Fault> {
        let (reply, answer) = oneshot::channel();
        let lane = Lane::of(&events);
        let entry = self.publisher.entries.of(lane).acquire();
        let entered = self.stop.run_until_cancelled(entry).await;
        // Given back when the job is taken out.
        entered
            .and_then(Result::ok)
            .ok_or_else(shard_lost)?
            .forget();
        if self.publisher.enqueue(lane, Job { events, reply }) {
            let publishing = self.clone().work_off();
            self.shared.lifecycle.spawn("watcher.publisher", publishing);
        }
        answer.await.map_err(|_| shard_lost())?
    }

    /// Works the queue off.
    async fn work_off(self: Arc<Self>) {
        let publisher = &self.publisher;
        let mut logged = std::mem::take(&mut publisher.queue().logged);
        while let Some(batch) = publisher.next_batch(&self.stop, &mut logged) {
            let size: usize = batch.iter().map(|job| job.events.len()).sum();
            let published = i64::try_from(size).unwrap_or(i64::MAX);
            let telemetry = &self.shared.telemetry;
            telemetry.gauge(Gauge::PublishQueue, "", published);
            self.append(batch, &mut logged).await;
            telemetry.gauge(Gauge::PublishQueue, "", -published);
        }
    }
}

impl Publisher {
    /// `true` if a task has to be started for it.
    fn enqueue(&self, lane: Lane, job: Job) -> bool {
        let mut queue = self.queue();
        queue.lanes.push(lane, job);
        !std::mem::replace(&mut queue.in_work, true)
    }

    /// What goes into the next append. `None`: the task ends, and leaves behind what it knows.
    fn next_batch(&self, stop: &CancellationToken, logged: &mut Logged) -> Option<Vec<Job>> {
        let mut queue = self.queue();
        if stop.is_cancelled() {
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
