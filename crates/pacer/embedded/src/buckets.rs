//! The buckets.

use async_trait::async_trait;
use pushmail_domain::Clock;
use pushmail_pacer::{Ask, Bucket, Grant, Level, Pacer, PacerError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Buckets beyond so many are looked through for those that are full.
const KEPT: usize = 1024;

/// The buckets of this process, which never fail. Shared in an `Arc`.
pub struct EmbeddedPacer {
    clock: Arc<dyn Clock>,
    buckets: Mutex<Buckets>,
}

#[derive(Default)]
struct Buckets {
    levels: HashMap<Bucket, Level>,
    /// With so many buckets they are looked through.
    sweep_at: usize,
}

impl EmbeddedPacer {
    /// All full. Their time is the clock's `elapsed`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            buckets: Mutex::default(),
        }
    }
}

#[async_trait]
impl Pacer for EmbeddedPacer {
    async fn take(&self, asks: &[Ask<'_>]) -> Result<Vec<Grant>, PacerError> {
        let now = self.clock.elapsed();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.sweep(now);
        Ok(asks.iter().map(|ask| buckets.take(ask, now)).collect())
    }
}

impl Buckets {
    fn take(&mut self, ask: &Ask<'_>, now: Duration) -> Grant {
        let level = self.levels.entry(ask.bucket.clone()).or_default();
        level.give_back(ask.rate, ask.unused, now);
        level.take(ask.rate, ask.tokens, 0, now)
    }

    /// Forgets those that have forgotten all that was taken.
    fn sweep(&mut self, now: Duration) {
        if self.levels.len() < self.sweep_at.max(KEPT) {
            return;
        }
        self.levels.retain(|_, level| !level.is_full(now));
        self.sweep_at = self.levels.len() * 2;
    }
}
