use super::*;
use pushmail_domain::{SHARD_COUNT, Timestamp};
use pushmail_leases::Member;
use std::collections::BTreeSet;

fn worker(number: u16) -> WorkerId {
    let mut bytes = [0; 16];
    let spread = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bytes[..8].copy_from_slice(&spread.to_be_bytes());
    bytes[8..10].copy_from_slice(&number.to_be_bytes());
    WorkerId::from_bytes(bytes)
}

/// A fleet that does what its plans say, all workers in turn, one beat after the other.
struct Fleet {
    shards: Vec<Shard>,
    members: Vec<Member>,
    owners: BTreeMap<Shard, WorkerId>,
    moves: usize,
}

impl Fleet {
    fn of(workers: impl IntoIterator<Item = u16>) -> Self {
        Self::on(SHARD_COUNT, workers)
    }

    /// As many shards as these, and no others.
    fn on(shards: u16, workers: impl IntoIterator<Item = u16>) -> Self {
        let mut fleet = Self {
            shards: Shard::all().take(shards.into()).collect(),
            members: Vec::new(),
            owners: BTreeMap::new(),
            moves: 0,
        };
        workers.into_iter().for_each(|number| fleet.join(number, 1));
        fleet.settle();
        fleet.moves = 0;
        fleet
    }

    fn join(&mut self, number: u16, capacity: u32) {
        self.members.push(Member {
            worker: worker(number),
            name: format!("worker-{number}"),
            capacity,
            draining: false,
            started_at: Timestamp::from_micros(number.into()),
        });
    }

    fn die(&mut self, number: u16) {
        self.members
            .retain(|member| member.worker != worker(number));
        self.owners.retain(|_, owner| *owner != worker(number));
    }

    fn known(&self) -> Known {
        let members = self.members.iter();
        Known {
            members: members
                .map(|member| (member.worker, member.clone()))
                .collect(),
            owners: self.owners.clone(),
            ..Known::default()
        }
    }

    /// One beat of every worker, who all know the same; returns whether anything changed.
    fn beat(&mut self) -> bool {
        let known = self.known();
        let before = self.moves;
        for member in self.members.clone() {
            let plan = plan_of(&self.shards, &known, member.worker, &BTreeMap::new());
            for shard in plan.claims {
                assert!(
                    self.owners.insert(shard, member.worker).is_none(),
                    "claimed twice"
                );
                self.moves += 1;
            }
            for Release { shard, successor } in plan.hand_overs {
                let before = self.owners.insert(shard, successor.unwrap());
                assert_eq!(before, Some(member.worker));
                self.moves += 1;
            }
        }
        self.moves > before
    }

    /// Beats until nothing changes; how often.
    fn settle(&mut self) -> usize {
        let mut beats = 0;
        while self.beat() {
            beats += 1;
            assert!(beats < 200, "it never comes to rest");
        }
        beats
    }

    fn load(&self, number: u16) -> usize {
        let owners = self.owners.values();
        owners.filter(|owner| **owner == worker(number)).count()
    }

    fn everything_is_owned(&self) -> bool {
        self.owners.len() == usize::from(SHARD_COUNT)
    }
}

#[test]
fn one_worker_takes_everything_at_once() {
    let mut fleet = Fleet::of([]);
    fleet.join(1, 1);
    assert_eq!(fleet.settle(), 1);
    assert!(fleet.everything_is_owned());
}

#[test]
fn shares_are_fair_from_the_start() {
    for count in [2, 3, 7, 100] {
        let fleet = Fleet::of(1..=count);
        assert!(fleet.everything_is_owned());
        let fair = usize::from(SHARD_COUNT) / usize::from(count);
        for number in 1..=count {
            let load = fleet.load(number);
            assert!((fair..=fair + 1).contains(&load) || load.abs_diff(fair) * 10 <= fair);
        }
    }
}

#[test]
fn a_dead_worker_s_shards_spread_and_nobody_else_s_move() {
    let mut fleet = Fleet::of(1..=10);
    let orphans = fleet.load(3);
    fleet.die(3);
    fleet.settle();
    assert!(fleet.everything_is_owned());
    assert!(
        fleet.moves * 10 <= orphans * 11,
        "{} moves for {orphans}",
        fleet.moves
    );
    let loads: BTreeSet<usize> = (1..=10)
        .filter(|n| *n != 3)
        .map(|n| fleet.load(n))
        .collect();
    assert!(
        loads.iter().all(|load| (409..=501).contains(load)),
        "{loads:?}"
    );
}

#[test]
fn one_that_joins_gets_nearly_its_share_step_by_step_and_no_more_moves() {
    let mut fleet = Fleet::of(1..=4);
    fleet.join(5, 1);
    fleet.beat();
    assert!(
        fleet.load(5) <= 4 * 1024 / 16,
        "not all at once: {}",
        fleet.load(5)
    );
    let beats = fleet.settle();
    assert!(beats > 2);
    let (fair, got) = (819, fleet.load(5));
    assert!((fair * 9 / 10..=fair).contains(&got), "{got}");
    assert_eq!(fleet.moves, got, "only what it got has moved");
}

#[test]
fn within_ten_percent_nothing_moves() {
    let mut fleet = Fleet::of(1..=10);
    let own: Vec<Shard> = shards_of(&fleet.known(), worker(1)).take(30).collect();
    for shard in own {
        fleet.owners.insert(shard, worker(2));
    }
    assert_eq!(fleet.settle(), 0);
}

