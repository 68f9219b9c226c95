//! What a worker goes by while the leases are out of reach (invariant 4): the fences in the log.

use crate::Shared;
use crate::chain::Chain;
use crate::shard::{OwnedShard, fenced};
use crate::shards::Shards;
use futures::stream::{self, StreamExt as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How many fences are looked at at the same time.
const AT_ONCE: usize = 64;

/// Looks at the fences of the owned shards.
pub(super) struct Watchdog {
    shared: Arc<Shared>,
    shards: Arc<Shards>,
    /// When the leases were first out of reach, in the clock's elapsed time.
    since: Option<Duration>,
    looked: Duration,
    /// When leases or log were last in reach.
    in_touch: Duration,
}

impl Watchdog {
    pub(super) fn new(shared: Arc<Shared>, shards: Arc<Shards>) -> Self {
        let now = shared.clock.elapsed();
        Self {
            shared,
            shards,
            since: None,
            looked: now,
            in_touch: now,
        }
    }

    /// The leases answered.
    pub(super) fn in_reach(&mut self) {
        let now = self.shared.clock.elapsed();
        if let Some(since) = self.since.take() {
            let seconds = now.saturating_sub(since).as_secs();
            tracing::info!(seconds, "the leases are in reach again");
        }
        (self.in_touch, self.looked) = (now, now);
    }

    /// The leases did not answer; whether that is new.
    pub(super) fn out_of_reach(&mut self) -> bool {
        let new = self.since.is_none();
        self.since.get_or_insert(self.shared.clock.elapsed());
        new
    }

    /// Looks at every fence, if it is time: a shard that somebody else took is stopped. With the log
    /// out of reach too, for long, all are.
    pub(super) async fn look(&mut self) {
        let config = &self.shared.config.fleet;
        let now = self.shared.clock.elapsed();
        if now.saturating_sub(self.looked) < config.fence_interval {
            return;
        }
        self.looked = now;
        let owned = self.shards.all();
        if owned.is_empty() || self.log_answers(&owned).await {
            self.in_touch = self.shared.clock.elapsed();
        } else if now.saturating_sub(self.in_touch) >= config.isolated_after {
            self.isolated(&owned);
        }
    }

    /// Looks at these fences until the log was silent for the interval between two looks; whether it answered at all.
    /// Without an end to its silence each fence would be waited for, and nobody would beat meanwhile.
    async fn log_answers(&self, owned: &[Arc<OwnedShard>]) -> bool {
        let patience = self.shared.config.fleet.fence_interval;
        let looks = owned.iter().cloned();
        let looks = looks.map(|owned| look_at(self.shared.clone(), owned));
        let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
        let mut answers = false;
        let mut silent = Instant::now() + patience;
        while let Ok(Some(answered)) = timeout_at(silent, looks.next()).await {
            if answered {
                (answers, silent) = (true, Instant::now() + patience);
            }
        }
        answers
    }

    fn isolated(&self, owned: &[Arc<OwnedShard>]) {
        let running = owned.iter().filter(|owned| !owned.stop.is_cancelled());
        let stopped = running.map(|owned| owned.stop.cancel()).count();
        if stopped > 0 {
            tracing::error!(
                shards = stopped,
                "leases and event log are out of reach; closing the connections, which somebody else may have by now"
            );
        }
    }
}

/// Stops the shard if somebody else took it. Whether the log answered.
async fn look_at(shared: Arc<Shared>, owned: Arc<OwnedShard>) -> bool {
    match shared.log.fence(owned.shard).await {
        Ok(fence) => {
            if fence.is_some_and(|fence| fence > owned.epoch) {
                fenced(&shared, owned.shard, &owned.stop);
            }
            true
        }
        Err(error) => {
            tracing::debug!(shard = %owned.shard, error = %Chain(&error), "a fence could not be looked at");
            false
        }
    }
}
