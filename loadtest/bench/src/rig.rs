//! A fleet as it is deployed: real servers, and the gateway's roles as processes of their own.

pub(crate) mod arrivals;
pub(crate) mod devices;
pub(crate) mod operator;
pub(crate) mod process;

use crate::generations::First;
use anyhow::Context as _;
use process::Process;
use pushmail_eventlog_nats::{Config, NatsLog};
use pushmail_registry_sql::{ServerOptions, SqlRegistry};
use pushmail_runtime::SystemClock;
use pushmail_seal::MasterKey;
use pushmail_testkit::{Nats, Postgres, Redis};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::block_in_place;

/// Nothing that is waited for here takes so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at what nobody announces.
pub(crate) const LOOK: Duration = Duration::from_millis(50);
/// 32 bytes of 7, in base64.
const MASTER_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
/// How long a worker that is not heard keeps its shards: short, and with heartbeats far more often, so
/// that what a takeover takes after it can be told.
pub(crate) const LEASE_TTL: Duration = Duration::from_secs(6);
/// How many accounts of the one tenant a watcher connects at the same time.
pub(crate) const CONNECTING: usize = 64;

/// The control process' connections to PostgreSQL: it registers many accounts.
const REGISTERING: usize = 24;

/// Mail servers, providers and tenants are not spared here: what is measured is the gateway.
const UNSPARING: &str = "[upstream.budget]\nlogins_per_account = 100000\nlogins_per_provider = 1000000\n\
     provider_login_every = \"10us\"\n";
/// Nothing is traced, and only what is wrong is written.
const QUIET: &str = "[telemetry]\nsample_ratio = 0.0\n[log]\nfilter = \"warn\"\n";

/// Starts the gateway as one process, without the servers of a fleet, and waits until it is ready. The certificates of mail
/// servers are signed by `ca_pem`; `extra` are further settings.
pub(crate) fn serve(program: &Path, ca_pem: &str, extra: &str) -> anyhow::Result<Process> {
    let settings = format!(
        "{UNSPARING}logins_per_tenant = 1000000\ntenant_login_every = \"10us\"\n\
         [watcher]\nconnecting = {}\n{QUIET}{extra}",
        4 * CONNECTING
    );
    let started = block_in_place(|| {
        let as_role = ("serve", "/readyz");
        Process::start(as_role, "serve", program, Some(ca_pem), &settings)
    });
    started.context("the gateway does not start")
}

/// What depends on how many watchers there are, and on what is done to them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) lease_ttl: Duration,
    pub(crate) beat_interval: Duration,
    /// How many accounts of the one tenant a watcher connects at the same time.
    pub(crate) connecting: usize,
    /// A watcher's connections to PostgreSQL.
    pub(crate) database_connections: usize,
    /// Logins of the one tenant in a second, by all watchers together; `None`: as many as they can.
    pub(crate) logins: Option<u32>,
}

impl Pace {
    /// Of few watchers, that are killed.
    const FEW: Self = Self {
        lease_ttl: LEASE_TTL,
        beat_interval: Duration::from_millis(500),
        connecting: CONNECTING,
        database_connections: 8,
        logins: None,
    };

    /// Of this many watchers that nobody kills, on a machine that they may keep busy: leases last as long as by default, all
    /// watchers together connect as many accounts as four do, and PostgreSQL has connections for all.
    pub(crate) fn of(watchers: usize) -> Self {
        let watchers = watchers.max(1);
        Self {
            lease_ttl: Duration::from_secs(15),
            beat_interval: Duration::from_secs(1),
            connecting: (4 * CONNECTING / watchers).clamp(8, CONNECTING),
            database_connections: (120 / watchers).clamp(2, 8),
            logins: None,
        }
    }

    /// How many logins may come at once, and the microseconds for each further one.
    fn tenant_logins(&self) -> (u32, u32) {
        match self.logins {
            None => (1_000_000, 10),
            Some(logins) => (logins.max(1), 1_000_000 / logins.max(1)),
        }
    }
}

/// The servers, and what the processes have in common.
pub(crate) struct Rig {
    program: PathBuf,
    /// What signed the mail server's certificate, in PEM, if there is one.
    ca_pem: Option<String>,
    pub(crate) nats: Nats,
    redis: Redis,
    postgres: Postgres,
    /// The URL of the registry's database.
    registry: String,
    pace: Pace,
    /// Settings besides those of all rigs.
    extra: String,
}

impl Rig {
    /// Starts the servers. The certificate of the mail server, if there is one, is signed by `ca_pem`.
    pub(crate) fn start(program: PathBuf, ca_pem: Option<&str>) -> anyhow::Result<Self> {
        Self::on(Nats::start, program, ca_pem)
    }

    /// The same, whose event log does not wait for its disk.
    pub(crate) fn with_hasty_log(program: PathBuf, ca_pem: Option<&str>) -> anyhow::Result<Self> {
        Self::on(Nats::that_does_not_wait_for_the_disk, program, ca_pem)
    }

