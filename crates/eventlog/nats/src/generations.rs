//! The streams' generations: kept outside of the log, so that restoring the log does not restore them.

use crate::error::Fault;
use async_trait::async_trait;
use pushmail_domain::StreamId;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// An error of whoever keeps the generations.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Where the streams' generations are kept, durably, apart from the log.
#[async_trait]
pub trait Generations: Send + Sync {
    /// The generation of every stream, by number. Not stale: what was raised before the call is seen.
    async fn generations(&self) -> Result<[u32; StreamId::COUNT as usize], BoxError>;

    /// Raises the stream's generation above `seen`, unless it is above already, and returns what
    /// stands. Durable once this returns.
    async fn raise(&self, stream: StreamId, seen: u32) -> Result<u32, BoxError>;
}

/// The generations as far as they are known here. They only rise.
pub(crate) struct Known {
    source: Arc<dyn Generations>,
    numbers: [AtomicU32; StreamId::COUNT as usize],
}

impl Known {
    /// Nothing is known yet.
    pub(crate) fn new(source: Arc<dyn Generations>) -> Self {
        Self {
            source,
            numbers: std::array::from_fn(|_| AtomicU32::new(0)),
        }
    }

    /// The stream's generation.
    pub(crate) fn of(&self, stream: StreamId) -> u32 {
        self.numbers[usize::from(stream.number())].load(Ordering::Acquire)
    }

    /// The stream is seen to have this generation.
    pub(crate) fn note(&self, stream: StreamId, generation: u32) {
        self.numbers[usize::from(stream.number())].fetch_max(generation, Ordering::AcqRel);
    }

    /// Reads them anew.
    pub(crate) async fn refresh(&self) -> Result<(), Fault> {
        let numbers = self.source.generations().await;
        for (known, number) in self
            .numbers
            .iter()
            .zip(numbers.map_err(Fault::Generations)?)
        {
            known.fetch_max(number, Ordering::AcqRel);
        }
        Ok(())
    }

    /// The stream's generation, read anew.
    pub(crate) async fn read(&self, stream: StreamId) -> Result<u32, Fault> {
        self.refresh().await?;
        Ok(self.of(stream))
    }

    /// Raises the stream's generation above `seen`.
    pub(crate) async fn raise(&self, stream: StreamId, seen: u32) -> Result<u32, Fault> {
        let raised = self.source.raise(stream, seen).await;
        self.note(stream, raised.map_err(Fault::Generations)?);
        Ok(self.of(stream))
    }

    /// Reads them anew now and then, for ever.
    pub(crate) async fn keep_fresh(&self, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            if let Err(error) = self.refresh().await {
                tracing::warn!(%error, "what is known of the log's generations grows old");
            }
        }
    }
}
