//! What the devices of a process see, put down where the process can read it.

use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How the sessions of a process stand.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Standing {
    /// Sessions that are open now.
    pub(super) open: usize,
    /// Sessions that ended by GoAway and are open again, so far.
    pub(super) moved: u64,
    /// Attempts to open one that failed, so far.
    pub(super) failed: u64,
    /// Open sessions that ended without having been asked to connect again, so far.
    pub(super) broken: u64,
    /// How often a device was told that events may be missing, so far.
    pub(super) gaps: u64,
    /// Devices that gave up.
    pub(super) given_up: u64,
}

/// A session that was asked to connect again, and is open again.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Moved {
    /// From GoAway until Welcome.
    pub(super) away: Duration,
    /// How long GoAway asked to wait.
    pub(super) pause: Duration,
}

/// What came of all events so far, and what came since this was asked last.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    /// Events that devices should have and do not have, of all so far.
    pub(super) lost: usize,
    /// Events that came to a device though they are not of its account, or were not sent, of all so far.
    pub(super) unexpected: usize,
    /// Times that an event came to a device that had it already, since then.
    pub(super) doubled: usize,
    /// From before the append until the device had it, for each that came since then: live, and read again from the log.
    pub(super) live: Vec<Duration>,
    pub(super) replayed: Vec<Duration>,
}

/// Shared by the devices of a process.
#[derive(Default)]
pub(super) struct Board(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    standing: Standing,
    welcomed: Vec<Duration>,
    moved: Vec<Moved>,
    /// The numbers that each device has.
    received: Vec<HashSet<u32>>,
    foreign: usize,
    tally: Tally,
}

/// An event that came to a device.
pub(super) struct Came {
    /// Its number within the device's account, counted from 1; `None` if it is of another account.
    pub(super) number: Option<u32>,
    pub(super) took: Duration,
    pub(super) replayed: bool,
}

impl Board {
    /// For so many devices.
    pub(super) fn new(devices: usize) -> Self {
        let inner = Inner {
            received: vec![HashSet::new(); devices],
            ..Inner::default()
        };
        Self(Mutex::new(inner))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first session of a device is open.
    pub(super) fn welcomed(&self, took: Duration) {
        let mut inner = self.lock();
        inner.standing.open += 1;
        inner.welcomed.push(took);
    }

    /// A later one is. `moved`: if it ended by GoAway before.
    pub(super) fn resumed(&self, moved: Option<Moved>) {
        let mut inner = self.lock();
        inner.standing.open += 1;
        inner.standing.moved += u64::from(moved.is_some());
        inner.moved.extend(moved);
    }

    /// An open session ended.
    pub(super) fn ended(&self, asked: bool) {
        let mut inner = self.lock();
        inner.standing.open -= 1;
        inner.standing.broken += u64::from(!asked);
    }

    pub(super) fn failed(&self) {
        self.lock().standing.failed += 1;
    }

    pub(super) fn gap(&self) {
        self.lock().standing.gaps += 1;
    }

    pub(super) fn gave_up(&self) {
        self.lock().standing.given_up += 1;
    }

    /// An event came to the device with this place.
    pub(super) fn came(&self, device: usize, came: &Came) {
        let mut inner = self.lock();
        let Some(number) = came.number else {
            inner.foreign += 1;
            return;
        };
        if !inner.received[device].insert(number) {
            inner.tally.doubled += 1;
        } else if came.replayed {
            inner.tally.replayed.push(came.took);
        } else {
            inner.tally.live.push(came.took);
        }
    }

    pub(super) fn standing(&self) -> Standing {
        self.lock().standing
    }

    /// How long the first Welcome of each took, from dialling on.
    pub(super) fn took(&self) -> Vec<Duration> {
        std::mem::take(&mut self.lock().welcomed)
    }

    /// Those since this was asked last.
    pub(super) fn moved(&self) -> Vec<Moved> {
        std::mem::take(&mut self.lock().moved)
    }

    /// Judges what came, given how many events the account of each device had so far: they have the numbers up to that.
    pub(super) fn tally(&self, sent: &[u32]) -> Tally {
        let mut inner = self.lock();
        let mut tally = std::mem::take(&mut inner.tally);
        tally.unexpected = inner.foreign;
        for (received, sent) in inner.received.iter().zip(sent) {
            let due = received
                .iter()
                .filter(|number| (1..=*sent).contains(*number));
            let due = due.count();
            tally.lost += *sent as usize - due;
            tally.unexpected += received.len() - due;
        }
        tally
    }
}

impl Tally {
    /// How many events came to devices for the first time, since this was asked last.
    pub(super) const fn received(&self) -> usize {
        self.live.len() + self.replayed.len()
    }

    pub(super) fn add(&mut self, other: Self) {
        self.lost += other.lost;
        self.unexpected += other.unexpected;
        self.doubled += other.doubled;
        self.live.extend(other.live);
        self.replayed.extend(other.replayed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn come(board: &Board, device: usize, number: Option<u32>, replayed: bool) {
        let took = Duration::from_millis(1);
        let came = Came {
            number,
            took,
            replayed,
        };
        board.came(device, &came);
    }

    #[test]
    fn what_did_not_come_is_lost_and_what_came_again_is_doubled() {
        let board = Board::new(2);
        come(&board, 0, Some(1), false);
        come(&board, 0, Some(3), false);
        come(&board, 0, Some(3), true);
        let tally = board.tally(&[3, 1]);
        assert_eq!((tally.lost, tally.doubled, tally.unexpected), (2, 1, 0));
        assert_eq!((tally.live.len(), tally.replayed.len()), (2, 0));
        come(&board, 0, Some(2), true);
        come(&board, 1, Some(1), false);
        let tally = board.tally(&[3, 1]);
        assert_eq!((tally.lost, tally.doubled, tally.unexpected), (0, 0, 0));
        assert_eq!((tally.live.len(), tally.replayed.len()), (1, 1));
    }

    #[test]
    fn what_nobody_sent_is_unexpected_and_does_not_stand_in_for_what_is_lost() {
        let board = Board::new(1);
        come(&board, 0, Some(7), false);
        come(&board, 0, None, false);
        let tally = board.tally(&[1]);
        assert_eq!((tally.lost, tally.unexpected), (1, 2));
    }
}