    fn on(
        nats: fn() -> Option<Nats>,
        program: PathBuf,
        ca_pem: Option<&str>,
    ) -> anyhow::Result<Self> {
        let left_out = "a server is left out by the environment";
        let (nats, redis, postgres) = block_in_place(|| {
            let (nats, redis) = (nats(), Redis::start());
            (nats, redis, Postgres::start())
        });
        let postgres = postgres.context(left_out)?;
        Ok(Self {
            program,
            ca_pem: ca_pem.map(str::to_owned),
            nats: nats.context(left_out)?,
            redis: redis.context(left_out)?,
            registry: block_in_place(|| postgres.database()),
            postgres,
            pace: Pace::FEW,
            extra: String::new(),
        })
    }

    /// The same rig, whose processes have these settings more.
    pub(crate) fn with_settings(mut self, extra: &str) -> Self {
        extra.clone_into(&mut self.extra);
        self
    }

    /// The same rig, whose registry does not wait for its disk: registrations come one after the other, and are not what
    /// is measured.
    pub(crate) fn with_hasty_registry(self) -> Self {
        block_in_place(|| self.postgres.do_not_wait_for_the_disk());
        self
    }

    /// The same rig, at this pace.
    pub(crate) const fn with_pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Starts a process of this name, and waits until it is ready. `capacity`: its share of the shards, if
    /// it is a watcher.
    pub(crate) fn process(
        &self,
        role: &'static str,
        name: &str,
        capacity: u32,
    ) -> anyhow::Result<Process> {
        self.launch(
            (role, "/readyz"),
            name,
            &self.settings(role, name, capacity),
        )
    }

    /// Starts a process of this name with settings of its own besides, and waits until it is ready.
    pub(crate) fn process_with(
        &self,
        role: &'static str,
        name: &str,
        extra: &str,
    ) -> anyhow::Result<Process> {
        let settings = self.settings(role, name, 1) + extra;
        self.launch((role, "/readyz"), name, &settings)
    }

    /// Starts a watcher of this name, and does not wait until it owns shards: with many mailboxes that takes minutes.
    pub(crate) fn watcher(&self, name: &str) -> anyhow::Result<Process> {
        let settings = self.settings("watcher", name, 1);
        self.launch(("watcher", "/livez"), name, &settings)
    }

    fn launch(
        &self,
        (role, page): (&'static str, &'static str),
        name: &str,
        settings: &str,
    ) -> anyhow::Result<Process> {
        let started = block_in_place(|| {
            let ca_pem = self.ca_pem.as_deref();
            Process::start((role, page), name, &self.program, ca_pem, settings)
        });
        started.with_context(|| format!("{name} does not start"))
    }

    fn settings(&self, role: &str, name: &str, capacity: u32) -> String {
        let pace = &self.pace;
        let (logins, login_every) = pace.tenant_logins();
        let connections = match role {
            "control" => REGISTERING,
            _ => pace.database_connections,
        };
        let ttl = pace.lease_ttl.as_millis();
        format!(
            "{UNSPARING}logins_per_tenant = {logins}\ntenant_login_every = \"{login_every}us\"\n\
             [watcher]\nconnecting = {}\n\
             [watcher.fleet]\nname = \"{name}\"\ncapacity = {capacity}\nbeat_interval = \"{}ms\"\n\
             [registry]\nurl = \"{}\"\nconnections = {}\n\
             [eventlog.nats]\nservers = [\"{}\"]\nreplicas = 1\n\
             [leases]\nurl = \"{}\"\nttl = \"{ttl}ms\"\nsettle = \"{}ms\"\n\
             {QUIET}{}",
            4 * pace.connecting,
            pace.beat_interval.as_millis(),
            self.registry,
            connections,
            self.nats.url(),
            self.redis.url(),
            ttl + 500,
            self.extra,
        )
    }

    /// Has Redis forget all leases: for some seconds nobody takes shards then, so that watchers that start within these share
    /// them at once.
    pub(crate) fn forget_leases(&mut self) {
        block_in_place(|| {
            self.redis.kill();
            self.redis.start_again();
        });
    }

    /// The event log, as a watcher would open it.
    pub(crate) async fn log(&self) -> anyhow::Result<Arc<NatsLog>> {
        let config = Config::new([self.nats.url()]);
        let log = NatsLog::open(config, Arc::new(First), Arc::new(SystemClock));
        Ok(Arc::new(log.await?))
    }

    /// The registry, and the key that opens the tenants' keys in it.
    pub(crate) async fn registry(&self) -> anyhow::Result<(SqlRegistry, MasterKey)> {
        let registry = SqlRegistry::connect(&self.registry, &ServerOptions::default()).await?;
        Ok((registry, MasterKey::from_base64(MASTER_KEY)?))
    }
}
