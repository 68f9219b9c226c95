//! Taking a shard, step by step as on JetStream.

use super::Adapter;
use super::stream::Fence;
use crate::network::NoAnswer;
use crate::options::Plant;
use pushmail_domain::{Entropy as _, Epoch, Shard, StreamId};
use pushmail_eventlog::Taken;
use std::time::Duration;

/// How often a taker begins again before it gives up.
const ATTEMPTS: usize = 16;

impl Adapter {
    pub(super) async fn take_shard(&self, shard: Shard) -> Result<Taken, NoAnswer> {
        let stream = shard.stream();
        for _ in 0..ATTEMPTS {
            let generation = self.read(stream).await?;
            let before = self.clear_way(shard, generation).await?;
            let Some(fence) = self.raise(shard, generation, before).await? else {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            };
            // Who takes in a generation that has just ended has taken nothing.
            if self.read(stream).await? > generation {
                continue;
            }
            let worker = self.link.worker;
            let number = shard.number();
            let trace = &self.link.network.trace;
            trace.note(&format!(
                "worker {worker}: takes shard {number} as {generation}.{fence}"
            ));
            let before = (before > 0).then_some(Epoch {
                generation,
                fence: before,
            });
            return Ok(Taken {
                epoch: Epoch { generation, fence },
                before,
                last_sequence: self.last_of_shard(shard).await?,
                stream_last: fence - 1,
            });
        }
        Err(NoAnswer)
    }

    /// The shard's fence in the generation, once those of generations before are gone.
    async fn clear_way(&self, shard: Shard, generation: u32) -> Result<u64, NoAnswer> {
        for _ in 0..ATTEMPTS {
            let last = self
                .ask(shard.stream(), move |stream| stream.last_fence(shard))
                .await?;
            match last {
                None => return Ok(0),
                Some((epoch, _)) if epoch.generation > generation => return Err(NoAnswer),
                Some((epoch, _)) if epoch.generation == generation => return Ok(epoch.fence),
                Some(_) => {
                    let purge = move |stream: &mut super::Stream| {
                        stream.purge_fences(Some(shard), generation);
                    };
                    self.ask(shard.stream(), purge).await?;
                }
            }
        }
        Err(NoAnswer)
    }

    /// Puts a new fence in the place of `before`; `None` if somebody else was faster.
    async fn raise(
        &self,
        shard: Shard,
        generation: u32,
        before: u64,
    ) -> Result<Option<u64>, NoAnswer> {
        let fence = Fence {
            sequence: 0,
            nonce: self.link.network.chance.below(u64::MAX),
            worker: self.link.worker,
        };
        let raise =
            move |stream: &mut super::Stream| stream.raise(shard, generation, before, fence);
        if let Ok(raised) = self.ask(shard.stream(), raise).await {
            return Ok(raised);
        }
        let last = self
            .ask(shard.stream(), move |stream| stream.last_fence(shard))
            .await?;
        match last {
            Some((epoch, found)) if found.nonce == fence.nonce => Ok(Some(epoch.fence)),
            _ => Err(NoAnswer),
        }
    }

    /// The sequence of the shard's last event, at the leader; a planted fault asks a replica.
    async fn last_of_shard(&self, shard: Shard) -> Result<u64, NoAnswer> {
        if self.plant == Some(Plant::StaleReplica) {
            let (server, lag) = (self.server.clone(), self.lag());
            let replica = self.link.call(move || server.replica(shard.stream(), lag));
            return Ok(replica.await?.last_of_shard(shard));
        }
        self.ask(shard.stream(), move |stream| stream.last_of_shard(shard))
            .await
    }

    /// How far a replica is behind: mostly not at all.
    pub(super) fn lag(&self) -> Duration {
        let chance = &self.link.network.chance;
        match chance.index(4) {
            0 => chance.between(0, 3000),
            _ => Duration::ZERO,
        }
    }

    /// Raises the stream's generation, and removes the fences of those before.
    pub(super) async fn begin_generation(
        &self,
        stream: StreamId,
        seen: u32,
    ) -> Result<u32, NoAnswer> {
        let generation = self.registry.raise(stream, seen).await?;
        self.note(stream, generation);
        let generation = self.known(stream);
        let (worker, number) = (self.link.worker, stream.number());
        let trace = &self.link.network.trace;
        trace.note(&format!(
            "worker {worker}: generation {generation} of stream {number}"
        ));
        let purge = move |stream: &mut super::Stream| stream.purge_fences(None, generation);
        self.ask(stream, purge).await?;
        Ok(generation)
    }
}
