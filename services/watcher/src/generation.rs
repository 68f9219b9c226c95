//! A log that lost what it had acknowledged (invariant 3).

use crate::Shared;
use pushmail_domain::Shard;
use pushmail_eventlog::TakeError;
use pushmail_runtime::Counter;

/// Begins a generation of the shard's stream above `lost`, unless somebody did: every epoch of it is
/// stale then, and who owns its shards, here or elsewhere, takes them anew.
pub(crate) async fn raise(shared: &Shared, shard: Shard, lost: u32) -> Result<(), TakeError> {
    let (log, stream) = (&shared.log, shard.stream());
    let _one = shared.turns.raising.lock().await;
    if log.generation(stream) <= lost {
        let generation = log.raise_generation(stream, lost).await?;
        shared.telemetry.count(Counter::LogRegressions, "", 1);
        tracing::error!(
            %shard, generation, stream = stream.number(),
            "the event log lost events that it had acknowledged; a new generation begins, accounts are \
             read again from the cursors in the log, devices are told by Reset"
        );
    }
    shared.leased.look_again();
    Ok(())
}
