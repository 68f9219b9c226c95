//! All workers over one table, in virtual time: one event after the other.

use super::keeper::{Keeper, Told};
use super::meter::Meter;
use crate::chance::Chance;
use futures::StreamExt as _;
use futures::future::FutureExt as _;
use futures::stream::BoxStream;
use pushmail_domain::{Clock, Shard, Timestamp, WorkerId};
use pushmail_leases::{Leases as _, Release};
use pushmail_leases_embedded::{Config, EmbeddedLeases};
use pushmail_watcher::fleet::pace;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long a call takes, and a ring.
const CALL: Duration = Duration::from_millis(1);
/// How long it takes to stop a shard's accounts and to flush their cursors.
const HAND_OVER: Duration = Duration::from_millis(300);
/// How many shards are handed over at the same time: as in the watcher.
const HANDING_OVER: usize = 4;
/// The table's terms, as those of Redis by default.
const TERMS: Config = Config {
    ttl: Duration::from_secs(15),
    settle: Duration::from_secs(17),
};

/// Time that is set, in microseconds.
#[derive(Default)]
struct SetClock(AtomicU64);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::default().after(self.elapsed())
    }

    fn elapsed(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A worker's pause is over, if it is still this pause.
    Beat(WorkerId, u64),
    /// A worker has stopped a shard.
    Stopped(WorkerId, Release),
}

struct Worker {
    keeper: Keeper,
    /// Which pause this is; a later one makes those before void.
    pause: u64,
    /// When it beats next.
    due: Duration,
    /// Whether it was rung, and waits for its turn.
    rung: bool,
    /// Whether it was rung once more since.
    again: bool,
    handing_over: usize,
    waiting: VecDeque<Release>,
}

/// The fleet.
pub(super) struct Fleet {
    clock: Arc<SetClock>,
    chance: Chance,
    /// Whether workers take turns.
    turns: bool,
    table: EmbeddedLeases,
    /// Rings when shards became free.
    freed: Option<BoxStream<'static, ()>>,
    workers: BTreeMap<WorkerId, Worker>,
    agenda: BTreeMap<(Duration, u64), Next>,
    entries: u64,
    shards: Vec<Shard>,
    /// Who owned each shard last.
    pub(super) owners: BTreeMap<Shard, WorkerId>,
    pub(super) meter: Meter,
}

