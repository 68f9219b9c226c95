//! The shards that this worker owns.

use crate::shard::OwnedShard;
use pushmail_domain::Shard;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The shards that this worker owns, also those that it has lost since.
#[derive(Default)]
pub(crate) struct Shards {
    owned: Mutex<HashMap<Shard, Arc<OwnedShard>>>,
    flushing: tokio::sync::Mutex<()>,
}

impl Shards {
    pub(crate) fn get(&self, shard: Shard) -> Option<Arc<OwnedShard>> {
        self.lock().get(&shard).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<OwnedShard>> {
        self.lock().values().cloned().collect()
    }

    pub(crate) fn insert(&self, owned: Arc<OwnedShard>) {
        self.lock().insert(owned.shard, owned);
    }

    /// Held while shards are flushed.
    pub(crate) async fn flushing(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.flushing.lock().await
    }

    /// Gives every shard up. No flush of them is under way afterwards: it could come after the first
    /// look at their checkpoints.
    pub(crate) async fn clear(&self) {
        let _flushing = self.flushing().await;
        for (_, owned) in self.lock().drain() {
            owned.stop.cancel();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Shard, Arc<OwnedShard>>> {
        self.owned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
