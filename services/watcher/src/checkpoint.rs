//! Flushes cursors to the registry, late but never ahead (invariant 1).

use crate::Shared;
use crate::memory;
use crate::shard;
use crate::shards::Shards;
use pushmail_registry::{Flushed, RegistryError, ShardFlush};
use pushmail_runtime::{Counter, Timing};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Flushes in every interval, and once more when the accounts have `stopped`. Nothing else flushes,
/// so that a flush that fails and one that succeeds are never under way together: the second could
/// store a position without the cursors that the first puts back.
pub(crate) async fn keep_flushing(
    shared: Arc<Shared>,
    shards: Arc<Shards>,
    stopped: CancellationToken,
) {
    loop {
        let last = tokio::select! {
            biased;
            () = tokio::time::sleep(shared.config.checkpoint_interval) => false,
            () = stopped.cancelled() => true,
        };
        flush(&shared, &shards).await;
        if last {
            return;
        }
    }
}

/// Flushes every shard that has something to flush, in one transaction.
pub(crate) async fn flush(shared: &Shared, shards: &Shards) {
    let _flushing = shards.flushing().await;
    let mut flushes: Vec<ShardFlush> = shards
        .all()
        .iter()
        .filter_map(|shard| shard.flush())
        .collect();
    if flushes.is_empty() {
        return;
    }
    let started = shared.clock.elapsed();
    match store(shared, shards, &mut flushes).await {
        Ok(outcomes) => {
            for (flush, outcome) in flushes.iter().zip(outcomes) {
                match outcome {
                    Flushed::Stored => stored(shared, shards, flush),
                    Flushed::StaleEpoch => lost(shared, shards, flush),
                }
            }
        }
        Err(error) => {
            shared
                .telemetry
                .count(Counter::CheckpointFlushes, "failed", 1);
            tracing::warn!(%error, "cursors could not be flushed; trying again");
            for flush in &flushes {
                if let Some(shard) = shards.get(flush.shard) {
                    shard.standings.put_back(&flush.accounts);
                }
            }
        }
    }
    let took = shared.clock.elapsed().saturating_sub(started);
    shared.telemetry.observe(Timing::CheckpointFlush, took);
}

async fn store(
    shared: &Shared,
    shards: &Shards,
    flushes: &mut [ShardFlush],
) -> Result<Vec<Flushed>, RegistryError> {
    memory::complete(&*shared.registry, shards, flushes).await?;
    shared.registry.flush(flushes).await
}

fn stored(shared: &Shared, shards: &Shards, flush: &ShardFlush) {
    shared.telemetry.count(Counter::CheckpointFlushes, "ok", 1);
    if let Some(owned) = shards.get(flush.shard) {
        owned.standings.flushed(&flush.accounts);
    }
}

fn lost(shared: &Shared, shards: &Shards, flush: &ShardFlush) {
    shared
        .telemetry
        .count(Counter::CheckpointFlushes, "stale", 1);
    // A shard taken anew meanwhile is not meant.
    if let Some(owned) = shards.get(flush.shard)
        && owned.epoch == flush.epoch
    {
        shard::fenced(shared, flush.shard, &owned.stop);
    }
}