#[test]
fn capacity_counts() {
    let mut fleet = Fleet::of([]);
    fleet.join(1, 1);
    fleet.join(2, 3);
    fleet.settle();
    assert_eq!((fleet.load(1), fleet.load(2)), (1024, 3072));
}

#[test]
fn a_draining_worker_gives_everything_away_and_takes_nothing() {
    let mut fleet = Fleet::of(1..=4);
    fleet.members[0].draining = true;
    fleet.settle();
    assert!(fleet.everything_is_owned());
    assert_eq!(fleet.load(1), 0);
    assert_eq!(fleet.moves, 1024);
    for number in 2..=4 {
        assert!((1360..=1366).contains(&fleet.load(number)));
    }
}

#[test]
fn the_last_worker_keeps_its_shards_when_it_drains() {
    let mut fleet = Fleet::of([1]);
    fleet.members[0].draining = true;
    assert_eq!(fleet.settle(), 0);
    assert!(fleet.everything_is_owned());
}

#[test]
fn what_is_leaving_already_counts_as_gone() {
    let mut fleet = Fleet::of([1]);
    fleet.join(2, 1);
    let known = fleet.known();
    let first = plan(&known, worker(1), &BTreeMap::new()).hand_overs;
    assert_eq!(first.len(), 4096 / 16);
    let leaving = first.iter().map(|r| (r.shard, r.successor.unwrap()));
    let again = plan(&known, worker(1), &leaving.collect());
    assert_eq!(again.hand_overs, []);
}

#[test]
fn with_more_workers_than_shards_nobody_takes_two() {
    let mut fleet = Fleet::of([]);
    (1..=4200).for_each(|number| fleet.join(number, 1));
    let plan = plan(&fleet.known(), worker(1), &BTreeMap::new());
    assert!(plan.claims.len() <= 1 && plan.hand_overs.is_empty());
}

impl Fleet {
    /// A tenth of a large one, in which each has 4 shards or 5.
    fn small(workers: impl IntoIterator<Item = u16>) -> Self {
        Self::on(410, workers)
    }

    /// What each would hand over now.
    fn hand_overs(&self) -> BTreeMap<WorkerId, Vec<Release>> {
        let known = self.known();
        let plan = |worker| plan_of(&self.shards, &known, worker, &BTreeMap::new());
        let workers = known.members.keys();
        workers
            .map(|worker| (*worker, plan(*worker).hand_overs))
            .collect()
    }

    /// Every third of those who have something to hand over does it; the others' part stays what it was.
    fn does_a_third(&mut self) {
        let mut plans = self.hand_overs();
        plans.retain(|_, releases| !releases.is_empty());
        assert!(plans.len() >= 5);
        let done: BTreeSet<WorkerId> = plans.keys().copied().step_by(3).collect();
        for (worker, releases) in plans.iter().filter(|(worker, _)| done.contains(worker)) {
            for Release { shard, successor } in releases {
                let before = self.owners.insert(*shard, successor.unwrap());
                assert_eq!(before, Some(*worker));
                self.moves += 1;
            }
        }
        let later = self.hand_overs();
        plans.retain(|worker, _| !done.contains(worker));
        assert!(
            plans
                .iter()
                .all(|(worker, releases)| later[worker] == *releases)
        );
    }
}

#[test]
fn who_gives_what_to_newcomers_is_the_same_when_a_part_is_done() {
    let mut fleet = Fleet::small(1..=95);
    (96..=100).for_each(|number| fleet.join(number, 1));
    fleet.does_a_third();
    fleet.settle();
    assert_eq!(fleet.moves, 5 * 4);
}

#[test]
fn who_gives_what_to_newcomers_is_the_same_when_others_join() {
    let mut fleet = Fleet::small(1..=95);
    (96..=97).for_each(|number| fleet.join(number, 1));
    let mut before = fleet.hand_overs();
    before.retain(|_, releases| !releases.is_empty());
    assert_eq!(before.len(), 2 * 4);
    (98..=100).for_each(|number| fleet.join(number, 1));
    let after = fleet.hand_overs();
    assert!(
        before
            .iter()
            .all(|(worker, releases)| after[worker] == *releases)
    );
}

#[test]
fn those_who_drain_together_give_each_shard_once_and_nobody_too_much() {
    let mut fleet = Fleet::small(1..=100);
    let given: usize = (1..=5).map(|number| fleet.load(number)).sum();
    for member in &mut fleet.members[..5] {
        member.draining = true;
    }
    fleet.does_a_third();
    fleet.settle();
    assert_eq!(fleet.moves, given);
    assert!((6..=100).all(|number| (4..=5).contains(&fleet.load(number))));
}

#[test]
fn the_shards_of_many_dead_go_to_those_who_lack_them() {
    let mut fleet = Fleet::small(1..=100);
    (1..=50).for_each(|number| fleet.die(number));
    let orphans = fleet.shards.len() - fleet.owners.len();
    fleet.settle();
    assert_eq!(fleet.moves, orphans);
    assert!((51..=100).all(|number| (8..=9).contains(&fleet.load(number))));
}

#[test]
fn while_shards_are_free_no_loads_are_evened_out() {
    let mut fleet = Fleet::of(1..=4);
    fleet.join(5, 1);
    fleet.owners.pop_first();
    assert!(fleet.hand_overs().values().all(Vec::is_empty));
}
