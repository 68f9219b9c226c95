//! Time that passes only when a test says so, for the simulated server and for the conversation alike.

use pushmail_domain::{Clock, Timestamp};
use pushmail_upstream::Moment;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use tokio::time::Instant;

/// When the tests take place: 2026-03-02.
const BEGIN: i64 = 1_772_409_600_000_000;

/// Tokio's time, stopped, as a clock.
#[derive(Clone, Copy)]
pub(crate) struct Clockwork(Instant);

impl Clockwork {
    pub(crate) fn moment(self) -> Moment {
        Moment {
            now: self.now(),
            elapsed: self.elapsed(),
        }
    }
}

impl Clock for Clockwork {
    fn now(&self) -> Timestamp {
        let micros = self.0.elapsed().as_micros();
        Timestamp::from_micros(BEGIN + i64::try_from(micros).unwrap())
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs(1000) + self.0.elapsed()
    }
}

/// Stops tokio's time for as long as it lives. Without the blocking task, time would jump whenever all tasks wait,
/// even for the network.
pub(crate) struct StoppedTime {
    clock: Clockwork,
    _until_dropped: Sender<()>,
}

impl StoppedTime {
    pub(crate) fn new() -> Self {
        let (until_dropped, receiver) = channel::<()>();
        drop(tokio::task::spawn_blocking(move || receiver.recv()));
        tokio::time::pause();
        Self {
            clock: Clockwork(Instant::now()),
            _until_dropped: until_dropped,
        }
    }

    pub(crate) const fn clock(&self) -> Clockwork {
        self.clock
    }

    /// Lets a second pass.
    pub(crate) async fn second(&self) {
        tokio::time::advance(Duration::from_secs(1)).await;
    }
}

impl Drop for StoppedTime {
    fn drop(&mut self) {
        tokio::time::resume();
    }
}
