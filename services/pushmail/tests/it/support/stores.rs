//! What the processes of a fleet share: real servers, new for each test but PostgreSQL.

use pushmail_testkit::proxy::Mode;
use pushmail_testkit::{Nats, Postgres, Proxy, Redis};
use std::net::SocketAddr;
use tokio::process::Command;

/// Names the shape in which every gateway of the tests runs: `fleet`, or on one machine.
const SHAPE: &str = "PUSHMAIL_TEST_SHAPE";

const USERS: &str = include_str!("../../../../../charts/pushmail/files/nats-users.conf");
/// The users' password.
const PASSWORD: &str = "password-of-the-role";

/// A NATS server, a Redis, and a database.
pub(crate) struct Stores {
    pub(crate) nats: Nats,
    pub(crate) redis: Redis,
    database: String,
    /// Whether NATS has a user for each role.
    users: bool,
}

impl Stores {
    /// Starts them; `None` if one of them is to be done without.
    pub(crate) fn start() -> Option<Self> {
        Self::with(Nats::start()?, false)
    }

    /// The same, with the users of the chart at NATS.
    pub(crate) fn with_users() -> Option<Self> {
        let mut users = USERS.to_owned();
        for variable in ["$NATS_CONTROL", "$NATS_DELIVERY", "$NATS_WATCHER"] {
            users = users.replace(variable, PASSWORD);
        }
        Self::with(Nats::with_users(&users)?, true)
    }

    fn with(nats: Nats, users: bool) -> Option<Self> {
        Some(Self {
            database: Postgres::shared()?.database(),
            nats,
            redis: Redis::start()?,
            users,
        })
    }

    /// Those of a gateway, if gateways run as a fleet of one each.
    pub(super) fn of_shape() -> Option<Self> {
        let fleet = std::env::var(SHAPE).is_ok_and(|shape| shape == "fleet");
        fleet.then(|| Self::start().expect("a fleet's servers are not left out"))
    }

    /// Ways to event log and leases that can be cut.
    pub(crate) async fn ways(&self) -> Ways {
        Ways {
            log: Proxy::start(vec![self.nats.addr()]).await,
            leases: Proxy::start(vec![self.redis.addr()]).await,
        }
    }

    /// The settings that name them to this role, in times that a test can wait for. `addrs` are those of event log and
    /// leases; `None`: their own.
    pub(crate) fn page(&self, role: &str, addrs: Option<[SocketAddr; 2]>) -> String {
        let user = match self.users {
            true => format!("user = \"{role}\"\npassword = \"{PASSWORD}\"\n"),
            false => String::new(),
        };
        let [nats, redis] = addrs.unwrap_or([self.nats.addr(), self.redis.addr()]);
        format!(
            "[registry]\nurl = \"{}\"\nconnections = 4\n\
             [eventlog.nats]\nservers = [\"nats://{nats}\"]\nreplicas = 1\n{user}\
             [leases]\nurl = \"redis://{redis}\"\nttl = \"3s\"\nsettle = \"100ms\"\n\
             [watcher.fleet]\nbeat_interval = \"500ms\"\nfence_interval = \"500ms\"\n\
             isolated_after = \"4s\"\n",
            self.database,
        )
    }
}

/// What a process goes by to event log and leases, if it is not to go straight.
pub(crate) struct Ways {
    log: Proxy,
    leases: Proxy,
}

impl Ways {
    /// What happens on them from now on.
    pub(crate) fn set(&self, mode: Mode) {
        self.log.set(mode);
        self.leases.set(mode);
    }

    /// Where they begin: that to the event log, that to the leases.
    pub(crate) fn addrs(&self) -> [SocketAddr; 2] {
        [self.log.addr(), self.leases.addr()]
    }
}

/// Gives the process the fleet's master key.
pub(crate) fn share_key(command: &mut Command) {
    // 32 bytes of 7, in base64.
    let key = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
    command.env("PUSHMAIL_MASTER_KEY", key);
}
