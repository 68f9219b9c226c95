//! The generations of a log that nobody restores.

use async_trait::async_trait;
use pushmail_domain::StreamId;
use pushmail_eventlog_nats::{BoxError, Generations};

/// The first generation of every stream.
pub(crate) struct First;

#[async_trait]
impl Generations for First {
    async fn generations(&self) -> Result<[u32; StreamId::COUNT as usize], BoxError> {
        Ok([1; StreamId::COUNT as usize])
    }

    async fn raise(&self, _: StreamId, seen: u32) -> Result<u32, BoxError> {
        Err(format!("the log lost events in generation {seen}").into())
    }
}
