//! Those who wait, in the order of their turns.

use super::Lane;
use pushmail_domain::TenantId;
use std::collections::{BTreeMap, HashMap};

/// One in so many goes to who has waited longest, whatever their lane: nobody waits for ever.
const OLDEST_EACH: u64 = 16;

/// A place in an [`Order`]: by lane, then by the round of its tenant, then by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    lane: Lane,
    /// A tenant's waiters of one lane are in as many rounds, and each round has one of each tenant.
    round: u64,
    /// Rises with each waiter.
    number: u64,
}

/// Things that wait, in the order in which it is their turn. No larger than they are.
#[derive(Debug)]
pub struct Order<T> {
    waiting: BTreeMap<Place, (TenantId, T)>,
    by_age: BTreeMap<u64, Place>,
    /// How many of each tenant wait in a lane, and the round of the last of them.
    tenants: HashMap<(Lane, TenantId), (usize, u64)>,
    /// The round in each lane that a tenant without a waiter joins.
    newcomers: HashMap<Lane, u64>,
    joined: u64,
    served: u64,
    /// Whether the last one that was served was a session.
    after_session: bool,
}

impl<T> Default for Order<T> {
    fn default() -> Self {
        Self {
            waiting: BTreeMap::new(),
            by_age: BTreeMap::new(),
            tenants: HashMap::new(),
            newcomers: HashMap::new(),
            joined: 0,
            served: 0,
            after_session: false,
        }
    }
}

impl<T> Order<T> {
    /// From now on this waits too.
    pub fn join(&mut self, tenant: TenantId, lane: Lane, what: T) -> Place {
        let newcomers = self.newcomers.get(&lane).copied().unwrap_or(0);
        let (count, last) = self.tenants.entry((lane, tenant)).or_default();
        *last = match *count {
            0 => newcomers,
            _ => newcomers.max(*last + 1),
        };
        *count += 1;
        let place = Place {
            lane,
            round: *last,
            number: self.joined,
        };
        self.joined += 1;
        self.waiting.insert(place, (tenant, what));
        self.by_age.insert(place.number, place);
        place
    }

    /// Takes out whose turn it is.
    pub fn serve(&mut self) -> Option<T> {
        let place = self.next()?;
        let what = self.leave(place)?;
        self.served += 1;
        self.after_session = place.lane == Lane::Session;
        // Whoever comes now, or comes again, is behind those whose turn it is.
        let newcomers = self.newcomers.entry(place.lane).or_default();
        *newcomers = (*newcomers).max(place.round + 1);
        Some(what)
    }

    /// Takes out what has this place, if it still waits.
    pub fn leave(&mut self, place: Place) -> Option<T> {
        let (tenant, what) = self.waiting.remove(&place)?;
        self.by_age.remove(&place.number);
        let key = (place.lane, tenant);
        if let Some((count, _)) = self.tenants.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.tenants.remove(&key);
            }
        }
        Some(what)
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn next(&self) -> Option<Place> {
        if self.served % OLDEST_EACH == OLDEST_EACH - 1 {
            return self.by_age.values().next().copied();
        }
        let first = self.waiting.keys().next()?;
        if self.after_session && first.lane == Lane::Session {
            let others = self.waiting.keys();
            let mut others = others.skip_while(|place| place.lane == Lane::Session);
            return others.next().or(Some(first)).copied();
        }
        Some(*first)
    }
}

#[cfg(test)]
mod tests;
