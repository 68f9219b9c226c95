//! How many shards each member has, and how many would be fair.

use pushmail_domain::{Shard, WorkerId};
use pushmail_leases::Known;
use std::collections::BTreeMap;

/// Shares are counted in so many parts of a shard.
const UNIT: u64 = 1024;
/// How far from a fair share a member may be, in percent of it.
const TOLERANCE: u64 = 10;

/// The members that take shards, and the number of shards of each.
pub(super) struct Loads {
    takers: BTreeMap<WorkerId, Load>,
    /// How many shards there are.
    shards: u64,
    capacity: u64,
    /// Whether all have the same capacity.
    uniform: bool,
}

#[derive(Debug, Clone, Copy)]
struct Load {
    shards: u64,
    capacity: u64,
}

impl Loads {
    /// As the table says of so many shards, with what is `leaving` where it goes to.
    pub(super) fn new(shards: usize, known: &Known, leaving: &BTreeMap<Shard, WorkerId>) -> Self {
        let load = |capacity: u32| Load {
            shards: 0,
            capacity: u64::from(capacity.max(1)),
        };
        let takers = known.members.values().filter(|member| !member.draining);
        let mut takers: BTreeMap<WorkerId, Load> = takers
            .map(|member| (member.worker, load(member.capacity)))
            .collect();
        for (shard, owner) in &known.owners {
            let owner = leaving.get(shard).unwrap_or(owner);
            if let Some(load) = takers.get_mut(owner) {
                load.shards += 1;
            }
        }
        let capacity = takers.values().map(|load| load.capacity).sum();
        let mut capacities = takers.values().map(|load| load.capacity);
        let first = capacities.next();
        let uniform = capacities.all(|capacity| Some(capacity) == first);
        Self {
            takers,
            shards: shards as u64,
            capacity,
            uniform,
        }
    }

    /// Whether anybody takes shards.
    pub(super) fn has_takers(&self) -> bool {
        !self.takers.is_empty()
    }

    /// Whether the worker takes none.
    pub(super) fn is_draining(&self, worker: WorkerId) -> bool {
        !self.takers.contains_key(&worker)
    }

    /// Gives one more shard to the member ranked first for it among those with room.
    pub(super) fn give(&mut self, shard: Shard) -> Option<WorkerId> {
        let room = |load: &Load| load.shards < self.fair(*load).div_ceil(UNIT);
        let ranked = self.takers.iter().filter(|(_, load)| room(load));
        let rank = |worker, load: &Load| match self.uniform {
            true => score(worker, shard),
            false => weighted(worker, shard, load.capacity),
        };
        let best = ranked.max_by_key(|(worker, load)| rank(**worker, load));
        let worker = *best?.0;
        self.takers.get_mut(&worker)?.shards += 1;
        Some(worker)
    }

    /// Moves one shard from the fullest to the emptiest, if one of them is too far from fair; says
    /// from whom to whom.
    pub(super) fn next_move(&mut self) -> Option<(WorkerId, WorkerId)> {
        let fullness = |(_, load): &(&WorkerId, &Load)| self.fullness(**load, load.shards);
        let (donor, full) = self.takers.iter().max_by_key(fullness)?;
        let (taker, empty) = self.takers.iter().min_by_key(fullness)?;
        let too_full = full.shards * UNIT > self.fair(*full) * (100 + TOLERANCE) / 100;
        let too_empty = (empty.shards + 1) * UNIT <= self.fair(*empty) * (100 - TOLERANCE) / 100;
        // Else they would only change places.
        let better = full.shards > 0
            && self.fullness(*full, full.shards - 1) > self.fullness(*empty, empty.shards);
        if !better || !(too_full || too_empty) {
            return None;
        }
        let (donor, taker) = (*donor, *taker);
        self.takers.get_mut(&donor)?.shards -= 1;
        self.takers.get_mut(&taker)?.shards += 1;
        Some((donor, taker))
    }

    /// How full a member is with so many shards, relative to what would be fair.
    fn fullness(&self, load: Load, shards: u64) -> u64 {
        shards * UNIT * UNIT / self.fair(load)
    }

    /// A fair number of shards, in 1/[`UNIT`].
    fn fair(&self, load: Load) -> u64 {
        let all = self.shards * UNIT;
        (all * load.capacity / self.capacity).max(1)
    }
}

/// How the worker ranks for the shard (rendezvous hashing): the worker's id is random, so a mix of both
/// is.
pub(super) fn score(worker: WorkerId, shard: Shard) -> u64 {
    let mut seed = [0; 8];
    seed.copy_from_slice(&worker.as_bytes()[..8]);
    let number = u64::from(shard.number()) + 1;
    // The finaliser of SplitMix64.
    let mut mixed =
        u64::from_le_bytes(seed).wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The score weighted by capacity, in the same order as the score where capacities are the same, so that each member ranks first for its share: the greatest of
/// `capacity / -ln(u)` with `u` uniform in (0, 1). Comparable as an integer.
fn weighted(worker: WorkerId, shard: Shard, capacity: u64) -> u64 {
    #[expect(clippy::cast_precision_loss, reason = "a rank needs no exact numbers")]
    let uniform = (score(worker, shard) as f64 + 1.0) / (u64::MAX as f64 + 2.0);
    #[expect(clippy::cast_precision_loss, reason = "capacities are small")]
    let rank = capacity as f64 / -uniform.ln();
    // Positive floats are ordered as their bits are.
    rank.to_bits()
}
