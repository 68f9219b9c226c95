//! Which connection waits where, and until when.

use super::{Guest, Seat};
use std::collections::BTreeSet;
use tokio::time::Instant;

#[derive(Default)]
pub(super) struct Table {
    /// By seat. Boxed, so that a place of one that runs is small.
    places: Vec<Option<Box<dyn Guest>>>,
    /// Seats that were given back.
    free: Vec<Seat>,
    /// Of the connections that wait for a time.
    deadlines: BTreeSet<(Instant, Seat)>,
    /// How many connections wait.
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
    pub(super) fn put(&mut self, seat: Seat, guest: Box<dyn Guest>) -> bool {
        let deadline = guest.deadline();
        self.places[seat.index()] = Some(guest);
        self.parked += 1;
        let Some(deadline) = deadline else {
            return false;
        };
        self.deadlines.insert((deadline, seat));
        self.deadlines.first() == Some(&(deadline, seat))
    }

    pub(super) fn take(&mut self, seat: Seat) -> Option<Box<dyn Guest>> {
        let guest = self.places.get_mut(seat.index())?.take()?;
        self.parked -= 1;
        if let Some(deadline) = guest.deadline() {
            self.deadlines.remove(&(deadline, seat));
        }
        Some(guest)
    }

    /// Takes all of them.
    pub(super) fn clear(&mut self) -> Vec<Option<Box<dyn Guest>>> {
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

    /// A connection whose deadline is over; it is named once.
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
