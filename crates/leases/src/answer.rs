//! What the table tells.

use crate::Member;
use pushmail_domain::{Shard, WorkerId};
use std::time::Duration;

/// Where a view of the table stands. The default is that of a worker that knows nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Version {
    /// Which table: another one after a flush, or after a failover to another server. 0 is that of a
    /// table on which nobody has beaten yet.
    pub incarnation: u64,
    /// How many changes of members or owners it has seen; a renewed heartbeat is none.
    pub change: u64,
}

/// The answer to a beat, as of its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beaten {
    /// Where the caller's view stands once it took in this answer.
    pub version: Version,
    /// Whether this is everything, since what the caller knew is of another table or too old. If so,
    /// workers that `members` does not list are none, and shards that `owners` does not list are free.
    pub whole: bool,
    /// The members that came, went (`None`) or changed since `known`, the caller too, by id.
    pub members: Vec<(WorkerId, Option<Member>)>,
    /// The owners that changed since `known`, by shard; `None` is free. A held shard that another
    /// member owns is always listed.
    pub owners: Vec<(Shard, Option<WorkerId>)>,
    /// How long until the next of the other members is removed if it does not beat; `None` without
    /// others.
    pub next_expiry: Option<Duration>,
    /// For how much longer claims are refused, since the table is new; zero normally.
    pub settling: Duration,
}

/// A member, and how fresh it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The member.
    pub member: Member,
    /// How long until it is removed if it does not beat.
    pub expires_in: Duration,
}

/// The whole table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Where it stands.
    pub version: Version,
    /// All members, by id.
    pub members: Vec<Seen>,
    /// The shards that have an owner, in order.
    pub owners: Vec<(Shard, WorkerId)>,
    /// For how much longer claims are refused.
    pub settling: Duration,
}
