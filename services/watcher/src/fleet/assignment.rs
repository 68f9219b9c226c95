//! Who should own which shard. Pure: every worker computes the same from the same table, and does its
//! own part of it.
//!
//! A shard without an owner goes to the member that rendezvous hashing ranks first among those with
//! room, so that a dead worker's shards spread over all others and nobody else's move. A shard with
//! an owner moves only when somebody is outside of ±10 % of a fair share, or drains; then from the
//! fullest to the emptiest, a few at a time.

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
    let claims = claims(shards, known, me, &mut loads);
    let hand_overs = if loads.is_draining(me) {
        give_away_all(known, me, leaving, &mut loads)
    } else {
        balance(known, me, leaving, &mut loads)
    };
    Plan { claims, hand_overs }
}

/// The free shards that are for `me`.
fn claims(shards: &[Shard], known: &Known, me: WorkerId, loads: &mut Loads) -> Vec<Shard> {
    let mut claims = Vec::new();
    for shard in shards
        .iter()
        .filter(|shard| !known.owners.contains_key(shard))
    {
        if loads.give(*shard) == Some(me) {
            claims.push(*shard);
        }
    }
    claims
}

/// A draining worker's shards, each to whom it would go if it were free.
fn give_away_all(
    known: &Known,
    me: WorkerId,
    leaving: &BTreeMap<Shard, WorkerId>,
    loads: &mut Loads,
) -> Vec<Release> {
    let staying = shards_of(known, me).filter(|shard| !leaving.contains_key(shard));
    let give = |shard| {
        let successor = loads.give(shard);
        Some(Release {
            shard,
            successor: Some(successor?),
        })
    };
    staying.filter_map(give).collect()
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
    let mut moves = Vec::new();
    while moves.len() < room
        && let Some((donor, taker)) = loads.next_move()
    {
        if donor != me {
            continue;
        }
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
