//! What happens to a fleet, and what came of it.

use super::fleet::Fleet;
use super::{Scale, bounds};
use pushmail_domain::{Shard, StreamId, WorkerId};
use serde::Serialize;
use std::time::Duration;

/// Within so long all workers of a new fleet have joined.
const START: Duration = Duration::from_secs(10);
/// A new fleet comes to rest within this.
const REST: Duration = Duration::from_secs(180);
/// For how long is looked what becomes of an event.
const WATCHED: Duration = Duration::from_secs(120);
/// How often is looked.
const STEP: Duration = Duration::from_millis(100);
/// In a rolling restart so many parts of the fleet are restarted one after the other.
const PARTS: usize = 20;
/// How long after one part the next begins.
const BETWEEN: Duration = Duration::from_secs(30);
/// How far from a fair share a load may be, in percent.
const TOLERANCE: usize = 10;

/// What happens to a fleet that is at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// So many workers die at once.
    Lose(usize),
    /// One worker joins.
    Join,
    /// All workers are restarted, a twentieth of them at a time: each drains, leaves and comes back as another.
    Roll,
    /// The table of leases is lost.
    Flush,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What happened.
    pub scenario: String,
    /// Workers before and after.
    pub workers: (usize, usize),
    /// How many shards changed owners, counted each time.
    pub shards_moved: u64,
    /// The accounts in them.
    pub accounts_moved: u64,
    /// How many shards had to move: those of workers that died or drained, and what newcomers need to be within the
    /// tolerance; once, if one does for the other.
    pub least_moves: u64,
    /// After how long every shard was owned by a worker that lives.
    pub owned_after_seconds: Option<f64>,
    /// After how long every load was fair: within 10 % of an even share, or the next whole number to it.
    pub fair_after_seconds: Option<f64>,
    /// The accounts of the worker that has the most, at the end, and of an average one.
    pub most_accounts: (u64, u64),
    /// The shards of the workers with the fewest and the most, at the end.
    pub shards_of_one: (usize, usize),
    /// Calls of the table in each second, on average.
    pub calls_average: f64,
    /// And in the busiest second.
    pub calls_peak: u64,
    /// What all answers carried, in bytes.
    pub answers_bytes: u64,
    /// And the largest.
    pub largest_answer_bytes: u64,
    /// What a beat that changed something took of this machine's time, table and plan, on average and at most, in microseconds.
    pub beat_micros: (u128, u128),
    /// Raft groups of the event log: one for each stream and one of the cluster, whatever the fleet.
    pub raft_groups: u64,
    /// Bounds that were broken.
    pub broken: Vec<String>,
}

/// What an observation came to.
#[derive(Default)]
struct Seen {
    owned_after: Option<Duration>,
    fair_after: Option<Duration>,
}

impl Scenario {
    /// All that are looked at.
    pub const ALL: [Self; 6] = [
        Self::Lose(1),
        Self::Lose(100),
        Self::Lose(500),
        Self::Join,
        Self::Roll,
        Self::Flush,
    ];

    /// Plays it with a new fleet.
    pub(super) fn play(self, scale: Scale, accounts: &[u64]) -> Report {
        let mut fleet = Fleet::new(scale.seed, scale.turns);
        (0..scale.workers).for_each(|_| fleet.join(START));
        fleet.run_for(REST);
        let before = fleet.workers().len();
        let began = fleet.now();
        fleet.meter.reset(began);
        let (least, seen) = self.happen(&mut fleet);
        let report = Report {
            scenario: self.name(),
            workers: (before, fleet.workers().len()),
            least_moves: least,
            owned_after_seconds: seen.owned_after.map(|after| after.as_secs_f64()),
            fair_after_seconds: seen.fair_after.map(|after| after.as_secs_f64()),
            raft_groups: u64::from(StreamId::COUNT) + 1,
            ..measured(&fleet, accounts)
        };
        Report {
            broken: bounds::broken(&report),
            ..report
        }
    }

    /// Lets it happen; the least moves, and when all was well again.
    fn happen(self, fleet: &mut Fleet) -> (u64, Seen) {
        match self {
            Self::Lose(count) => {
                fleet.kill(count);
                let lost = orphans(fleet);
                (lost, watch(fleet, WATCHED))
            }
            Self::Join => {
                let least = newcomers_need(fleet, 1);
                fleet.join(Duration::ZERO);
                (least, watch(fleet, WATCHED))
            }
            Self::Flush => {
                fleet.flush();
                (0, watch(fleet, WATCHED))
            }
            Self::Roll => roll(fleet),
        }
    }

