//! A real PostgreSQL 15.

mod client;
mod config;

use crate::backing::{self, Backing, DATA, Plan};
use crate::server::{Files, Lease, Owner, guard};
use client::Client;
use std::io;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The server's name, as `--without` takes it.
const NAME: &str = "postgres";
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
const MISSING: &str =
    "it is not installed: `cargo xtask test` installs it (apt-get install postgresql-15)";
/// The user who may do everything, without a password, and a database that is always there.
pub(crate) const USER: &str = "postgres";

/// A running PostgreSQL server: everything that a [`Backing`] has.
///
/// What is committed is synced to disk, as in production.
pub struct Postgres {
    backing: Backing,
    addr: SocketAddr,
    databases: AtomicU32,
}

impl Postgres {
    /// Starts a PostgreSQL server and waits until it takes connections. `None` if PostgreSQL is to
    /// be done without (see [`skip`](crate::skip)).
    ///
    /// # Panics
    /// When it is not installed or does not start; the message says what to do or shows its log.
    pub fn start() -> Option<Self> {
        backing::start(NAME, Self::launch)
    }

    /// The one server of this test program, for tests that do it no harm; started at the first
    /// call. `None` as for [`Postgres::start`].
    ///
    /// # Panics
    /// As [`Postgres::start`].
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Postgres>> = OnceLock::new();
        if crate::skip(NAME) {
            return None;
        }
        SHARED.get_or_init(Self::start).as_ref()
    }

    fn launch() -> io::Result<Self> {
        let files = Files::new(NAME)?;
        let port = Lease::new()?;
        let addr = port.addr();
        let data = files.make_folder(DATA)?;
        initialise(files.owner(), &data)?;
        let settings = config::settings(&port);
        let mut conf = std::fs::read_to_string(data.join("postgresql.conf"))?;
        conf.push_str(&settings);
        std::fs::write(data.join("postgresql.conf"), conf)?;

        // Killed, it would leave its System V shared memory behind. SIGQUIT ends it at once.
        let mut words = as_owner(files.owner(), "postgres")?;
        let program = words.remove(0);
        let mut command = guard::command_ending_by("QUIT", &files, &program);
        command.args(words).arg("-D").arg(data);
        let plan = Plan {
            files,
            ports: vec![port],
            command,
            is_ready: Box::new(move || Client::connect(addr).map(drop)),
        };
        Ok(Self {
            backing: Backing::launch(NAME, plan)?,
            addr,
            databases: AtomicU32::new(0),
        })
    }

    /// Where it takes connections.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Makes an empty database. Its URL, such as `postgres://postgres@127.0.0.1:5432/test1`, is
    /// that of a user who may do everything.
    ///
    /// # Panics
    /// When the server does not make it.
    pub fn database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed) + 1;
        let name = format!("test{number}");
        self.execute(&[&format!("CREATE DATABASE {name}")]);
        format!("postgres://{USER}@{}/{name}", self.addr)
    }

    /// Has it answer before its disk does, from here on: for measurements of something else.
    ///
    /// # Panics
    /// When the server does not.
    pub fn do_not_wait_for_the_disk(&self) {
        self.execute(&["ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"]);
    }

    /// Runs statements, whose rows are ignored, in the database that is always there.
    ///
    /// # Panics
    /// When the server refuses one.
    pub(crate) fn execute(&self, statements: &[&str]) {
        let done = Client::connect(self.addr).and_then(|mut client| {
            let mut statements = statements.iter();
            statements.try_for_each(|statement| client.execute(statement))
        });
        self.expect(done, &format!("run {statements:?}"));
    }
}

/// Makes the files of a server that trusts whoever connects.
fn initialise(owner: &Owner, data: &Path) -> io::Result<()> {
    let words = as_owner(owner, "initdb")?;
    let output = Command::new(&words[0])
        .args(&words[1..])
        .args(["--username", USER, "--auth", "trust"])
        .args(["--encoding", "UTF8", "--locale", "C"])
        // What this leaves unsynced matters only if the machine fails.
        .args(["--no-sync", "--no-instructions", "--pgdata"])
        .arg(data)
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(io::Error::other(errors))
}

/// The words of a command that runs a program of PostgreSQL, which refuses to be root.
fn as_owner(owner: &Owner, program: &str) -> io::Result<Vec<PathBuf>> {
    let program = Path::new(PROGRAMS).join(program);
    if !program.exists() {
        return Err(io::Error::other(MISSING));
    }
    let words = owner.words().into_iter().map(PathBuf::from);
    Ok(words.chain([program]).collect())
}

impl Deref for Postgres {
    type Target = Backing;

    fn deref(&self) -> &Backing {
        &self.backing
    }
}

impl DerefMut for Postgres {
    fn deref_mut(&mut self) -> &mut Backing {
        &mut self.backing
    }
}
