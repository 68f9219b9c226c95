//! What the processes of a fleet share: real servers, new for each test but PostgreSQL.

use pushmail_testkit::{Nats, Postgres, Redis};
use tokio::process::Command;

/// Names the shape in which every gateway of the tests runs: `fleet`, or on one machine.
const SHAPE: &str = "PUSHMAIL_TEST_SHAPE";

/// A NATS server, a Redis, and a database.
pub(crate) struct Stores {
    pub(crate) nats: Nats,
    pub(crate) redis: Redis,
    database: String,
}

impl Stores {
    /// Starts them; `None` if one of them is to be done without.
    pub(crate) fn start() -> Option<Self> {
        Some(Self {
            database: Postgres::shared()?.database(),
            nats: Nats::start()?,
            redis: Redis::start()?,
        })
    }

    /// Those of a gateway, if gateways run as a fleet of one each.
    pub(super) fn of_shape() -> Option<Self> {
        let fleet = std::env::var(SHAPE).is_ok_and(|shape| shape == "fleet");
        fleet.then(|| Self::start().expect("a fleet's servers are not left out"))
    }

    /// The settings that name them, in times that a test can wait for.
    pub(crate) fn page(&self) -> String {
        format!(
            "[registry]\nurl = \"{}\"\nconnections = 4\n\
             [eventlog.nats]\nservers = [\"{}\"]\nreplicas = 1\n\
             [leases]\nurl = \"{}\"\nttl = \"3s\"\nsettle = \"100ms\"\n\
             [watcher.fleet]\nbeat_interval = \"500ms\"\nfence_interval = \"500ms\"\n",
            self.database,
            self.nats.url(),
            self.redis.url(),
        )
    }
}

/// Gives the process the fleet's master key.
pub(crate) fn share_key(command: &mut Command) {
    // 32 bytes of 7, in base64.
    let key = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
    command.env("PUSHMAIL_MASTER_KEY", key);
}
