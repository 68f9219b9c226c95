//! Keeps the live subscription, and what it follows.

use super::Dispatcher;
use pushmail_domain::{AccountId, Shard};
use pushmail_eventlog::{EventLog, Follow, Live, ReadError, Tail};
use pushmail_runtime::{Gauge, Lifecycle, Telemetry};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, interval_at};
use tokio_stream::{Stream, StreamExt as _};

/// How long to wait before subscribing again.
const RESUBSCRIBE: Duration = Duration::from_secs(1);
/// How often shards that no session needs any more are given up: sessions come again soon.
const SWEEP: Duration = Duration::from_secs(60);

/// The subscription there is; none before the first, and between two.
#[derive(Default)]
pub(super) struct Following(Mutex<Option<Current>>);

/// One subscription.
struct Current {
    follow: Arc<dyn Follow>,
    shards: HashSet<Shard>,
}

impl Current {
    async fn add(&mut self, shard: Shard) -> Result<(), ReadError> {
        if !self.shards.contains(&shard) {
            self.follow.add(shard).await?;
            self.shards.insert(shard);
        }
        Ok(())
    }
}

impl Following {
    /// Follows the accounts' shards, if there is a subscription. The next one will: their routes are
    /// there, and it lags for every session.
    pub(super) async fn add(&self, accounts: &[AccountId]) -> Result<(), ReadError> {
        let mut current = self.0.lock().await;
        if let Some(current) = &mut *current {
            for account in accounts {
                current.add(Shard::of(*account)).await?;
            }
        }
        Ok(())
    }

    /// Gives up what is not `needed`.
    async fn sweep(&self, needed: &HashSet<Shard>) -> Result<(), ReadError> {
        let mut current = self.0.lock().await;
        let Some(current) = &mut *current else {
            return Ok(());
        };
        let spare: Vec<Shard> = current.shards.difference(needed).copied().collect();
        for shard in spare {
            current.shards.remove(&shard);
            current.follow.remove(shard).await?;
        }
        Ok(())
    }

    async fn set(&self, current: Option<Current>) {
        *self.0.lock().await = current;
    }
}

impl Dispatcher {
    /// Follows the log's live tail until the process stops, subscribing again whenever it ends.
    pub(crate) async fn follow(
        self: Arc<Self>,
        log: Arc<dyn EventLog>,
        telemetry: Telemetry,
        lifecycle: Lifecycle,
    ) {
        let stopping = lifecycle.stopping();
        let following = async {
            loop {
                if let Err(error) = self.subscription(&*log, &telemetry).await {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "the log cannot be followed; trying again");
                }
                self.following.set(None).await;
                tokio::time::sleep(RESUBSCRIBE).await;
            }
        };
        stopping.run_until_cancelled(following).await;
    }

    /// One live subscription from its beginning to its end.
    async fn subscription(
        &self,
        log: &dyn EventLog,
        telemetry: &Telemetry,
    ) -> Result<(), ReadError> {
        let Tail { follow, live } = log.live().await?;
        self.begin(follow).await?;
        telemetry.gauge(Gauge::LiveSubscriptions, "", 1);
        // Sessions that attached before this moment may have missed events.
        self.lagged();
        let ended = self.pass_on(live).await;
        telemetry.gauge(Gauge::LiveSubscriptions, "", -1);
        tracing::warn!("the live subscription ended; subscribing again");
        ended
    }

    /// Follows what the sessions of now need, and from here on what they come to need.
    async fn begin(&self, follow: Arc<dyn Follow>) -> Result<(), ReadError> {
        let shards = HashSet::new();
        self.following.set(Some(Current { follow, shards })).await;
        // Only now: who attached before it was set is in the table.
        let mut current = self.following.0.lock().await;
        if let Some(current) = &mut *current {
            for shard in self.shards() {
                current.add(shard).await?;
            }
        }
        Ok(())
    }

    async fn pass_on(&self, mut live: impl Stream<Item = Live> + Unpin) -> Result<(), ReadError> {
        let mut sweep = interval_at(Instant::now() + SWEEP, SWEEP);
        loop {
            tokio::select! {
                item = live.next() => match item {
                    Some(Live::Event(fresh)) => self.route(&fresh),
                    Some(Live::Lagged) => self.lagged(),
                    None => return Ok(()),
                },
                _ = sweep.tick() => self.following.sweep(&self.shards()).await?,
            }
        }
    }
}
