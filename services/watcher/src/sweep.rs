//! The reconcile sweep: reads the log again behind the cursors, slowly, and finds what it lost though it had
//! acknowledged it (invariant 3). Neither an acknowledgement nor a checkpoint shows that: only the records do.
//!
//! Every version of an account's cursor has a record, or a later record says why not ([`Continuity`](crate::fold::Continuity)).
//! Where one is missing a new generation of the stream begins; its shards are taken anew, and the fold puts the accounts
//! back to before the gap.

mod pass;

use crate::Shared;
use crate::chain::Chain;
use crate::generation;
use crate::shard::{NotTaken, OwnedShard, made, younger};
use crate::shards::Shards;
use pass::{Pass, Swept};
use pushmail_domain::{EventId, Shard};
use pushmail_runtime::Counter;
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How often is looked whether a shard is due.
const TICK: Duration = Duration::from_secs(1);
/// How many records are read at a time.
const PAGE: usize = 512;

/// How the log is read again.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepConfig {
    /// Each shard is swept this often; at least 1 s.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub interval: Duration,
    /// A new owner's first sweep begins so many of the stream's records before the checkpoint.
    pub behind: u64,
    /// A worker reads at most so many records in a second; at least 1.
    pub records_per_second: u32,
}

impl Default for SweepConfig {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(60 * 60),
            behind: 100_000,
            records_per_second: 2_000,
        }
    }
}

/// Sweeps one shard after the other until the worker drains.
pub(crate) async fn keep_sweeping(shared: Arc<Shared>, shards: Arc<Shards>) {
    let mut sweeper = Sweeper {
        shared,
        shards,
        swept: BTreeMap::new(),
    };
    let draining = sweeper.shared.lifecycle.draining();
    draining.run_until_cancelled(sweeper.run()).await;
}

struct Sweeper {
    shared: Arc<Shared>,
    shards: Arc<Shards>,
    swept: BTreeMap<Shard, Swept>,
}

impl Sweeper {
    async fn run(&mut self) {
        let interval = self.shared.config.sweep.interval;
        loop {
            tokio::time::sleep(TICK.min(interval)).await;
            let shards = &self.shards;
            self.swept.retain(|shard, swept| {
                let owned = shards.get(*shard);
                owned.is_some_and(|owned| swept.is_by(&owned))
            });
            for owned in self.shards.all() {
                self.see(&owned).await;
            }
        }
    }

    /// Sweeps the shard if it is due. One that is owned since just now has time.
    async fn see(&mut self, owned: &OwnedShard) {
        let now = Instant::now();
        let swept = self.swept.entry(owned.shard).or_insert_with(|| {
            let behind = self.shared.config.sweep.behind;
            Swept::new(owned, behind, now)
        });
        if now - swept.at < self.shared.config.sweep.interval {
            return;
        }
        swept.at = now;
        let running = owned.stop.clone();
        let sweep = sweep(&self.shared, owned, swept);
        let outcome = match running.run_until_cancelled(sweep).await {
            None => return,
            Some(Ok(true)) => "ok",
            Some(Ok(false)) => "loss",
            Some(Err(error)) => {
                tracing::warn!(shard = %owned.shard, error = %Chain(&error), "the log could not be swept; trying again at the next turn");
                "failed"
            }
        };
        self.shared.telemetry.count(Counter::Sweeps, outcome, 1);
    }
}

/// Whether the log still has the record at which the sweep before ended. If not, it was removed with its account, or
/// the log has lost what was swept.
async fn is_there(
    shared: &Shared,
    shard: Shard,
    last: Option<(u64, EventId)>,
) -> Result<bool, NotTaken> {
    let Some((sequence, id)) = last else {
        return Ok(true);
    };
    let log = &shared.log;
    let found = log.read_shard(shard, sequence - 1, sequence, 1).await?;
    Ok(found.iter().any(|stored| stored.event.id == id))
}

/// Reads what came since the last sweep; whether nothing is missing.
async fn sweep(shared: &Shared, owned: &OwnedShard, swept: &mut Swept) -> Result<bool, NotTaken> {
    let snapshot = owned.standings.sweep();
    if !is_there(shared, owned.shard, swept.last).await? {
        swept.begin_anew(shared.config.sweep.behind);
    }
    let mut pass = Pass::new(swept);
    let (per_second, mut after) = (shared.config.sweep.records_per_second.max(1), pass.after());
    let limit = usize::try_from(per_second).unwrap_or(usize::MAX).min(PAGE);
    while after < snapshot.position {
        let page = shared
            .log
            .read_shard(owned.shard, after, snapshot.position, limit)
            .await?;
        if pass.is_first() {
            let began = match after {
                0 => Some(shared.log.retained_since()),
                _ => page.first().map(|first| first.stored_at),
            };
            let whole = match began {
                Some(began) => younger(&made(shared, owned.shard).await?, began),
                None => HashSet::new(),
            };
            pass.begin(whole);
        }
        let Some(last) = page.last() else { break };
        after = last.position.sequence;
        pass.take_in(&page);
        let records = u32::try_from(page.len()).unwrap_or(u32::MAX);
        tokio::time::sleep(Duration::from_secs(1) * records / per_second).await;
    }
    let mut missing = pass.end(&snapshot);
    // The records of an account that was deleted or wiped meanwhile are purged.
    missing.retain(|(account, _)| owned.standings.keep(*account));
    if missing.is_empty() {
        return Ok(true);
    }
    for (account, versions) in missing {
        tracing::error!(%account, ?versions, "the event log has no record of events that it had acknowledged");
    }
    if let Err(error) = generation::raise(shared, owned.shard, owned.epoch.generation).await {
        tracing::error!(shard = %owned.shard, error = %Chain(&error), "a new generation cannot begin; the next sweep tries again");
    }
    Ok(false)
}
