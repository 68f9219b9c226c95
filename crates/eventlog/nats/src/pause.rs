//! Waiting a little before trying again.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::time::Duration;

/// Pauses that double up to a limit, spread by chance so that many who wait do not come at once.
pub(crate) struct Pause {
    next: Duration,
    limit: Duration,
}

impl Pause {
    /// Pauses that begin at 10 ms and end at half a second.
    pub(crate) const fn new() -> Self {
        Self {
            next: Duration::from_millis(10),
            limit: Duration::from_millis(500),
        }
    }

    /// Waits, and will wait longer the next time.
    pub(crate) async fn wait(&mut self) {
        tokio::time::sleep(spread(self.next)).await;
        self.next = (self.next * 2).min(self.limit);
    }
}

/// Between a half of `most` and all of it. Good for timing only: its source is the seed of the
/// standard library's hash maps.
pub(crate) fn spread(most: Duration) -> Duration {
    let chance = RandomState::new().hash_one(()) % 1_024;
    let share = u32::try_from(chance).unwrap_or(0);
    most / 2 + most / 2 * share / 1_024
}
