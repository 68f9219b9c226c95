//! The places of a thread.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where a connection is. Never given to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    thread: u16,
    index: u32,
    /// How often the place was given away before.
    round: u32,
}

/// Which places of a thread are free.
#[derive(Debug, Default)]
pub(super) struct Seats(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Places that were given back, with their next round.
    free: Vec<(u32, u32)>,
    /// The first place that was never given away.
    unused: u32,
}

impl Seat {
    pub(super) fn thread(self) -> usize {
        self.thread.into()
    }

    pub(super) const fn index(self) -> usize {
        self.index as usize
    }

    /// The place as the wheel and epoll know it.
    pub(super) const fn place(self) -> u32 {
        self.index
    }
}

impl Seats {
    /// A place of this thread.
    pub(super) fn take(&self, thread: usize) -> Seat {
        let mut state = self.lock();
        let (index, round) = state.free.pop().unwrap_or_else(|| {
            state.unused += 1;
            (state.unused - 1, 0)
        });
        Seat {
            thread: u16::try_from(thread).unwrap_or(u16::MAX),
            index,
            round,
        }
    }

    pub(super) fn give_back(&self, seat: Seat) {
        let next = seat.round.wrapping_add(1);
        self.lock().free.push((seat.index, next));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_given_back_is_another_seat() {
        let seats = Seats::default();
        let (first, second) = (seats.take(0), seats.take(0));
        assert_ne!(first.index(), second.index());
        seats.give_back(first);
        let again = seats.take(0);
        assert_eq!(again.index(), first.index());
        assert_ne!(again, first);
    }
}
