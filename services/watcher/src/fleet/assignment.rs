//! Who should own which shard. Pure: every worker computes the same from the same table, and does its
//! own part of it.
//!
//! A shard without an owner goes to the member that rendezvous hashing ranks first among those with
//! room, so that a dead worker's shards spread over all others and nobody else's move. A shard with
//! an owner moves only when somebody is outside of ±10 % of a fair share, or drains; then from the
//! fullest to the emptiest, a few at a time. Not all know the same at the same moment, so a plan changes little when
//! parts of it are done, or when others join.

mod loads;

use loads::Loads;
use pushmail_domain::{Shard, WorkerId};
use pushmail_leases::{Known, Release};
use std::collections::BTreeMap;

/// A worker gives away at most one in so many of its shards at the same time, but always 1: those
/// who take them connect their accounts, and mail servers see it.
const AT_ONCE: usize = 16;

/// What one worker should do.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What to take.
    pub claims: Vec<Shard>,
    /// What to give away, and to whom.
    pub hand_overs: Vec<Release>,
}

/// What `me` should do, who is giving away `leaving` already.
pub fn plan(known: &Known, me: WorkerId, leaving: &BTreeMap<Shard, WorkerId>) -> Plan {
    let shards: Vec<Shard> = Shard::all().collect();
    plan_of(&shards, known, me, leaving)
}

/// [`plan`] where there are only these shards.
pub fn plan_of(
    shards: &[Shard],
    known: &Known,
    me: WorkerId,
    leaving: &BTreeMap<Shard, WorkerId>,
) -> Plan {
    let mut loads = Loads::new(shards.len(), known, leaving);
    if !loads.has_takers() {
        return Plan::default();
    }
    let mut plan = place(shards, known, me, leaving, &mut loads);
    let all_owned = shards.iter().all(|shard| known.owners.contains_key(shard));
    // Whoever is about to claim has too little only until then.
    if all_owned && !loads.is_draining(me) {
        plan.hand_overs = balance(known, me, leaving, &mut loads);
    }
    plan
}

/// What `me` takes of the free shards, and gives away of its own if it drains. All that have to go somewhere are placed,
/// whosesoever they are: several workers may drain at the same time.
fn place(
    shards: &[Shard],
    known: &Known,
    me: WorkerId,
    leaving: &BTreeMap<Shard, WorkerId>,
    loads: &mut Loads,
) -> Plan {
    let mut plan = Plan::default();
    for shard in shards {
        let owner = known.owners.get(shard).copied();
        let goes = owner.is_none_or(|owner| loads.is_draining(owner));
        // What is leaving is placed already.
        if !goes || leaving.contains_key(shard) {
            continue;
        }
        match (owner, loads.give(*shard)) {
            (None, Some(to)) if to == me => plan.claims.push(*shard),
            (Some(owner), Some(to)) if owner == me => plan.hand_overs.push(Release {
                shard: *shard,
                successor: Some(to),
            }),
            _ => {}
        }
    }
    plan
}

/// The moves of `me` among those that bring everybody near a fair share.
fn balance(
    known: &Known,
    me: WorkerId,
    leaving: &BTreeMap<Shard, WorkerId>,
    loads: &mut Loads,
) -> Vec<Release> {
    let mut own: Vec<Shard> = shards_of(known, me)
        .filter(|shard| !leaving.contains_key(shard))
        .collect();
    let room = (own.len() / AT_ONCE).max(1).saturating_sub(leaving.len());
    let moves = loads.moves().into_iter();
    let own_moves = moves.filter(|(donor, taker)| *donor == me && *taker != me);
    let mut moves = Vec::new();
    for (_, taker) in own_moves.take(room) {
        let best = |(_, shard): &(usize, &Shard)| loads::score(taker, **shard);
        let Some((at, _)) = own.iter().enumerate().max_by_key(best) else {
            break;
        };
        moves.push(Release {
            shard: own.swap_remove(at),
            successor: Some(taker),
        });
    }
    moves
}

/// The shards of a worker, in order.
pub fn shards_of(known: &Known, worker: WorkerId) -> impl Iterator<Item = Shard> {
    let owners = known.owners.iter();
    owners.filter_map(move |(shard, owner)| (*owner == worker).then_some(*shard))
}

#[cfg(test)]
mod tests;
