//! What goes wrong in a world, and when: all by the seed.

use crate::network::Service;
use crate::worker::{Stage, Worker};
use pushmail_domain::StreamId;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How many workers there are.
pub(crate) const WORKERS: usize = 3;
/// How long a drain may take before the process is killed.
const GRACE: Duration = Duration::from_secs(20);

/// The workers of a world; `None` where one is dead.
pub(crate) struct Cast {
    pub(crate) stage: Stage,
    workers: Mutex<Vec<Option<Worker>>>,
}

impl Cast {
    pub(crate) fn new(stage: Stage) -> Arc<Self> {
        let workers = Mutex::new((0..WORKERS).map(|_| None).collect());
        Arc::new(Self { stage, workers })
    }

    /// Starts the worker, unless it lives.
    pub(crate) fn start(&self, index: usize) {
        let mut workers = self.workers();
        if workers[index].is_none() {
            self.note(&format!("worker {index} starts"));
            workers[index] = Some(self.stage.start(index));
        }
    }

    /// Nothing goes wrong any more: all live, all is in reach.
    pub(crate) fn calm(&self) {
        self.note("from here on nothing goes wrong");
        self.stage.network.calm();
        self.stage.log.set_full(false);
        let workers = self.workers();
        workers
            .iter()
            .flatten()
            .for_each(|worker| worker.gate.open());
        drop(workers);
        (0..WORKERS).for_each(|index| self.start(index));
    }

    /// Lets things go wrong for so long.
    pub(crate) async fn trouble(self: &Arc<Self>, lasts: Duration) {
        let over = Instant::now() + lasts;
        let chance = self.stage.chance.clone();
        while Instant::now() < over {
            sleep(chance.between(100, 6000)).await;
            let worker = chance.index(WORKERS);
            match chance.index(16) {
                0..=2 => self.crash(worker),
                3..=4 => self.pause(worker),
                5 => self.drain(worker),
                6..=9 => self.cut(worker),
                10 => self.flush_leases(),
                11..=12 => self.away(),
                13 => self.fill(),
                14 => self.back_up(),
                _ => self.restore(),
            }
        }
    }

    fn crash(self: &Arc<Self>, index: usize) {
        if let Some(worker) = self.workers()[index].take() {
            self.note(&format!("worker {index} is killed"));
            worker.gate.fall();
        }
        let pause = self.stage.chance.between(0, 25_000);
        self.later(pause, move |cast| cast.start(index));
    }

    fn pause(self: &Arc<Self>, index: usize) {
        if let Some(worker) = &self.workers()[index] {
            let pause = self.stage.chance.between(200, 40_000);
            self.note(&format!("worker {index} stands still for {pause:?}"));
            worker.gate.shut();
            let gate = worker.gate.clone();
            self.later(pause, move |_| gate.open());
        }
    }

    fn drain(self: &Arc<Self>, index: usize) {
        let workers = self.workers();
        let Some(worker) = &workers[index] else {
            return;
        };
        self.note(&format!("worker {index} drains"));
        let (gate, lifecycle) = (worker.gate.clone(), worker.lifecycle.clone());
        let cast = self.clone();
        tokio::spawn(async move {
            let outcome = lifecycle.shut_down(GRACE).await;
            gate.fall();
            cast.note(&format!("worker {index} has ended: {outcome:?}"));
            let place = &mut cast.workers()[index];
            if place
                .as_ref()
                .is_some_and(|worker| Arc::ptr_eq(&worker.gate, &gate))
            {
                *place = None;
            }
            let pause = cast.stage.chance.between(0, 5000);
            cast.later(pause, move |cast| cast.start(index));
        });
    }

    fn cut(self: &Arc<Self>, index: usize) {
        let chance = &self.stage.chance;
        let service = Service::ALL[chance.index(3)];
        let pause = chance.between(500, 30_000);
        self.note(&format!(
            "worker {index} is cut off from {service:?} for {pause:?}"
        ));
        self.stage.network.cut(index, service, true);
        self.later(pause, move |cast| {
            cast.stage.network.cut(index, service, false);
        });
    }

    fn away(self: &Arc<Self>) {
        let chance = &self.stage.chance;
        let service = Service::ALL[chance.index(3)];
        let pause = chance.between(500, 20_000);
        self.note(&format!("{service:?} is away for {pause:?}"));
        self.stage.network.away(service, true);
        self.later(pause, move |cast| cast.stage.network.away(service, false));
    }

    fn flush_leases(&self) {
        self.note("the leases are flushed");
        self.stage.leases.forget();
    }

    fn fill(self: &Arc<Self>) {
        let pause = self.stage.chance.between(500, 10_000);
        self.note(&format!("the log is full for {pause:?}"));
        self.stage.log.set_full(true);
        self.later(pause, |cast| cast.stage.log.set_full(false));
    }

    fn back_up(&self) {
        for stream in self.streams() {
            self.stage.log.back_up(stream);
        }
    }

    /// One stream only: another was not affected by what made the restore necessary.
    fn restore(&self) {
        let streams: Vec<StreamId> = self.streams().into_iter().collect();
        self.stage
            .log
            .restore(streams[self.stage.chance.index(streams.len())]);
    }

    fn streams(&self) -> BTreeSet<StreamId> {
        self.stage
            .shards
            .iter()
            .map(|shard| shard.stream())
            .collect()
    }

    fn later(self: &Arc<Self>, pause: Duration, act: impl FnOnce(&Self) + Send + 'static) {
        let cast = self.clone();
        tokio::spawn(async move {
            sleep(pause).await;
            act(&cast);
        });
    }

    fn note(&self, what: &str) {
        self.stage.network.trace.note(what);
    }

    fn workers(&self) -> MutexGuard<'_, Vec<Option<Worker>>> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
