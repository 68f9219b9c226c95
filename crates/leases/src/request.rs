//! What a worker tells the table.

use crate::Version;
use pushmail_domain::{Shard, Timestamp, WorkerId};

/// A worker as the others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Which worker; fresh at each start of a process.
    pub worker: WorkerId,
    /// The name of its host or pod, for people.
    pub name: String,
    /// Its share of the shards, relative to the others'; at least 1.
    pub capacity: u32,
    /// Whether it gives its shards away and takes none.
    pub draining: bool,
    /// When the process started.
    pub started_at: Timestamp,
}

/// What a worker says and wants, in one call. See [`Leases::beat`](crate::Leases::beat).
#[derive(Debug, Clone, Copy)]
pub struct Beat<'a> {
    /// The caller.
    pub member: &'a Member,
    /// What it works for, and means to keep.
    pub held: &'a [Shard],
    /// What it would take if it is free.
    pub claims: &'a [Shard],
    /// What it gives away. It stopped writing for these before.
    pub releases: &'a [Release],
    /// Where the caller's view stands: the answer gives only what changed since. The default asks
    /// for everything.
    pub known: Version,
}

/// A shard given away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    /// Which.
    pub shard: Shard,
    /// Who gets it, if it is a member; `None` leaves it free.
    pub successor: Option<WorkerId>,
}