impl Fleet {
    pub(super) fn new(seed: u64, turns: bool) -> Self {
        let clock = Arc::new(SetClock::default());
        let table = EmbeddedLeases::new(TERMS, clock.clone());
        let nobody = WorkerId::from_bytes([0; 16]);
        let freed = table.wakes(nobody).now_or_never().and_then(Result::ok);
        Self {
            clock,
            chance: Chance::new(seed),
            turns,
            table,
            freed,
            workers: BTreeMap::new(),
            agenda: BTreeMap::new(),
            entries: 0,
            shards: Shard::all().collect(),
            owners: BTreeMap::new(),
            meter: Meter::default(),
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.clock.elapsed()
    }

    /// A worker joins within so long.
    pub(super) fn join(&mut self, within: Duration) {
        let worker = WorkerId::random(&self.chance);
        let within = u64::try_from(within.as_millis()).unwrap_or(0);
        let due = self.now() + self.chance.between(0, within);
        self.workers.insert(
            worker,
            Worker {
                keeper: Keeper::new(worker, Timestamp::default().after(due)),
                pause: 0,
                due,
                rung: false,
                again: false,
                handing_over: 0,
                waiting: VecDeque::new(),
            },
        );
        self.schedule(due, Next::Beat(worker, 0));
    }

    /// So many workers die, and say nothing.
    pub(super) fn kill(&mut self, count: usize) {
        for worker in self.some(count) {
            self.workers.remove(&worker);
        }
    }

    /// These workers begin to drain.
    pub(super) fn drain(&mut self, workers: &[WorkerId]) {
        for id in workers {
            if let Some(worker) = self.workers.get_mut(id) {
                worker.keeper.member.draining = true;
                self.beat_at(*id, self.now());
            }
        }
    }

    /// The table is lost.
    pub(super) fn flush(&self) {
        self.table.forget();
    }

    pub(super) fn workers(&self) -> Vec<WorkerId> {
        self.workers.keys().copied().collect()
    }

    /// How many shards each worker that takes shards owns.
    pub(super) fn loads(&self) -> BTreeMap<WorkerId, Vec<Shard>> {
        let takers = self
            .workers
            .iter()
            .filter(|(_, worker)| !worker.keeper.member.draining);
        let mut loads: BTreeMap<_, Vec<Shard>> = takers.map(|(id, _)| (*id, Vec::new())).collect();
        for (shard, owner) in &self.owners {
            if let Some(own) = loads.get_mut(owner) {
                own.push(*shard);
            }
        }
        loads
    }

    /// Whether every shard's owner lives, and the table says so.
    pub(super) fn all_owned(&self) -> bool {
        let view = self.table.view().now_or_never().and_then(Result::ok);
        view.is_some_and(|view| {
            let lives = |(_, owner): &(Shard, WorkerId)| self.workers.contains_key(owner);
            view.owners.len() == self.shards.len() && view.owners.iter().all(lives)
        })
    }

    /// Lets time go on.
    pub(super) fn run_for(&mut self, time: Duration) {
        let until = self.now() + time;
        while let Some(entry) = self.agenda.first_entry() {
            let (at, _) = *entry.key();
            if at > until {
                break;
            }
            let next = entry.remove();
            self.set(at);
            match next {
                Next::Beat(worker, pause) => self.beat(worker, pause),
                Next::Stopped(worker, release) => self.stopped(worker, release),
            }
        }
        self.set(until);
    }

    fn beat(&mut self, id: WorkerId, pause: u64) {
        let now = self.now();
        let Some(worker) = self
            .workers
            .get_mut(&id)
            .filter(|worker| worker.pause == pause)
        else {
            return;
        };
        let releases = worker.keeper.stopped.clone();
        let Some(mut told) = told(worker, &self.table, &self.shards, &mut self.meter, now) else {
            return;
        };
        let mut hand_overs = std::mem::take(&mut told.hand_overs);
        if worker.keeper.claims() && told.beaten.settling.is_zero() {
            let Some(again) = self::told(worker, &self.table, &self.shards, &mut self.meter, now)
            else {
                return;
            };
            told = again;
            hand_overs.append(&mut told.hand_overs);
        }
        let turn = turn(self.turns, worker, &self.chance);
        let mut due = now + Keeper::pause(&told, turn);
        worker.rung = std::mem::take(&mut worker.again);
        if worker.rung {
            due = due.min(now + turn);
        }
        let own = worker.keeper.shards();
        let ends = worker.keeper.member.draining && own.is_empty();
        worker.waiting.extend(hand_overs);
        self.took(id, &own);
        self.handed(&releases);
        self.start_hand_overs(id);
        self.hear_freed(id);
        match ends {
            true => self.leave(id),
            false => self.beat_at(id, due),
        }
    }

    /// A drained worker has gone.
    fn leave(&mut self, id: WorkerId) {
        self.workers.remove(&id);
        self.meter.call(self.now());
        drop(self.table.leave(id).now_or_never());
        self.hear_freed(id);
    }

    fn took(&mut self, id: WorkerId, own: &[Shard]) {
        for shard in own {
            if self
                .owners
                .insert(*shard, id)
                .is_some_and(|before| before != id)
            {
                self.meter.moved(*shard);
            }
        }
    }

    /// The successors are rung.
    fn handed(&mut self, releases: &[Release]) {
        for successor in releases.iter().filter_map(|release| release.successor) {
            self.ring(successor);
        }
    }

    fn start_hand_overs(&mut self, id: WorkerId) {
        let at = self.now() + HAND_OVER;
        let Some(worker) = self.workers.get_mut(&id) else {
            return;
        };
        let mut started = Vec::new();
        while worker.handing_over < HANDING_OVER
            && let Some(release) = worker.waiting.pop_front()
        {
            worker.handing_over += 1;
            started.push(release);
        }
        for release in started {
            self.schedule(at, Next::Stopped(id, release));
        }
    }

    fn stopped(&mut self, id: WorkerId, release: Release) {
        if let Some(worker) = self.workers.get_mut(&id) {
            worker.handing_over -= 1;
            worker.keeper.stopped.push(release);
            self.start_hand_overs(id);
            self.beat_at(id, self.now());
        }
    }

    /// If shards became free, by this one, all others are rung.
    fn hear_freed(&mut self, by: WorkerId) {
        let mut heard = false;
        while let Some(freed) = &mut self.freed
            && freed.next().now_or_never().flatten().is_some()
        {
            heard = true;
        }
        if heard {
            let others = self.workers().into_iter().filter(|worker| *worker != by);
            others.for_each(|worker| self.ring(worker));
        }
    }

    /// A ring is heard at once, and followed when it is the worker's turn.
    fn ring(&mut self, id: WorkerId) {
        let heard_at = self.now() + CALL;
        let Some(worker) = self.workers.get_mut(&id) else {
            return;
        };
        if worker.rung {
            worker.again = true;
            return;
        }
        worker.rung = true;
        let due = heard_at + turn(self.turns, worker, &self.chance);
        let due = due.min(worker.due);
        self.beat_at(id, due);
    }

    fn beat_at(&mut self, id: WorkerId, due: Duration) {
        if let Some(worker) = self.workers.get_mut(&id) {
            worker.pause += 1;
            worker.due = due;
            let pause = worker.pause;
            self.schedule(due, Next::Beat(id, pause));
        }
    }

    fn schedule(&mut self, at: Duration, next: Next) {
        self.entries += 1;
        self.agenda.insert((at, self.entries), next);
    }

    /// Some workers, by chance.
    fn some(&self, count: usize) -> Vec<WorkerId> {
        let mut all = self.workers();
        let count = count.min(all.len());
        (0..count)
            .map(|_| all.swap_remove(self.chance.index(all.len())))
            .collect()
    }

    fn set(&self, to: Duration) {
        let micros = u64::try_from(to.as_micros()).unwrap_or(u64::MAX);
        self.clock.0.fetch_max(micros, Ordering::Relaxed);
    }
}

/// How long a worker waits for its turn.
fn turn(turns: bool, worker: &Worker, chance: &Chance) -> Duration {
    match turns {
        true => pace::turn(worker.keeper.known.members.len(), chance),
        false => Duration::ZERO,
    }
}

/// One call of the table, counted.
fn told(
    worker: &mut Worker,
    table: &EmbeddedLeases,
    shards: &[Shard],
    meter: &mut Meter,
    now: Duration,
) -> Option<Told> {
    meter.call(now);
    let began = meter.processor_time();
    let told = worker.keeper.beat(table, shards)?;
    meter.answered(&told.beaten, told.thought.then_some(began));
    Some(told)
}
