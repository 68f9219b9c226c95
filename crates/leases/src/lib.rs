//! The leases: which worker should own which shard.
//!
//! Liveness only (invariants 3 and 4). That two workers never write for one shard is the event log's
//! doing, by its fence; a lost, flushed or lying table costs work, never mail.
//!
//! The whole fleet is one table of members and owners. A lease has no time of its own: it lives as
//! long as its owner's heartbeat, so that renewing costs the same whatever the number of shards. One
//! call, [`Leases::beat`], does everything a worker does regularly. An adapter implements [`Leases`]
//! and passes the suite in [`contract`].

mod answer;
pub mod contract;
mod error;
mod known;
mod request;

pub use answer::{Beaten, Seen, Version, View};
pub use error::LeaseError;
pub use known::Known;
pub use request::{Beat, Member, Release};

use async_trait::async_trait;
use futures::stream::BoxStream;
use pushmail_domain::WorkerId;
use std::time::Duration;

/// The table of the fleet's members and of the shards' owners.
///
/// # Lost tables
///
/// A table that begins empty, is flushed, or is carried on by another server has a new incarnation
/// ([`Version`]). It then *settles* for a time that the adapter's configuration gives: claims are
/// refused, held shards are not. So owners that live get their shards back before anybody else can
/// take them, and nobody is disconnected. Nothing can tell a first start from a flush: the first
/// worker of an installation waits that time too.
///
/// # Silence
///
/// From one beat, of anybody, to the next the table's time goes on by a third of the TTL at most.
/// When nobody at all was heard for longer, it was the table that was out of reach, not all workers
/// that died: those who beat again within a third of the TTL find their shards as they were. So a
/// worker beats three times per TTL or more often.
#[async_trait]
pub trait Leases: Send + Sync {
    /// One beat, atomic. In this order:
    ///
    /// 1. The caller's heartbeat: it is a member until [`ttl`](Self::ttl) from now, by the table's
    ///    own clock. A worker that was removed is a member again.
    /// 2. Members whose time ran out are removed; their shards become free.
    /// 3. `held`: what is free becomes the caller's, also while the table settles. What another
    ///    member owns stays that one's, and `owners` says so.
    /// 4. `releases`: a shard of the caller's becomes the successor's if that is a member, else
    ///    free. Others' shards are untouched.
    /// 5. `claims`: what is free becomes the caller's, unless the table settles.
    ///
    /// What the caller owns and does not name stays its own. After an error nothing is known: the
    /// beat may have been done or not. It may be repeated.
    async fn beat(&self, beat: Beat<'_>) -> Result<Beaten, LeaseError>;

    /// Removes the worker; its shards become free at once. One that is no member is no error.
    async fn leave(&self, worker: WorkerId) -> Result<(), LeaseError>;

    /// Asks a worker to drain: it is woken, and each of its beats is answered with
    /// [`drain`](Beaten::drain) for as long as it is a member. Whether it is one.
    async fn drain(&self, worker: WorkerId) -> Result<bool, LeaseError>;

    /// The table as it stands, for operators. Changes nothing, and so removes nobody: a member whose
    /// time ran out is listed with nothing left until somebody beats.
    async fn view(&self) -> Result<View, LeaseError>;

    /// Rings when another worker handed a shard to this one, or shards became free: then a beat
    /// finds something. The subscription is in place when this returns; the stream does not end.
    ///
    /// A hint: it may ring for nothing, several reasons may ring once, and while the table is out of
    /// reach it misses some. It rings once when it is back.
    async fn wakes(&self, worker: WorkerId) -> Result<BoxStream<'static, ()>, LeaseError>;

    /// For how long a heartbeat lasts.
    fn ttl(&self) -> Duration;
}
