//! The event log's generations.

use crate::Result;
use async_trait::async_trait;
use pushmail_domain::StreamId;

/// The generation of each stream, by its number.
pub type StreamGenerations = [u32; StreamId::COUNT as usize];

/// The event log's generation of each of its streams (invariant 3): it rises when a stream was
/// recreated, restored or lost acknowledged events.
#[async_trait]
pub trait Generations: Send + Sync {
    /// All of them; 1 for a stream that was never raised.
    async fn generations(&self) -> Result<StreamGenerations>;

    /// Raises the stream's generation to `seen + 1`, unless it is above `seen` already, and returns the
    /// one that stands; it is durable then. Of several processes that saw the same one, one raises it.
    async fn raise_generation(&self, stream: StreamId, seen: u32) -> Result<u32>;
}
