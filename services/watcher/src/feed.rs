//! Follows the registry's change feed: takes shards, starts, restarts and stops accounts.

mod taking;

use crate::Shared;
use crate::account::Running;
use crate::chain::Chain;
use crate::checkpoint;
use crate::shard::{NotTaken, OwnedShard};
use crate::shards::Shards;
use pushmail_domain::{Account, AccountId, Shard, TenantId};
use pushmail_registry::AccountChange;
use pushmail_runtime::{Counter, Latch};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use taking::Waiting;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How many changes are read at a time.
const PAGE: u32 = 1000;
/// The pause after the registry or the log failed.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs the worker until it drains.
pub(crate) async fn follow(shared: Arc<Shared>, nudge: Arc<Notify>, ready: Latch) {
    let shards = Arc::new(Shards::default());
    let stopped = CancellationToken::new();
    let flusher = checkpoint::keep_flushing(shared.clone(), shards.clone(), stopped.clone());
    shared.lifecycle.spawn("watcher.checkpoint", flusher);
    // Tells the flusher even if this task panics.
    let _stopped = stopped.drop_guard();
    let draining = shared.lifecycle.draining();
    let mut feed = Feed {
        shared,
        shards,
        waiting: HashMap::new(),
        running: HashMap::new(),
        version: 0,
    };
    let mut ready = Some(ready);
    loop {
        let pause = match feed.catch_up().await {
            Ok(()) if feed.waiting.is_empty() => {
                if let Some(latch) = ready.take() {
                    latch.release();
                }
                feed.shared.config.feed_interval
            }
            Ok(()) => PAUSE,
            Err(error) => {
                tracing::error!(error = %Chain(&error), "cannot follow the registry; trying again");
                PAUSE
            }
        };
        tokio::select! {
            () = nudge.notified() => {}
            () = tokio::time::sleep(pause) => {}
            () = draining.cancelled() => break,
        }
    }
    feed.stop_accounts().await;
}

struct Feed {
    shared: Arc<Shared>,
    shards: Arc<Shards>,
    /// Shards that could not be taken yet, with their accounts; tried again in every round.
    waiting: HashMap<Shard, Waiting>,
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
            self.fence_all().await?;
        }
        self.own_waiting().await?;
        loop {
            let changes = self
                .shared
                .registry
                .account_changes(self.version, PAGE)
                .await?;
            if changes.is_empty() {
                return Ok(());
            }
            let fenced = self.fence(&changes).await?;
            self.own(fenced).await?;
            self.take_in(changes);
        }
    }

    /// Takes in one page of changes whose shards are owned or wait.
    fn take_in(&mut self, changes: Vec<AccountChange>) {
        let mut gone = Vec::new();
        for change in changes {
            match change {
                AccountChange::Upserted(account) => self.upserted(account),
                AccountChange::Deleted {
                    tenant,
                    account,
                    version,
                } => {
                    self.version = version;
                    match self.deleted(account) {
                        Some(running) => self.purge(vec![(tenant, account)], Some(running)),
                        None => gone.push((tenant, account)),
                    }
                }
            }
        }
        if !gone.is_empty() {
            self.purge(gone, None);
        }
    }

    /// The log lost events that it had acknowledged since `lost`, the checkpoint's generation. A
    /// new one makes every epoch stale, so all shards and accounts begin anew.
    async fn new_generation(&mut self, shard: Shard, lost: u32) -> Result<(), NotTaken> {
        self.shared.telemetry.count(Counter::LogRegressions, "", 1);
        let log = &self.shared.log;
        let seen = lost.max(log.generation(shard.stream()));
        let generation = log.raise_generation(shard.stream(), seen).await?;
        self.shards.clear().await;
        self.waiting.clear();
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
        let shard = Shard::of(account.id);
        if let Some(owned) = self.shards.get(shard) {
            self.start(&owned, account);
        } else if let Some(waiting) = self.waiting.get_mut(&shard) {
            waiting.hold(account);
        }
    }

    fn start(&mut self, shard: &Arc<OwnedShard>, account: Account) {
        let before = self.running.remove(&account.id);
        let id = account.id;
        self.running
            .insert(id, Running::start(&self.shared, shard, account, before));
    }

    /// Forgets the account, unless it is running: then its end has to be waited for first.
    fn deleted(&mut self, account: AccountId) -> Option<Running> {
        let shard = Shard::of(account);
        if let Some(waiting) = self.waiting.get_mut(&shard) {
            waiting.let_go(account);
        }
        let running = self.running.remove(&account);
        if running.is_none()
            && let Some(owned) = self.shards.get(shard)
        {
            owned.standings.forget(account);
        }
        running
    }

    /// Purges the events of deleted accounts, also of those that never ran here: whoever was to do it
    /// may have ended before. One after the other, and only where there is anything.
    fn purge(&self, accounts: Vec<(TenantId, AccountId)>, running: Option<Running>) {
        let (shared, shards) = (self.shared.clone(), self.shards.clone());
        self.shared.lifecycle.spawn("watcher.delete", async move {
            if let Some(running) = running {
                running.stop().await;
            }
            let stopping = shared.lifecycle.stopping();
            for (tenant, account) in accounts {
                if stopping.is_cancelled() {
                    return;
                }
                if let Some(owned) = shards.get(Shard::of(account)) {
                    owned.standings.forget(account);
                }
                purge(&shared, tenant, account).await;
            }
        });
    }

    async fn stop_accounts(&mut self) {
        let stopping = std::mem::take(&mut self.running)
            .into_values()
            .map(Running::stop);
        futures::future::join_all(stopping).await;
    }
}

/// Reads first: a restart sees every deletion again, and a purge writes.
async fn purge(shared: &Shared, tenant: TenantId, account: AccountId) {
    let purged = match shared.log.last_of_account(tenant, account).await {
        Ok(None) => Ok(()),
        Ok(Some(_)) => shared.log.purge_account(tenant, account).await,
        Err(error) => Err(error),
    };
    if let Err(error) = purged {
        tracing::error!(%account, error = %Chain(&error), "a deleted account's events could not be purged; the next start tries again");
    }
}
