//! Two lanes into a shard's log: what happens now goes before what is caught up on.

use super::Job;
use pushmail_domain::{Arrival, Event, EventKind};
use std::collections::VecDeque;
use tokio::sync::Semaphore;

/// How many accounts may wait in each lane; the rest wait to enter it.
const QUEUE: usize = 64;
/// After so many jobs of the live lane one of the other goes first, so that it moves at all.
const TURNS: u32 = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    Live,
    Backfill,
}

impl Lane {
    /// The lane for these events: mail that comes in bulk is caught up on.
    pub(super) fn of(events: &[Event]) -> Self {
        let bulk = |event: &Event| {
            matches!(
                event.kind,
                EventKind::MessageNew {
                    arrival: Arrival::Bulk,
                    ..
                }
            )
        };
        match events.iter().any(bulk) {
            true => Self::Backfill,
            false => Self::Live,
        }
    }
}

/// The right to be in a lane.
pub(super) struct Entries {
    live: Semaphore,
    backfill: Semaphore,
}

impl Default for Entries {
    fn default() -> Self {
        Self {
            live: Semaphore::new(QUEUE),
            backfill: Semaphore::new(QUEUE),
        }
    }
}

impl Entries {
    pub(super) const fn of(&self, lane: Lane) -> &Semaphore {
        match lane {
            Lane::Live => &self.live,
            Lane::Backfill => &self.backfill,
        }
    }
}

/// What waits. Empty it takes no memory.
#[derive(Default)]
pub(super) struct Lanes {
    live: VecDeque<Job>,
    backfill: VecDeque<Job>,
    /// How many live jobs went since the last one of the other lane.
    turns: u32,
}

impl Lanes {
    pub(super) fn push(&mut self, lane: Lane, job: Job) {
        match lane {
            Lane::Live => self.live.push_back(job),
            Lane::Backfill => self.backfill.push_back(job),
        }
    }

    /// The next job.
    pub(super) fn next(&mut self) -> Option<(Lane, Job)> {
        let its_turn = self.turns >= TURNS && !self.backfill.is_empty();
        if let Some(job) = self.live.pop_front_if(|_| !its_turn) {
            self.turns += 1;
            return Some((Lane::Live, job));
        }
        self.turns = 0;
        Some((Lane::Backfill, self.backfill.pop_front()?))
    }

    /// Another job of the live lane, if one waits that has no more events than this: it may go with the one before.
    pub(super) fn another(&mut self, most: usize) -> Option<Job> {
        self.live.pop_front_if(|job| job.events.len() <= most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    fn job() -> Job {
        let (reply, _) = oneshot::channel();
        let events = Vec::new();
        Job { events, reply }
    }

    #[test]
    fn what_happens_now_goes_first_and_what_is_caught_up_on_moves_all_the_same() {
        let mut lanes = Lanes::default();
        (0..3).for_each(|_| lanes.push(Lane::Backfill, job()));
        (0..20).for_each(|_| lanes.push(Lane::Live, job()));
        let order: String = std::iter::from_fn(|| lanes.next())
            .map(|(lane, _)| if lane == Lane::Live { 'l' } else { 'b' })
            .collect();
        assert_eq!(order, "llllllllbllllllllbllllb");
    }
}
