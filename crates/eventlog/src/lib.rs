//! The event log: what was announced, durably and in order.
//!
//! [`EventLog`] is the port; [`TenantLog`] adds reading by tenant. An adapter implements both and
//! passes the suite in [`contract`].
//! [`codec`] turns events into the bytes that every adapter stores.

pub mod codec;
pub mod contract;
pub mod error;
mod live;
mod tenant;

pub use error::{AppendError, AppendErrorKind, ReadError, TakeError};
pub use live::{Follow, Fresh, Live, Tail};
pub use tenant::{TenantLog, TenantPage};

use async_trait::async_trait;
use pushmail_domain::{
    AccountId, Epoch, Event, EventId, Position, Shard, StreamId, TenantId, Timestamp, WorkerId,
};

/// An event that the log has acknowledged: it is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The event.
    pub event: Event,
    /// Where it stands; the generation is its stream's at the time of reading.
    pub position: Position,
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
    /// The shard's epoch before; `None` if nobody took it in this generation. Fences do not expire:
    /// if it is below an epoch that the registry has seen, the log lost acknowledged records.
    pub before: Option<Epoch>,
    /// The sequence of the shard's last event at the moment of taking; 0 if it has none. Nobody
    /// else's event can come after it (invariant 1: fold up to exactly this).
    pub last_sequence: u64,
    /// The highest sequence that the shard's stream ever gave out. Purging and expiry do not lower
    /// it; if it is below a checkpoint's, the log lost acknowledged events (invariant 3).
    pub stream_last: u64,
}

/// A durable, fenced, ordered log of events.
///
/// Acknowledged means fsynced. Sequences rise within a stream (`Shard::stream`).
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Takes a shard: every epoch given out for it before is stale from here on (invariant 3).
    async fn take(&self, shard: Shard, worker: WorkerId) -> Result<Taken, TakeError>;

    /// Raises the stream's generation above `seen`, unless it is above already, and returns what
    /// stands: every epoch given out for the stream's shards in generations before is stale from
    /// here on. For when the stream lost acknowledged events (invariant 3). Durable once this
    /// returns. A log whose streams share one store may raise the others with it.
    async fn raise_generation(&self, stream: StreamId, seen: u32) -> Result<u32, TakeError>;

    /// Whose record has this sequence in the stream; `None` if none has: it expired, was purged, or
    /// was never given out. Read where it cannot be stale. What was acknowledged with this sequence
    /// to the owner of one shard and is another's now is lost (invariant 3).
    async fn shard_at(&self, stream: StreamId, sequence: u64) -> Result<Option<Shard>, ReadError>;

    /// The shard's newest epoch; `None` if nobody took it in this generation. Read where it cannot
    /// be stale: so an owner learns that it is none any more (invariant 4).
    async fn fence(&self, shard: Shard) -> Result<Option<Epoch>, ReadError>;

    /// Appends events of one shard, all or none, in order. 1 to 100 events.
    ///
    /// Returns once they are durable. An event whose id was stored within the dedupe window is not
    /// stored again; its first position is returned. Where some ids of several were, a log may store
    /// the others one by one: then a crash, or the loss of the shard, leaves the first of them stored.
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

    /// A live subscription, of no shard so far.
    async fn live(&self) -> Result<Tail, ReadError>;

    /// The stream's generation, as far as is known here: rises when acknowledged events were lost
    /// (invariant 3).
    fn generation(&self, stream: StreamId) -> u32;

    /// Events older than this may be gone.
    fn retained_since(&self) -> Timestamp;

    /// Removes every event of the account, or, with `below`, those with a lower sequence. Where there are replicas, a
    /// read may give what was removed a moment ago.
    async fn purge_account(
        &self,
        tenant: TenantId,
        account: AccountId,
        below: Option<u64>,
    ) -> Result<(), ReadError>;
}
