//! Follows the registry's change feed: takes shards, starts, restarts and stops accounts.

use crate::Shared;
use crate::account::Running;
use crate::checkpoint;
use crate::shard::{NotTaken, OwnedShard};
use futures::stream::{self, StreamExt as _};
use pushmail_domain::{Account, AccountId, Shard, TenantId};
use pushmail_registry::AccountChange;
use pushmail_runtime::{Counter, Latch};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How many changes are read at a time.
const PAGE: u32 = 1000;
/// How many shards are taken at the same time.
const TAKING: usize = 64;
/// The pause after the registry or the log failed.
const PAUSE: Duration = Duration::from_secs(1);

/// The shards that this worker owns.
#[derive(Default)]
pub(crate) struct Shards(Mutex<HashMap<Shard, Arc<OwnedShard>>>);

impl Shards {
    pub(crate) fn get(&self, shard: Shard) -> Option<Arc<OwnedShard>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&shard)
            .cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<OwnedShard>> {
        let shards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shards.values().cloned().collect()
    }

    fn insert(&self, owned: Arc<OwnedShard>) {
        let mut shards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shards.insert(owned.shard, owned);
    }

    /// Gives every shard up.
    fn clear(&self) {
        let mut shards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, owned) in shards.drain() {
            owned.stop.cancel();
        }
    }
}

/// Runs the worker until it drains.
pub(crate) async fn follow(shared: Arc<Shared>, nudge: Arc<Notify>, ready: Latch) {
    let shards = Arc::new(Shards::default());
    let flusher = checkpoint::keep_flushing(shared.clone(), shards.clone());
    shared.lifecycle.spawn("watcher.checkpoint", flusher);
    let draining = shared.lifecycle.draining();
    let mut feed = Feed {
        shared,
        shards,
        running: HashMap::new(),
        version: 0,
    };
    let mut ready = Some(ready);
    loop {
        let pause = match feed.catch_up().await {
            Ok(()) => {
                if let Some(latch) = ready.take() {
                    latch.release();
                }
                feed.shared.config.feed_interval
            }
            Err(error) => {
                tracing::error!(%error, "cannot follow the registry; trying again");
                PAUSE
            }
        };
        tokio::select! {
            () = nudge.notified() => {}
            () = tokio::time::sleep(pause) => {}
            () = draining.cancelled() => break,
        }
    }
    feed.stop().await;
}

struct Feed {
    shared: Arc<Shared>,
    shards: Arc<Shards>,
    running: HashMap<AccountId, Running>,
    version: u64,
}

impl Feed {
    /// Takes in every change that is not taken in yet.
    async fn catch_up(&mut self) -> Result<(), NotTaken> {
        loop {
            match self.take_changes().await {
                Err(NotTaken::LogRegressed { shard, generation }) => {
                    self.new_generation(shard, generation).await?;
                }
                outcome => return outcome,
            }
        }
    }

    async fn take_changes(&mut self) -> Result<(), NotTaken> {
        if self.version == 0 {
            self.take_all_shards().await?;
        }
        loop {
            let changes = self
                .shared
                .registry
                .account_changes(self.version, PAGE)
                .await?;
            if changes.is_empty() {
                return Ok(());
            }
            self.take_shards(&changes).await?;
            for change in changes {
                match change {
                    AccountChange::Upserted(account) => self.upserted(account),
                    AccountChange::Deleted {
                        tenant,
                        account,
                        version,
                    } => {
                        self.version = version;
                        self.deleted(tenant, account);
                    }
                }
            }
        }
    }

    /// Takes the shards of all accounts before the first account starts: what it appended could
    /// hide that the log ends before another shard's checkpoint.
    async fn take_all_shards(&self) -> Result<(), NotTaken> {
        let mut version = 0;
        loop {
            let changes = self.shared.registry.account_changes(version, PAGE).await?;
            let Some(last) = changes.last() else {
                return Ok(());
            };
            version = match last {
                AccountChange::Upserted(account) => account.version,
                AccountChange::Deleted { version, .. } => *version,
            };
            self.take_shards(&changes).await?;
        }
    }

    /// Takes the shards that the changed accounts need, many at a time.
    async fn take_shards(&self, changes: &[AccountChange]) -> Result<(), NotTaken> {
        let missing: BTreeSet<Shard> = changes
            .iter()
            .filter_map(|change| match change {
                AccountChange::Upserted(account) => Some(Shard::of(account.id)),
                AccountChange::Deleted { .. } => None,
            })
            .filter(|shard| self.shards.get(*shard).is_none())
            .collect();
        let taken: Vec<Result<Arc<OwnedShard>, NotTaken>> = stream::iter(missing)
            .map(|shard| OwnedShard::take(&self.shared, shard))
            .buffer_unordered(TAKING)
            .collect()
            .await;
        let mut outcome = Ok(());
        for taken in taken {
            match taken {
                Ok(owned) => self.shards.insert(owned),
                Err(error) => outcome = Err(error),
            }
        }
        outcome
    }

    /// The log lost events that it had acknowledged since `lost`, the checkpoint's generation. A
    /// new one makes every epoch stale, so all shards and accounts begin anew.
    async fn new_generation(&mut self, shard: Shard, lost: u32) -> Result<(), NotTaken> {
        self.shared.telemetry.count(Counter::LogRegressions, "", 1);
        let mut generation = self.shared.log.raise_generation().await?;
        while generation <= lost {
            generation = self.shared.log.raise_generation().await?;
        }
        self.shards.clear();
        self.stop_accounts().await;
        self.version = 0;
        tracing::error!(
            %shard, generation,
            "the event log lost events that it had acknowledged; a new generation begins, accounts \
             are read again from the cursors in the log, devices are told by Reset"
        );
        Ok(())
    }

    fn upserted(&mut self, account: Account) {
        self.version = self.version.max(account.version);
        let Some(shard) = self.shards.get(Shard::of(account.id)) else {
            return;
        };
        let before = self.running.remove(&account.id);
        let id = account.id;
        self.running
            .insert(id, Running::start(&self.shared, &shard, account, before));
    }

    fn deleted(&mut self, tenant: TenantId, account: AccountId) {
        let Some(running) = self.running.remove(&account) else {
            return;
        };
        let (log, shard) = (self.shared.log.clone(), self.shards.get(Shard::of(account)));
        self.shared.lifecycle.spawn("watcher.delete", async move {
            running.stop().await;
            if let Some(shard) = shard {
                shard.standings.forget(account);
            }
            // What the account still published while it was being deleted.
            if let Err(error) = log.purge_account(tenant, account).await {
                tracing::error!(%account, %error, "a deleted account's events could not be purged");
            }
        });
    }

    /// Stops every account, then flushes the last cursors.
    async fn stop(mut self) {
        self.stop_accounts().await;
        checkpoint::flush(&self.shared, &self.shards).await;
    }

    async fn stop_accounts(&mut self) {
        let stopping = std::mem::take(&mut self.running)
            .into_values()
            .map(Running::stop);
        futures::future::join_all(stopping).await;
    }
}
