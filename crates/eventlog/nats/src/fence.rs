//! Fences: one writer per shard (invariant 3).
//!
//! A fence is the last message of the shard's fence subject in the newest generation. Restoring an
//! old log brings old fences back; a generation raised outside of the log makes them worth nothing.

use crate::error::{Fault, code};
use crate::log::NatsLog;
use crate::pause::Pause;
use crate::publish::{EXPECTED, Outgoing};
use crate::record::Record;
use crate::subjects;
use async_nats::HeaderMap;
use pushmail_domain::{Epoch, Shard, StreamId, WorkerId};
use pushmail_eventlog::Taken;
use std::collections::BTreeSet;

/// How often a taker begins again before it gives up.
const ATTEMPTS: usize = 16;

/// What a refused writer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The owner.
    Owner,
    /// Not the owner any more.
    Stale,
    /// The owner, as far as anybody knows but the log, which lost the fence.
    Regressed,
}

impl NatsLog {
    /// Takes the shard: by compare-and-set on its fence, in the newest generation.
    pub(crate) async fn take_shard(&self, shard: Shard, worker: WorkerId) -> Result<Taken, Fault> {
        let stream = shard.stream();
        let mut pause = Pause::new();
        for _ in 0..ATTEMPTS {
            let generation = self.known.read(stream).await?;
            let before = self.clear_way(shard, generation).await?;
            let Some(fence) = self.raise(shard, generation, before, worker).await? else {
                pause.wait().await;
                continue;
            };
            // Who takes in a generation that has just ended has taken nothing.
            if self.known.read(stream).await? > generation {
                continue;
            }
            let last = self.api.last(stream, &subjects::shard(shard)).await?;
            let before = (before > 0).then_some(Epoch {
                generation,
                fence: before,
            });
            return Ok(Taken {
                epoch: Epoch { generation, fence },
                before,
                last_sequence: last.map_or(0, |last| last.sequence),
                stream_last: fence - 1,
            });
        }
        Err(Fault::Contended)
    }

    /// The sequence of the shard's fence in the generation, 0 if there is none; fences of
    /// generations before are removed, so that none of them lets anybody write.
    async fn clear_way(&self, shard: Shard, generation: u32) -> Result<u64, Fault> {
        for _ in 0..ATTEMPTS {
            let Some((record, epoch)) = self.last_fence(shard).await? else {
                return Ok(0);
            };
            if epoch.generation > generation {
                return Err(Fault::Behind {
                    stream: shard.stream(),
                    found: epoch.generation,
                    known: generation,
                });
            }
            if epoch.generation == generation {
                return Ok(epoch.fence);
            }
            self.api
                .purge(shard.stream(), &record.subject, None)
                .await?;
        }
        Err(Fault::Contended)
    }

    /// Puts a new fence in the place of `before`, and returns its sequence; `None` if somebody else
    /// was faster.
    async fn raise(
        &self,
        shard: Shard,
        generation: u32,
        before: u64,
        worker: WorkerId,
    ) -> Result<Option<u64>, Fault> {
        let mut headers = HeaderMap::new();
        headers.insert(EXPECTED, before.to_string());
        headers.insert("Nats-Rollup", "sub");
        headers.insert("Nats-TTL", "never");
        let nonce = self.api.client.new_inbox();
        let message = Outgoing {
            subject: subjects::fence(shard, generation),
            headers,
            payload: format!("{worker} {nonce}").into(),
        };
        let payload = message.payload.clone();
        match self.api.publish(message, self.config.publish_timeout).await {
            Ok(ack) => Ok(Some(ack.seq)),
            Err(fault) => {
                if let Some((record, epoch)) = self.last_fence(shard).await?
                    && record.payload == payload
                {
                    return Ok(Some(epoch.fence));
                }
                if is_refused(&fault) {
                    Ok(None)
                } else {
                    Err(fault)
                }
            }
        }
    }

    /// The newest message among the shard's fences of all generations, at the leader.
    async fn last_fence(&self, shard: Shard) -> Result<Option<(Record, Epoch)>, Fault> {
        let last = self
            .api
            .last(shard.stream(), &subjects::fences(shard))
            .await?;
        let Some(record) = last else {
            return Ok(None);
        };
        let generation = subjects::generation_of(&record.subject);
        let generation = generation.ok_or_else(|| Fault::Odd(record.subject.clone()))?;
        let fence = record.sequence;
        Ok(Some((record, Epoch { generation, fence })))
    }

    /// The shard's newest epoch in the newest generation that is known.
    pub(crate) async fn newest_epoch(&self, shard: Shard) -> Result<Option<Epoch>, Fault> {
        let stream = shard.stream();
        let Some((_, epoch)) = self.last_fence(shard).await? else {
            return Ok(None);
        };
        let known = self.known.of(stream);
        if epoch.generation >= known {
            self.known.note(stream, epoch.generation);
            return Ok(Some(epoch));
        }
        let newest = self
            .api
            .last(stream, &subjects::fence(shard, known))
            .await?;
        Ok(newest.map(|record| Epoch {
            generation: known,
            fence: record.sequence,
        }))
    }

    /// What a writer is that holds this epoch, by the log's leader and the generations.
    pub(crate) async fn judge(&self, shard: Shard, epoch: Epoch) -> Result<Verdict, Fault> {
        let newest = self.newest_epoch(shard).await?;
        if newest == Some(epoch) {
            return Ok(Verdict::Owner);
        }
        if newest.is_some_and(|newest| newest > epoch)
            || self.known.read(shard.stream()).await? > epoch.generation
        {
            return Ok(Verdict::Stale);
        }
        Ok(Verdict::Regressed)
    }

    /// Raises the stream's generation, and removes the fences of those before: so even a writer that
    /// has not heard of it is refused.
    pub(crate) async fn begin_generation(&self, stream: StreamId, seen: u32) -> Result<u32, Fault> {
        let generation = self.known.raise(stream, seen).await?;
        let fences = self
            .api
            .subjects(stream, &subjects::all_fences(stream))
            .await?;
        let found = fences
            .iter()
            .filter_map(|fence| subjects::generation_of(fence));
        let old: BTreeSet<u32> = found.filter(|found| *found < generation).collect();
        for old in old {
            let fences = subjects::fences_of(stream, old);
            self.api.purge(stream, &fences, None).await?;
        }
        Ok(generation)
    }
}

/// Whether the server refused since the fence is, or may be, another.
pub(crate) fn is_refused(fault: &Fault) -> bool {
    [code::WRONG_LAST, code::WRONG_LAST_BUSY].contains(&fault.code())
}
