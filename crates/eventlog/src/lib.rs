//! The event log: what was announced, durably and in order.
//!
//! [`EventLog`] is the port; [`TenantLog`] adds reading by tenant. An adapter implements both and
//! passes the suite in [`contract`].
//! [`codec`] turns events into the bytes that every adapter stores.

pub mod codec;
pub mod contract;
pub mod error;
mod tenant;

pub use error::{AppendError, AppendErrorKind, ReadError, TakeError};
pub use tenant::{TenantLog, TenantPage};

use async_trait::async_trait;
use futures::stream::BoxStream;
use pushmail_domain::{
    AccountId, Epoch, Event, EventId, Position, Shard, TenantId, Timestamp, WorkerId,
};
use std::sync::Arc;

/// An event that the log has acknowledged: it is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The event.
    pub event: Event,
    /// Where it stands; the generation is the log's at the time of reading.
    pub position: Position,
    /// The sequence of the same account's event before it; 0 if the log held none when it was
    /// appended (it is the account's first, or all before it had expired).
    pub previous: u64,
    /// When the log took it.
    pub stored_at: Timestamp,
}

/// What became of one event of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Where the event stands.
    pub position: Position,
    /// Whether it had been stored before, within the dedupe window.
    pub duplicate: bool,
}

/// What a taker of a shard needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The right to write, until somebody takes the shard again.
    pub epoch: Epoch,
    /// The sequence of the shard's last event at the moment of taking; 0 if it has none. Nobody
    /// else's event can come after it (invariant 1: fold up to exactly this).
    pub last_sequence: u64,
    /// The highest sequence that the shard's stream ever gave out. Purging and expiry do not lower
    /// it; if it is below a checkpoint's, the log lost acknowledged events (invariant 3).
    pub stream_last: u64,
}

/// What a live subscription gives.
#[derive(Debug, Clone)]
pub enum Live {
    /// An event, right after it became durable. Events of one account come in log order.
    Event(Arc<Stored>),
    /// Events were dropped because the subscriber was slow: compare and read what is missing.
    Lagged,
}

/// A durable, fenced, ordered log of events.
///
/// Acknowledged means fsynced. Sequences rise within a stream (`Shard::stream`).
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Takes a shard: every epoch given out for it before is stale from here on (invariant 3).
    async fn take(&self, shard: Shard, worker: WorkerId) -> Result<Taken, TakeError>;

    /// Starts a new generation and returns it: every epoch given out before, for any shard, is
    /// stale from here on. For when the log lost acknowledged events (invariant 3): a checkpoint is
    /// ahead of it. Durable once this returns.
    async fn raise_generation(&self) -> Result<u32, TakeError>;

    /// Appends events of one shard, all or none, in order. 1 to 100 events.
    ///
    /// Returns once they are durable. An event whose id was stored within the dedupe window is not
    /// stored again; its first position is returned.
    async fn append(
        &self,
        shard: Shard,
        epoch: Epoch,
        events: Vec<Event>,
    ) -> Result<Vec<Appended>, AppendError>;

    /// The shard's events with a sequence above `after` and up to `through`, oldest first, at most `limit`.
    async fn read_shard(
        &self,
        shard: Shard,
        after: u64,
        through: u64,
        limit: usize,
    ) -> Result<Vec<Stored>, ReadError>;

    /// The account's events with a sequence above `after`, oldest first, at most `limit`.
    async fn read_account(
        &self,
        tenant: TenantId,
        account: AccountId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Stored>, ReadError>;

    /// The account's newest event, read where it cannot be stale.
    async fn last_of_account(
        &self,
        tenant: TenantId,
        account: AccountId,
    ) -> Result<Option<Stored>, ReadError>;

    /// The newest `limit` events of the account, oldest first.
    async fn newest_of_account(
        &self,
        tenant: TenantId,
        account: AccountId,
        limit: usize,
    ) -> Result<Vec<Stored>, ReadError>;

    /// The ids that are stored more than once, each as often as it has surplus records: an id
    /// stored three times is given twice. For checkers; reads the whole log.
    async fn surplus_records(&self) -> Result<Vec<EventId>, ReadError>;

    /// All events that become durable from now on, of all shards. The subscription is in place
    /// when this returns.
    async fn live(&self) -> Result<BoxStream<'static, Live>, ReadError>;

    /// The log's generation: rises when acknowledged events were lost (invariant 3).
    fn generation(&self) -> u32;

    /// Events older than this may be gone.
    fn retained_since(&self) -> Timestamp;

    /// Removes every event of the account.
    async fn purge_account(&self, tenant: TenantId, account: AccountId) -> Result<(), ReadError>;
}
