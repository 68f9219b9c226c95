//! Virtual time.

use pushmail_domain::{Clock, Timestamp};
use std::time::Duration;
use tokio::time::Instant;

/// The wall clock at the start of every world: 2026-03-02T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_micros(1_772_409_600_000_000);

/// The time of the runtime, which stands still while there is something to do.
#[derive(Debug)]
pub(crate) struct VirtualClock(Instant);

impl VirtualClock {
    /// Begins now; within a runtime.
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        START.after(self.elapsed())
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
