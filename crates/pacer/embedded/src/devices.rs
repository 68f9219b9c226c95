//! The devices.

use async_trait::async_trait;
use pushmail_domain::{AccountId, Clock, Shard};
use pushmail_pacer::{PacerError, SEEN_WITHIN, SeenDevices};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Which accounts had a device lately, by shard, with the time.
type Shards = HashMap<Shard, HashMap<AccountId, Duration>>;

/// The devices' times of this process. Shared in an `Arc`.
pub struct EmbeddedDevices {
    clock: Arc<dyn Clock>,
    shards: Mutex<Shards>,
}

impl EmbeddedDevices {
    /// None was seen. Its time is the clock's `elapsed`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            shards: Mutex::default(),
        }
    }
}

#[async_trait]
impl SeenDevices for EmbeddedDevices {
    async fn note(&self, accounts: &[AccountId]) -> Result<(), PacerError> {
        let now = self.clock.elapsed();
        let mut shards = self.shards.lock().unwrap_or_else(PoisonError::into_inner);
        for account in accounts {
            let shard = shards.entry(Shard::of(*account)).or_default();
            shard.insert(*account, now);
        }
        shards.retain(|_, seen| {
            seen.retain(|_, at| is_recent(*at, now));
            !seen.is_empty()
        });
        Ok(())
    }

    async fn seen(&self, shard: Shard) -> Result<HashSet<AccountId>, PacerError> {
        let now = self.clock.elapsed();
        let shards = self.shards.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = shards.get(&shard).into_iter().flatten();
        let recent = seen.filter(|(_, at)| is_recent(**at, now));
        Ok(recent.map(|(account, _)| *account).collect())
    }
}

fn is_recent(at: Duration, now: Duration) -> bool {
    now.saturating_sub(at) < SEEN_WITHIN
}
