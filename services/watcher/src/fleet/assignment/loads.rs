//! How many shards each member has, and how many would be fair.

use pushmail_domain::{Shard, Timestamp, WorkerId};
use pushmail_leases::{Known, Member};
use std::collections::BTreeMap;

/// Shares are counted in so many parts of a shard.
const UNIT: u64 = 1024;
/// How far from a fair share a member may be, in percent of it.
const TOLERANCE: u64 = 10;

/// The members that take shards, and the number of shards of each.
pub(super) struct Loads {
    /// By worker. A list, since each free shard looks at all of them.
    takers: Vec<Load>,
    /// Whether all have the same capacity.
    uniform: bool,
}

#[derive(Debug, Clone, Copy)]
struct Load {
    worker: WorkerId,
    started_at: Timestamp,
    shards: u64,
    capacity: u64,
    /// A fair number of shards, in 1/[`UNIT`].
    fair: u64,
}

impl Loads {
    /// As the table says of so many shards, with what is `leaving` where it goes to.
    pub(super) fn new(shards: usize, known: &Known, leaving: &BTreeMap<Shard, WorkerId>) -> Self {
        let takers = || known.members.values().filter(|member| !member.draining);
        let capacity = |member: &Member| u64::from(member.capacity.max(1));
        let all = takers().map(capacity).sum();
        let load = |member| Load::new(member, capacity(member), shards as u64, all);
        let takers: Vec<Load> = takers().map(load).collect();
        let uniform = takers
            .windows(2)
            .all(|two| two[0].capacity == two[1].capacity);
        let mut loads = Self { takers, uniform };
        for (shard, owner) in &known.owners {
            let owner = leaving.get(shard).unwrap_or(owner);
            if let Some(at) = loads.place(*owner) {
                loads.takers[at].shards += 1;
            }
        }
        loads
    }

    /// Whether anybody takes shards.
    pub(super) fn has_takers(&self) -> bool {
        !self.takers.is_empty()
    }

    /// Whether the worker takes none.
    pub(super) fn is_draining(&self, worker: WorkerId) -> bool {
        self.place(worker).is_none()
    }

    /// Gives one more shard to the member ranked first for it among those who lack one to their share; if nobody
    /// does, among those with room for a part of one.
    pub(super) fn give(&mut self, shard: Shard) -> Option<WorkerId> {
        let lacks = |load: &Load| load.shards < load.whole();
        let somebody = self.takers.iter().any(lacks);
        let uniform = self.uniform;
        let rank = |load: &&mut Load| match uniform {
            true => score(load.worker, shard),
            false => weighted(load.worker, shard, load.capacity),
        };
        let with_room = self.takers.iter_mut().filter(|load| match somebody {
            true => lacks(load),
            false => load.shards < load.most(),
        });
        let best = with_room.max_by_key(rank)?;
        best.shards += 1;
        Some(best.worker)
    }

    /// What brings everybody near a fair share: from the fullest to the emptiest, as long as one of them is too far
    /// from fair; from whom to whom, one shard each.
    ///
    /// Nobody sees what others have promised and not handed over yet. So who gives to whom is the same whichever of
    /// the moves are done already, and whoever started since then: both only take from a list, or add to its end.
    pub(super) fn moves(&mut self) -> Vec<(WorkerId, WorkerId)> {
        let (mut donors, mut takers) = (Vec::new(), Vec::new());
        while let Some((donor, taker)) = self.next_move() {
            donors.push(self.takers[donor].worker);
            takers.push(taker);
        }
        takers.sort_by_key(|taker| (self.takers[*taker].started_at, *taker));
        let takers = takers.into_iter().map(|taker| self.takers[taker].worker);
        donors.into_iter().zip(takers).collect()
    }

    /// Moves one shard from the fullest to the emptiest, if one of them is too far from fair; the places of both.
    fn next_move(&mut self) -> Option<(usize, usize)> {
        let fullness = |(_, load): &(usize, &Load)| load.fullness(load.shards);
        let (donor, full) = self.takers.iter().enumerate().max_by_key(fullness)?;
        let (taker, empty) = self.takers.iter().enumerate().min_by_key(fullness)?;
        // Else they would only change places.
        let better =
            full.shards > 0 && full.fullness(full.shards - 1) > empty.fullness(empty.shards);
        if !better || !(full.is_too_full() || empty.is_too_empty()) {
            return None;
        }
        self.takers[donor].shards -= 1;
        self.takers[taker].shards += 1;
        Some((donor, taker))
    }

    fn place(&self, worker: WorkerId) -> Option<usize> {
        self.takers
            .binary_search_by_key(&worker, |load| load.worker)
            .ok()
    }
}

impl Load {
    /// Of a member with this part of `all` capacity, without any of the shards.
    fn new(member: &Member, capacity: u64, shards: u64, all: u64) -> Self {
        Self {
            worker: member.worker,
            started_at: member.started_at,
            shards: 0,
            capacity,
            fair: (shards * UNIT * capacity / all).max(1),
        }
    }

    /// The whole shards of its fair share.
    const fn whole(&self) -> u64 {
        self.fair / UNIT
    }

    /// With so many shards it has no room.
    const fn most(&self) -> u64 {
        self.fair.div_ceil(UNIT)
    }

    /// Whether it has more than the tolerance, and more than it must have where shards are few.
    fn is_too_full(&self) -> bool {
        let tolerated = self.fair * (100 + TOLERANCE) / (100 * UNIT);
        self.shards > tolerated.max(self.most())
    }

    /// Whether it has less.
    fn is_too_empty(&self) -> bool {
        let tolerated = (self.fair * (100 - TOLERANCE)).div_ceil(100 * UNIT);
        self.shards < tolerated.min(self.whole())
    }

    /// How full it is with so many shards, relative to what would be fair.
    fn fullness(&self, shards: u64) -> u64 {
        shards * UNIT * UNIT / self.fair
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
