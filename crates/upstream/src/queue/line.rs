//! A line of waiters.

use super::Lane;
use pushmail_domain::TenantId;
use std::collections::{BTreeMap, HashMap};
use tokio::sync::oneshot;

/// One in so many goes to who has waited longest, whatever their lane: nobody waits for ever.
const OLDEST_EACH: u64 = 16;

/// A waiter's place: by lane, then by the round of its tenant, then by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    lane: Lane,
    /// A tenant's waiters of one lane are in as many rounds, and each round has one of each tenant.
    round: u64,
    /// Rises with each waiter.
    number: u64,
}

/// Waiters, in the order in which they are served. No larger than who waits in it.
#[derive(Debug, Default)]
pub(crate) struct Line {
    waiting: BTreeMap<Place, (TenantId, oneshot::Sender<()>)>,
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

/// One who waits. Give it back to the line if it goes without having been served.
#[derive(Debug)]
pub(crate) struct Waiter {
    place: Place,
    served: oneshot::Receiver<()>,
}

impl Waiter {
    /// Waits to be served. Cancel-safe; not to be awaited again afterwards.
    pub(crate) async fn served(&mut self) {
        // The line keeps the other end until it has served, or is told that the waiter left.
        if (&mut self.served).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Whether it was served. Then it is not to be awaited any more.
    pub(crate) fn is_served(&mut self) -> bool {
        self.served.try_recv().is_ok()
    }
}

impl Line {
    pub(crate) fn join(&mut self, tenant: TenantId, lane: Lane) -> Waiter {
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
        let (sender, served) = oneshot::channel();
        self.waiting.insert(place, (tenant, sender));
        self.by_age.insert(place.number, place);
        Waiter { place, served }
    }

    /// Serves the next one; `false` if nobody waits.
    pub(crate) fn serve(&mut self) -> bool {
        while let Some(place) = self.next() {
            let Some((_, sender)) = self.remove(place) else {
                continue;
            };
            if sender.send(()).is_ok() {
                self.served += 1;
                self.after_session = place.lane == Lane::Session;
                // Whoever comes now, or comes again, is behind those whose turn it is.
                let newcomers = self.newcomers.entry(place.lane).or_default();
                *newcomers = (*newcomers).max(place.round + 1);
                return true;
            }
        }
        false
    }

    /// The waiter goes; whether it had been served, so that somebody else can have what it got.
    pub(crate) fn leave(&mut self, mut waiter: Waiter) -> bool {
        waiter.is_served() || self.remove(waiter.place).is_none()
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
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

    fn remove(&mut self, place: Place) -> Option<(TenantId, oneshot::Sender<()>)> {
        let (tenant, sender) = self.waiting.remove(&place)?;
        self.by_age.remove(&place.number);
        let key = (place.lane, tenant);
        if let Some((count, _)) = self.tenants.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.tenants.remove(&key);
            }
        }
        Some((tenant, sender))
    }
}

#[cfg(test)]
mod tests;
