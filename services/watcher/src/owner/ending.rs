//! Giving shards up: lost ones at once, others in order.

use super::{Owner, PAUSE, Place, Watched};
use crate::account::Running;
use crate::checkpoint;
use futures::future::join_all;
use pushmail_domain::{AccountId, Shard, WorkerId};
use pushmail_leases::Release;
use pushmail_runtime::Counter;
use pushmail_upstream::queue::Order;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

/// Accounts that are handed over may take so long to store what they have seen.
const IN_ORDER: Duration = Duration::from_secs(5);

impl Owner {
    /// The shard is no longer this worker's, or has to be taken anew: its accounts stop. Who takes it
    /// again waits until they have, and until no flush of it can be under way: one could come after
    /// the new look at its checkpoint.
    pub(super) fn give_up(&mut self, shard: Shard, next: Place) {
        let Some(Place::Owned(owned, accounts)) = self.replace(shard, next) else {
            return;
        };
        owned.stop.cancel();
        let shards = Arc::clone(&self.shards);
        let ended = self.shared.lifecycle.spawn("watcher.ending", async move {
            shards.remove(shard).await;
            join_all(running(accounts).map(Running::stop)).await;
        });
        self.ended.retain(|_, ended| !ended.is_finished());
        self.ended.insert(shard, ended);
    }

    /// Stops the shard's accounts, flushes their cursors, and then releases it to its successor: so
    /// the successor has nothing to wait for.
    pub(super) fn hand_over(&mut self, shard: Shard, successor: WorkerId) {
        let release = Release {
            shard,
            successor: Some(successor),
        };
        match self.replace(shard, Place::Ending) {
            Some(Place::Ending) => {}
            Some(Place::Owned(owned, accounts)) => {
                let (shared, shards) = (self.shared.clone(), Arc::clone(&self.shards));
                self.shared
                    .lifecycle
                    .spawn("watcher.hand_over", async move {
                        let _turn = shared.turns.handing_over.acquire().await;
                        let stopping = join_all(running(accounts).map(Running::stop));
                        if timeout(IN_ORDER, stopping).await.is_err() {
                            tracing::warn!(%shard, "the log takes nothing; what is not stored is left to the next owner");
                        }
                        owned.stop.cancel();
                        checkpoint::flush(&shared, &shards).await;
                        shards.remove(shard).await;
                        shared.telemetry.count(Counter::HandOvers, "", 1);
                        shared.leased.stopped(release);
                    });
            }
            _ => self.shared.leased.stopped(release),
        }
    }

    /// In a drain: hands over what somebody else takes, for as long as it may last.
    pub(super) async fn hand_all_over(&mut self) {
        self.waiting = Order::default();
        let deadline = Instant::now() + self.shared.config.fleet.hand_over_within;
        let stopping = self.shared.lifecycle.stopping();
        let (nobody, never) = (Notify::new(), CancellationToken::new());
        let handing = async {
            while !self.shared.leased.nothing_to_hand_over() {
                self.follow_leases();
                self.wait(&nobody, PAUSE, &never).await;
            }
        };
        let handed = stopping.run_until_cancelled(timeout_at(deadline, handing));
        if let Some(Err(_)) = handed.await {
            tracing::warn!("not every shard was handed over in time; the rest is stopped");
        }
    }

    /// Stops every account and waits for its connection to be gone.
    pub(super) async fn stop_everything(&mut self) {
        let mut stopping = Vec::new();
        for place in std::mem::take(&mut self.places).into_values() {
            if let Place::Owned(_, accounts) = *place {
                stopping.extend(running(accounts).map(Running::stop));
            }
        }
        join_all(stopping).await;
    }
}

/// Those that have begun.
fn running(accounts: BTreeMap<AccountId, Watched>) -> impl Iterator<Item = Running> {
    accounts.into_values().filter_map(Watched::running)
}
