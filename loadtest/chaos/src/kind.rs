//! The kinds of faults.

use crate::Plant;
use clap::ValueEnum;
use serde::Serialize;

/// What can go wrong with a fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Redis is killed, and comes back empty after a while.
    RedisGone,
    /// Redis is emptied.
    RedisFlushed,
    /// The NATS node that leads streams is killed.
    NatsLeaderLost,
    /// All NATS nodes are killed and start again at once.
    NatsRestarted,
    /// All NATS nodes are away for longer than the dedupe window.
    NatsGone,
    /// All NATS nodes begin again with their data of some time ago.
    NatsRestored,
    /// The streams take no more bytes.
    NatsFull,
    /// The servers take no more bytes in files, as on a full disk. That of the log, the only one that
    /// a fleet's processes need: it is the NATS servers' own limit, since filling a real file system
    /// would meet everything else on the machine.
    DiskFull,
    /// PostgreSQL is away, and meanwhile a watcher is killed and started again.
    PostgresGone,
    /// A watcher stands still for longer than its lease, its last publishes are under way for as
    /// long, and it goes on.
    WatcherFrozen,
    /// A watcher is killed, and what it was publishing is lost on its way.
    WatcherKilled,
    /// A delivery process is killed.
    DeliveryKilled,
    /// A watcher does not reach NATS.
    CutWatcherNats,
    /// A watcher does not reach Redis for longer than its lease, and its last publishes are under way
    /// for as long.
    CutWatcherRedis,
    /// A watcher does not reach PostgreSQL.
    CutWatcherPostgres,
    /// The watchers do not reach the mail server: all of them, since accounts name one address of it.
    CutWatcherMail,
    /// A delivery process does not reach NATS.
    CutDeliveryNats,
    /// The wall clock of a watcher and of a delivery process jumps, by a hook in the build under test:
    /// no namespace of Linux has a wall clock of its own. Servers' clocks do not jump.
    ClockJump,
    /// A NATS node is behind the others when shards are taken through it. It takes long, so that only
    /// the plant asks for it, or `--only`.
    ReplicaBehind,
}

impl Kind {
    /// All that a run has to meet.
    pub(crate) const EVERY: [Self; 18] = [
        Self::RedisGone,
        Self::RedisFlushed,
        Self::NatsLeaderLost,
        Self::NatsRestarted,
        Self::NatsGone,
        Self::NatsRestored,
        Self::NatsFull,
        Self::DiskFull,
        Self::PostgresGone,
        Self::WatcherFrozen,
        Self::WatcherKilled,
        Self::DeliveryKilled,
        Self::CutWatcherNats,
        Self::CutWatcherRedis,
        Self::CutWatcherPostgres,
        Self::CutWatcherMail,
        Self::CutDeliveryNats,
        Self::ClockJump,
    ];

    /// The kind that shows the broken rule.
    pub(crate) const fn that_shows(plant: Plant) -> Self {
        match plant {
            Plant::SkipFence => Self::WatcherFrozen,
            Plant::CursorFirst => Self::WatcherKilled,
            Plant::SkipFold => Self::PostgresGone,
            Plant::StaleReplica => Self::ReplicaBehind,
        }
    }
}
