//! A real NATS 2.15 with JetStream.

mod cluster;
mod config;

pub use cluster::NatsCluster;

use crate::backing::{self, Backing, DATA, Plan, http};
use crate::server::{Files, Lease, Unpacked, guard};
use config::Settings;
use std::io;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};

/// The server's name, as `--without` takes it.
const NAME: &str = "nats";
/// The program, below the folder of unpacked servers.
const PROGRAM: &str = "2.15.1/nats-server";

/// When a server syncs what it acknowledges: before it does.
const ALWAYS: &str = "always";
/// The same of one that does not wait for its disk: NATS' default.
const NOW_AND_THEN: &str = "2m";

/// A running NATS server with JetStream, where acknowledged means synced to disk: everything that
/// a [`Backing`] has.
pub struct Nats {
    backing: Backing,
    addr: SocketAddr,
    monitor: SocketAddr,
}

impl Nats {
    /// Starts a NATS server; JetStream is ready when this returns. `None` if NATS is to be done
    /// without (see [`skip`](crate::skip)).
    ///
    /// # Panics
    /// When it is not installed or does not start; the message says what to do or shows its log.
    pub fn start() -> Option<Self> {
        backing::start(NAME, || Self::alone(ALWAYS, None, String::new()))
    }

    /// The same, which acknowledges what is not on its disk yet: for measurements of something else than the log.
    ///
    /// # Panics
    /// As [`Nats::start`].
    pub fn that_does_not_wait_for_the_disk() -> Option<Self> {
        backing::start(NAME, || Self::alone(NOW_AND_THEN, None, String::new()))
    }

    /// The same, with at most this many bytes of messages in files: it refuses those that come
    /// then.
    ///
    /// # Panics
    /// As [`Nats::start`].
    pub fn with_max_file_store(bytes: u64) -> Option<Self> {
        backing::start(NAME, || Self::alone(ALWAYS, Some(bytes), String::new()))
    }

    /// The same, which lets in only these users: what stands in a file that `authorization` includes.
    ///
    /// # Panics
    /// As [`Nats::start`].
    pub fn with_users(users: &str) -> Option<Self> {
        backing::start(NAME, || Self::alone(ALWAYS, None, users.to_owned()))
    }

    fn alone(
        sync_interval: &'static str,
        max_file_store: Option<u64>,
        users: String,
    ) -> io::Result<Self> {
        let [client, monitor] = [Lease::new()?, Lease::new()?];
        let settings = Settings {
            client: client.addr(),
            monitor: monitor.addr(),
            sync_interval,
            max_file_store,
            users,
            member: None,
        };
        Self::launch(&settings, vec![client, monitor], "/healthz")
    }

    /// Starts a server, which is ready once its monitoring port answers this path by 200.
    fn launch(settings: &Settings, ports: Vec<Lease>, ready: &'static str) -> io::Result<Self> {
        let program = Unpacked::find(NAME, PROGRAM)?.path(PROGRAM);
        let files = Files::new(NAME)?;
        let config = settings.config(&files.path(DATA));
        let config = files.write("nats.conf", &config)?;
        let mut command = guard::command(&files, &program);
        command.arg("-c").arg(config);
        let (addr, monitor) = (settings.client, settings.monitor);
        let plan = Plan {
            files,
            ports,
            command,
            is_ready: Box::new(move || http::get(monitor, ready).map(drop)),
        };
        Ok(Self {
            backing: Backing::launch(NAME, plan)?,
            addr,
            monitor,
        })
    }

    /// Where it takes clients.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The same as a URL, such as `nats://127.0.0.1:4222`.
    pub fn url(&self) -> String {
        format!("nats://{}", self.addr)
    }

    /// What its monitoring port answers to a path such as `/jsz?streams=1`.
    ///
    /// # Panics
    /// When it does not answer, or with an error.
    pub fn monitor(&self, path: &str) -> serde_json::Value {
        let answer = self.ask(path);
        self.expect(answer, "tell how it is")
    }

    fn ask(&self, path: &str) -> io::Result<serde_json::Value> {
        let answer = http::get(self.monitor, path)?;
        serde_json::from_str(&answer).map_err(io::Error::other)
    }
}

impl Deref for Nats {
    type Target = Backing;

    fn deref(&self) -> &Backing {
        &self.backing
    }
}

impl DerefMut for Nats {
    fn deref_mut(&mut self) -> &mut Backing {
        &mut self.backing
    }
}
