//! A real NATS 2.15 with JetStream.

mod config;

use crate::backing::{self, Backing, DATA, IsReady, Plan, http};
use crate::server::{Files, Lease, Unpacked, guard};
use std::io;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};

/// The server's name, as `--without` takes it.
const NAME: &str = "nats";
/// The program, below the folder of unpacked servers.
const PROGRAM: &str = "2.15.1/nats-server";

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
        backing::start(NAME, || Self::alone(None))
    }

    /// The same, with at most this many bytes of messages in files: it refuses those that come
    /// then.
    ///
    /// # Panics
    /// As [`Nats::start`].
    pub fn with_max_file_store(bytes: u64) -> Option<Self> {
        backing::start(NAME, || Self::alone(Some(bytes)))
    }

    fn alone(max_file_store: Option<u64>) -> io::Result<Self> {
        let [client, monitor] = [Lease::new()?, Lease::new()?];
        let files = Files::new(NAME)?;
        let config = config::server(&files.path(DATA), &client, &monitor, max_file_store);
        let monitor_addr = monitor.addr();
        let is_ready = Box::new(move || http::get(monitor_addr, "/healthz").map(drop));
        Self::launch(files, [client, monitor], Vec::new(), &config, is_ready)
    }

    fn launch(
        files: Files,
        [client, monitor]: [Lease; 2],
        mut ports: Vec<Lease>,
        config: &str,
        is_ready: IsReady,
    ) -> io::Result<Self> {
        let program = Unpacked::find(NAME, PROGRAM)?.path(PROGRAM);
        let config = files.write("nats.conf", config)?;
        let mut command = guard::command(&files, &program);
        command.arg("-c").arg(config);
        let (addr, monitor_addr) = (client.addr(), monitor.addr());
        ports.extend([client, monitor]);
        let plan = Plan {
            files,
            ports,
            command,
            is_ready,
        };
        Ok(Self {
            backing: Backing::launch(NAME, plan)?,
            addr,
            monitor: monitor_addr,
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

    /// What its monitoring port answers to a path such as `/jsz?streams=1`: JSON.
    ///
    /// # Panics
    /// When it does not answer, or with an error.
    pub fn monitor(&self, path: &str) -> String {
        let answer = http::get(self.monitor, path);
        self.expect(answer, "tell how it is")
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
