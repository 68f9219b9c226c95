//! The live tail: events as they become durable.

use crate::{ReadError, Stored};
use async_trait::async_trait;
use futures::stream::BoxStream;
use pushmail_domain::Shard;
use std::sync::Arc;

/// An event that became durable just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fresh {
    /// The event.
    pub stored: Arc<Stored>,
    /// The sequence of the same account's event before it; 0 if the log held none when it was
    /// appended (it is the account's first, or all before it had expired). Who has an older one
    /// than this missed something.
    pub previous: u64,
}

/// What a live subscription gives.
#[derive(Debug, Clone)]
pub enum Live {
    /// An event, right after it became durable. Events of one account come in log order.
    Event(Fresh),
    /// Events were dropped, because the subscriber was slow or the way to the log was cut: compare
    /// and read what is missing. What was dropped may be told late, and not at all if nothing
    /// comes after it.
    Lagged,
}

/// A live subscription. It ends with its stream, whoever holds `follow`.
pub struct Tail {
    /// Says which shards are meant.
    pub follow: Arc<dyn Follow>,
    /// Their events.
    pub live: BoxStream<'static, Live>,
}

/// Which shards a live subscription follows.
#[async_trait]
pub trait Follow: Send + Sync {
    /// Follows the shard too: every event of it that becomes durable after this returns is given;
    /// one that did shortly before may be. Nothing changes if it is followed already.
    async fn add(&self, shard: Shard) -> Result<(), ReadError>;

    /// Follows the shard no more; what is under way may still come.
    async fn remove(&self, shard: Shard) -> Result<(), ReadError>;
}
