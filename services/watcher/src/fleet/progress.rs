//! Whether the runtime of accounts gets on. Heartbeats come from another one, and would keep a worker's shards though it
//! does nothing for them.

use crate::Shared;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// How many signs of life there are in the time without one that is too long.
const SIGNS: u32 = 60;

/// When the runtime of accounts last got on.
#[derive(Debug)]
pub(crate) struct Progress(Mutex<Instant>);

impl Progress {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Instant::now()))
    }

    fn got_on(&self) {
        *self.lock() = Instant::now();
    }

    /// For how long it has not got on. A machine that was paused counts as little as for the runtime's own timers.
    pub(super) fn stuck_for(&self) -> Duration {
        self.lock().elapsed()
    }

    fn lock(&self) -> MutexGuard<'_, Instant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives signs of life from the runtime that it runs on, until the worker has `ended`.
pub(crate) async fn keep_progressing(shared: Arc<Shared>, ended: CancellationToken) {
    let interval = shared.config.fleet.isolated_after / SIGNS;
    let giving = async {
        loop {
            shared.progress.got_on();
            sleep(interval).await;
        }
    };
    ended.run_until_cancelled(giving).await;
}