    fn name(self) -> String {
        match self {
            Self::Lose(count) => format!("lose {count}"),
            Self::Join => "one joins".to_owned(),
            Self::Roll => "rolling restart".to_owned(),
            Self::Flush => "leases flushed".to_owned(),
        }
    }
}

/// Restarts all, part by part.
fn roll(fleet: &mut Fleet) -> (u64, Seen) {
    let began = fleet.now();
    let all = fleet.workers();
    let part = all.len().div_ceil(PARTS).max(1);
    let mut least = 0;
    for part in all.chunks(part) {
        least += drained_need(fleet, part);
        fleet.drain(part);
        fleet.run_for(BETWEEN / 2);
        least += newcomers_need(fleet, part.len());
        part.iter().for_each(|_| fleet.join(Duration::from_secs(1)));
        fleet.run_for(BETWEEN / 2);
    }
    let rolled = fleet.now() - began;
    let seen = watch(fleet, WATCHED);
    let total = |after: Duration| after + rolled;
    let seen = Seen {
        owned_after: seen.owned_after.map(total),
        fair_after: seen.fair_after.map(total),
    };
    (least, seen)
}

/// The shards whose owners are gone.
fn orphans(fleet: &Fleet) -> u64 {
    let owned: usize = fleet.loads().values().map(Vec::len).sum();
    (fleet.owners.len() - owned) as u64
}

/// How many moves it takes to drain these workers, but for those that somebody lacked already and that were counted then.
fn drained_need(fleet: &Fleet, workers: &[WorkerId]) -> u64 {
    let loads = fleet.loads();
    let (least, _) = tolerated(fleet.owners.len(), loads.len());
    let (mut drained, mut lacking) = (0, 0);
    for (worker, own) in &loads {
        match workers.contains(worker) {
            true => drained += own.len(),
            false => lacking += least.saturating_sub(own.len()),
        }
    }
    drained.saturating_sub(lacking) as u64
}

/// How many shards so many newcomers need to have as few as they may.
fn newcomers_need(fleet: &Fleet, count: usize) -> u64 {
    let (least, _) = tolerated(fleet.owners.len(), fleet.loads().len() + count);
    (count * least) as u64
}

/// The fewest and the most shards that a worker may have: within the tolerance; where no whole number is, and where
/// not all can have such a one, the next to a fair share.
fn tolerated(shards: usize, workers: usize) -> (usize, usize) {
    let workers = workers.max(1);
    let least = (shards * (100 - TOLERANCE)).div_ceil(workers * 100);
    let most = shards * (100 + TOLERANCE) / (workers * 100);
    (
        least.min(shards / workers),
        most.max(shards.div_ceil(workers)),
    )
}

fn watch(fleet: &mut Fleet, time: Duration) -> Seen {
    let began = fleet.now();
    let mut seen = Seen::default();
    while fleet.now() < began + time {
        fleet.run_for(STEP);
        let after = fleet.now() - began;
        let owned = fleet.all_owned();
        if !owned {
            seen = Seen::default();
            continue;
        }
        seen.owned_after.get_or_insert(after);
        match is_fair(fleet) {
            true => drop(seen.fair_after.get_or_insert(after)),
            false => seen.fair_after = None,
        }
    }
    seen
}

fn is_fair(fleet: &Fleet) -> bool {
    let loads = fleet.loads();
    let (least, most) = tolerated(fleet.owners.len(), loads.len());
    loads
        .values()
        .all(|own| (least..=most).contains(&own.len()))
}

/// What the fleet's meter and its loads say.
fn measured(fleet: &Fleet, accounts: &[u64]) -> Report {
    let of = |shard: &Shard| accounts[usize::from(shard.number())];
    let loads = fleet.loads();
    let sums = loads.values().map(|own| own.iter().map(of).sum::<u64>());
    let sizes = || loads.values().map(Vec::len);
    let moved = fleet.meter.all_moved();
    let (calls_average, calls_peak) = fleet.meter.calls(fleet.now());
    let (answers_bytes, largest_answer_bytes) = fleet.meter.answers();
    let (average, longest) = fleet.meter.thinking();
    let all: u64 = accounts.iter().sum();
    Report {
        scenario: String::new(),
        workers: (0, 0),
        shards_moved: moved.len() as u64,
        accounts_moved: moved.iter().map(of).sum(),
        least_moves: 0,
        owned_after_seconds: None,
        fair_after_seconds: None,
        most_accounts: (sums.max().unwrap_or(0), all / loads.len().max(1) as u64),
        shards_of_one: (sizes().min().unwrap_or(0), sizes().max().unwrap_or(0)),
        calls_average,
        calls_peak,
        answers_bytes,
        largest_answer_bytes,
        beat_micros: (average.as_micros(), longest.as_micros()),
        raft_groups: 0,
        broken: Vec::new(),
    }
}
