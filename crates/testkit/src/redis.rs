//! A real Redis 7.

mod cluster;
mod resp;
mod sentinel;

pub use cluster::RedisCluster;
pub use sentinel::RedisSentinel;

use crate::backing::{self, Backing, DATA, Plan};
use crate::server::{Files, Lease, guard};
use std::io;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::process::Command;

/// The server's name, as `--without` takes it.
const NAME: &str = "redis";
const PROGRAM: &str = "/usr/bin/redis-server";
const MISSING: &str =
    "it is not installed: `cargo xtask test` installs it (apt-get install redis-server)";

/// A running Redis server that keeps nothing on disk: everything that a [`Backing`] has. Killed and
/// started again, it is empty.
pub struct Redis {
    backing: Backing,
    addr: SocketAddr,
}

impl Redis {
    /// Starts a Redis server and waits until it takes commands. `None` if Redis is to be done
    /// without (see [`skip`](crate::skip)).
    ///
    /// # Panics
    /// When it is not installed or does not start; the message says what to do or shows its log.
    pub fn start() -> Option<Self> {
        backing::start(NAME, || Self::with(vec![Lease::new()?], &[]))
    }

    /// Starts a server that takes clients at the first of its ports, with more options.
    fn with(ports: Vec<Lease>, options: &[&str]) -> io::Result<Self> {
        let files = Files::new(NAME)?;
        let data = files.make_folder(DATA)?;
        let mut command = command(&files)?;
        command
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            // The default lets a replica wait for others.
            .args(["--repl-diskless-sync-delay", "0"])
            .arg("--port")
            .arg(ports[0].port().to_string())
            .arg("--dir")
            .arg(data)
            .args(options);
        Self::launch(files, ports, command)
    }

    fn launch(files: Files, ports: Vec<Lease>, command: Command) -> io::Result<Self> {
        let addr = ports[0].addr();
        let plan = Plan {
            files,
            ports,
            command,
            is_ready: Box::new(move || resp::ping(addr)),
        };
        let backing = Backing::launch(NAME, plan)?;
        Ok(Self { backing, addr })
    }

    /// Where it takes clients.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The same as a URL, such as `redis://127.0.0.1:6379`.
    pub fn url(&self) -> String {
        format!("redis://{}", self.addr)
    }
}

/// The command that starts a server.
fn command(files: &Files) -> io::Result<Command> {
    if !Path::new(PROGRAM).exists() {
        return Err(io::Error::other(MISSING));
    }
    Ok(guard::command(files, Path::new(PROGRAM)))
}

impl Deref for Redis {
    type Target = Backing;

    fn deref(&self) -> &Backing {
        &self.backing
    }
}

impl DerefMut for Redis {
    fn deref_mut(&mut self) -> &mut Backing {
        &mut self.backing
    }
}
