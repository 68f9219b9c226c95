//! The worker's place in the fleet: which shards are leased to it, and its heartbeats.
//!
//! Two tasks share `Leased`: the keeper (`keeper`) beats, and says what is leased and what has to
//! go; the owner (`crate::owner`) takes and stops shards, and says what it has stopped. So a slow
//! take never delays a heartbeat. Nor do accounts, since the keeper has a runtime of its own; it beats only as long as
//! theirs gets on (`progress`).

pub mod assignment;
mod keeper;
mod leased;
pub mod pace;
mod progress;
mod watchdog;

pub(crate) use keeper::keep;
pub(crate) use leased::{Lease, Leased, Leases};
pub(crate) use progress::{Progress, keep_progressing};

use serde::Deserialize;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore};

/// How many shards are taken at the same time.
const TAKING: usize = 64;
/// How many shards are handed over at the same time.
const HANDING_OVER: usize = 4;

/// The worker as a member of a fleet.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FleetConfig {
    /// The worker's name for people; empty: the host's.
    pub name: String,
    /// The worker's share of the shards, relative to the others'; at least 1.
    pub capacity: u32,
    /// A heartbeat is sent at least this often: a third of the leases' TTL at most.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub beat_interval: Duration,
    /// With the leases out of reach, the fences are looked at this often.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub fence_interval: Duration,
    /// With leases and event log out of reach for this long, connections are closed: somebody else
    /// may have them. If nothing but heartbeats got on in this process for as long, they stop, so that others take over.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub isolated_after: Duration,
    /// In a drain, shards are handed over for at most this long.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub hand_over_within: Duration,
}

impl Default for FleetConfig {
    fn default() -> Self {
        Self {
            name: String::new(),
            capacity: 1,
            beat_interval: Duration::from_secs(5),
            fence_interval: Duration::from_secs(5),
            isolated_after: Duration::from_secs(60),
            hand_over_within: Duration::from_secs(15),
        }
    }
}

/// What of a worker's shards happens one after the other, or a few at a time.
pub(crate) struct Turns {
    /// Held by who takes a shard.
    pub(crate) taking: Semaphore,
    /// Held by who hands one over.
    pub(crate) handing_over: Semaphore,
    /// Held by who raises a generation.
    pub(crate) raising: Mutex<()>,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            taking: Semaphore::new(TAKING),
            handing_over: Semaphore::new(HANDING_OVER),
            raising: Mutex::new(()),
        }
    }
}
