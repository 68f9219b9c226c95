//! Flushes cursors to the registry, late but never ahead (invariant 1).

use crate::Shared;
use crate::feed::Shards;
use crate::shard;
use pushmail_registry::{Flushed, ShardFlush};
use pushmail_runtime::{Counter, Timing};
use std::sync::Arc;

/// Flushes in every interval until the worker drains. The last flush is the feed's, after the
/// accounts have stopped.
pub(crate) async fn keep_flushing(shared: Arc<Shared>, shards: Arc<Shards>) {
    let draining = shared.lifecycle.draining();
    loop {
        tokio::select! {
            () = tokio::time::sleep(shared.config.checkpoint_interval) => {}
            () = draining.cancelled() => return,
        }
        flush(&shared, &shards).await;
    }
}

/// Flushes every shard that has something to flush, in one transaction.
pub(crate) async fn flush(shared: &Shared, shards: &Shards) {
    let flushes: Vec<ShardFlush> = shards
        .all()
        .iter()
        .filter_map(|shard| shard.flush())
        .collect();
    if flushes.is_empty() {
        return;
    }
    let started = shared.clock.elapsed();
    match shared.registry.flush(&flushes).await {
        Ok(outcomes) => {
            for (flush, outcome) in flushes.iter().zip(outcomes) {
                match outcome {
                    Flushed::Stored => shared.telemetry.count(Counter::CheckpointFlushes, "ok", 1),
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
