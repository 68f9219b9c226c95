//! Which connections hear of a mailbox's changes.

use crate::park::Seat;
use std::task::{Context, Poll, Waker};

#[derive(Default)]
pub(super) struct Ears {
    /// How many changes there were.
    changes: u64,
    list: Vec<Ear>,
}

/// One connection.
struct Ear {
    seat: Seat,
    /// The task that waits for a change; none if the connection is busy or parked.
    task: Option<Waker>,
}

impl Ears {
    pub(super) const fn changes(&self) -> u64 {
        self.changes
    }

    pub(super) fn add(&mut self, seat: Seat) -> u64 {
        // Most users have one connection.
        self.list.reserve_exact(1);
        self.list.push(Ear { seat, task: None });
        self.changes
    }

    pub(super) fn remove(&mut self, seat: Seat) {
        self.list.retain(|ear| ear.seat != seat);
    }

    /// Counts a change: who has to be told.
    pub(super) fn ring(&mut self) -> Vec<(Seat, Option<Waker>)> {
        self.changes += 1;
        let all = self.list.iter_mut();
        all.map(|ear| (ear.seat, ear.task.take())).collect()
    }

    /// Whether there were other than `seen` changes: how many. If not, the task is woken when there are.
    pub(super) fn poll(&mut self, seat: Seat, seen: u64, context: &Context<'_>) -> Poll<u64> {
        if self.changes != seen {
            return Poll::Ready(self.changes);
        }
        if let Some(ear) = self.list.iter_mut().find(|ear| ear.seat == seat) {
            ear.task = Some(context.waker().clone());
        }
        Poll::Pending
    }

    /// Lets go of the task; how many changes there were.
    pub(super) fn forget_task(&mut self, seat: Seat) -> u64 {
        if let Some(ear) = self.list.iter_mut().find(|ear| ear.seat == seat) {
            ear.task = None;
        }
        self.changes
    }
}
