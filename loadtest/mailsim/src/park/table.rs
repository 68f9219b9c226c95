//! Which session waits where, and until when.

use super::{Parked, Seat};
use std::collections::BTreeSet;
use tokio::time::Instant;

#[derive(Default)]
pub(super) struct Table {
    /// By seat. Boxed, so that a place of a session that runs is small.
    places: Vec<Option<Box<Parked>>>,
    /// Seats that were given back.
    free: Vec<Seat>,
    /// Of the sessions that wait for a time.
    deadlines: BTreeSet<(Instant, Seat)>,
    /// How many sessions wait.
    parked: usize,
}

impl Table {
    pub(super) fn take_seat(&mut self) -> Seat {
        self.free.pop().unwrap_or_else(|| {
            let seat = Seat(u32::try_from(self.places.len()).unwrap_or(u32::MAX));
            self.places.push(None);
            seat
        })
    }

    pub(super) fn give_back(&mut self, seat: Seat) {
        self.free.push(seat);
    }

    /// Whether its deadline is sooner than all others.
    pub(super) fn put(
        &mut self,
        seat: Seat,
        parked: Box<Parked>,
        deadline: Option<Instant>,
    ) -> bool {
        self.places[seat.index()] = Some(parked);
        self.parked += 1;
        let Some(deadline) = deadline else {
            return false;
        };
        self.deadlines.insert((deadline, seat));
        self.deadlines.first() == Some(&(deadline, seat))
    }

    pub(super) fn take(&mut self, seat: Seat) -> Option<Box<Parked>> {
        let parked = self.places.get_mut(seat.index())?.take()?;
        self.parked -= 1;
        if let Some(deadline) = parked.session.deadline() {
            self.deadlines.remove(&(deadline, seat));
        }
        Some(parked)
    }

    /// Takes all of them.
    pub(super) fn clear(&mut self) -> Vec<Option<Box<Parked>>> {
        self.deadlines.clear();
        self.parked = 0;
        let mut empty = Vec::new();
        empty.resize_with(self.places.len(), || None);
        std::mem::replace(&mut self.places, empty)
    }

    pub(super) const fn parked(&self) -> usize {
        self.parked
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// A session whose deadline is over; it is named once.
    pub(super) fn due(&mut self, now: Instant) -> Option<Seat> {
        self.deadlines.first().filter(|(at, _)| *at <= now)?;
        self.deadlines.pop_first().map(|(_, seat)| seat)
    }
}

impl Seat {
    const fn index(self) -> usize {
        self.0 as usize
    }
}
