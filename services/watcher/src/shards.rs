//! The shards that this worker owns, for those who work on all of them.

use crate::shard::OwnedShard;
use pushmail_domain::Shard;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The shards that this worker owns, also those that it has lost just now.
#[derive(Default)]
pub(crate) struct Shards {
    owned: Mutex<BTreeMap<Shard, Arc<OwnedShard>>>,
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

    /// Takes the shard out. No flush of it is under way afterwards.
    pub(crate) async fn remove(&self, shard: Shard) {
        let _flushing = self.flushing().await;
        self.lock().remove(&shard);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Shard, Arc<OwnedShard>>> {
        self.owned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
