//! Owning a shard: fence first, then fold, then write (invariants 1 and 3).

mod folding;

pub(crate) use folding::{made, younger};

use crate::Shared;
use crate::devices::Devices;
use crate::fold;
use crate::publisher::Publisher;
use crate::standings::Standings;
use pushmail_domain::{Epoch, Position, Shard};
use pushmail_eventlog::Taken;
use pushmail_registry::ShardFlush;
use pushmail_runtime::{Counter, Gauge};
use std::sync::Arc;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// A shard that this worker may write for. One block of memory: several small ones, made among the short-lived ones of
/// connecting, would hold the pages of those.
pub(crate) struct OwnedShard {
    pub(crate) shared: Arc<Shared>,
    pub(crate) shard: Shard,
    pub(crate) epoch: Epoch,
    /// The sequence that the checkpoint included from which the shard was folded.
    pub(crate) folded_from: u64,
    pub(crate) standings: Standings,
    pub(crate) publisher: Publisher,
    /// Whose devices are there.
    pub(crate) devices: Devices,
    /// Cancelled when the shard is lost or given up; its accounts hang on it.
    pub(crate) stop: CancellationToken,
    /// Rung when one of its accounts has ended.
    pub(crate) over: Notify,
}

/// Why a shard was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    #[error("the event log failed")]
    Log(#[from] pushmail_eventlog::TakeError),
    #[error("the event log could not be read")]
    Read(#[from] pushmail_eventlog::ReadError),
    #[error("the registry failed")]
    Registry(#[from] pushmail_registry::RegistryError),
    /// The log ends before the checkpoint: a generation above the checkpoint's has to begin.
    #[error("the event log lost acknowledged events of shard {shard}")]
    LogRegressed { shard: Shard, generation: u32 },
    /// Somebody has taken the shard since: what was read of it is not of one moment.
    #[error("somebody else has taken shard {0} meanwhile")]
    Overtaken(Shard),
}

/// A shard that this worker has fenced, and of whose accounts it knows nothing yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fenced {
    shard: Shard,
    taken: Taken,
}

impl Fenced {
    /// Fences the shard.
    pub(crate) async fn new(shared: &Shared, shard: Shard) -> Result<Self, NotTaken> {
        let taken = shared.log.take(shard, shared.worker).await?;
        Ok(Self { shard, taken })
    }

    /// Folds the log onto the shard's checkpoint. It may be tried again
    /// after an error: what the log held when the shard was fenced still counts, whatever this worker
    /// has appended for other shards since.
    pub(crate) async fn own(&self, shared: &Arc<Shared>) -> Result<Arc<OwnedShard>, NotTaken> {
        let Self { shard, taken } = *self;
        let checkpoint = shared.registry.load_shard(shard).await?;
        if fold::log_regressed(checkpoint.position, taken.epoch, taken.stream_last)
            || is_another_s(shared, shard, checkpoint.position, taken.epoch).await?
        {
            let known = checkpoint
                .position
                .map_or(0, |position| position.generation);
            return Err(self.regressed(shared, known).await?);
        }
        let (standings, folded_from) = self.fold(shared, checkpoint).await?;
        let stop = shared.owning.child_token();
        shared.telemetry.gauge(Gauge::Shards, "", 1);
        Ok(Arc::new(OwnedShard {
            shared: shared.clone(),
            shard,
            epoch: taken.epoch,
            folded_from,
            standings,
            publisher: Publisher::default(),
            devices: Devices::default(),
            stop,
            over: Notify::new(),
        }))
    }
}

impl OwnedShard {
    /// What the registry does not know of this shard yet.
    pub(crate) fn flush(&self) -> Option<ShardFlush> {
        let (sequence, accounts) = self.standings.take_dirty()?;
        let position = Position {
            stream: self.shard.stream(),
            generation: self.epoch.generation,
            sequence,
        };
        Some(ShardFlush {
            shard: self.shard,
            epoch: self.epoch,
            position,
            accounts,
        })
    }
}

impl Drop for OwnedShard {
    fn drop(&mut self) {
        self.shared.telemetry.gauge(Gauge::Shards, "", -1);
    }
}

/// Whether the log holds another shard's record where the checkpoint saw one of this shard: what was
/// lost was overwritten since.
async fn is_another_s(
    shared: &Shared,
    shard: Shard,
    checkpoint: Option<Position>,
    epoch: Epoch,
) -> Result<bool, NotTaken> {
    let same = checkpoint.filter(|position| position.generation == epoch.generation);
    let Some(position) = same.filter(|position| position.sequence > 0) else {
        return Ok(false);
    };
    let found = shared
        .log
        .shard_at(position.stream, position.sequence)
        .await?;
    Ok(found.is_some_and(|found| found != shard))
}

/// Stops a shard that another owner has fenced.
pub(crate) fn fenced(shared: &Shared, shard: Shard, stop: &CancellationToken) {
    if stop.is_cancelled() {
        return;
    }
    shared.telemetry.count(Counter::ShardsFenced, "", 1);
    tracing::error!(%shard, "another worker has taken this shard; stopping it here");
    stop.cancel();
    shared.leased.look_again();
}
