//! A real SOGo 5 with Exchange ActiveSync, and what it needs: a Dovecot, a PostgreSQL, a memcached.

mod config;
mod dav;
mod memcached;

pub use config::Settings;
pub use dav::Entry;

use crate::backing::{self, Backing, DATA, Plan, http};
use crate::server::{Files, Lease, namespace};
use crate::{Dovecot, Postgres, skip};
use std::io;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::OnceLock;

/// The server's name, as `--without` takes it.
const NAME: &str = "sogo";
const PROGRAM: &str = "/usr/sbin/sogod";
const MISSING: &str = "it is not installed: `cargo xtask test` installs it (apt-get install \
                       sogo sogo-activesync memcached)";
/// The only place where it looks for its configuration.
const CONFIG: &str = "/etc/sogo";
/// Where it speaks ActiveSync.
const PATH: &str = "/SOGo/Microsoft-Server-ActiveSync";

/// A running SOGo: everything that a [`Backing`] has. Killed and started again, it has what it had:
/// its mail is in a Dovecot and the rest in a PostgreSQL, which are its own and stay.
///
/// Its users are `user1@tenant1.test` to `user100@tenant20.test`, each with the password
/// [`PASSWORD`](crate::server::PASSWORD). Have a mailbox [primed](Self::prime) before its first
/// synchronisation.
pub struct Sogo {
    backing: Backing,
    addr: SocketAddr,
    // Dropped after the server has ended: what it needs.
    _memcached: Backing,
    _postgres: Postgres,
    dovecot: Dovecot,
}

impl Sogo {
    /// Starts a SOGo and waits until it answers ActiveSync. `None` if it, or a server that it needs,
    /// is to be done without (see [`skip`]).
    ///
    /// # Panics
    /// When it is not installed or does not start; the message says what to do or shows its log.
    pub fn start(settings: Settings) -> Option<Self> {
        if is_left_out() {
            return None;
        }
        let postgres = Postgres::start()?;
        backing::start(NAME, || Self::launch(settings, postgres))
    }

    /// The one SOGo of this test program, with the usual settings, for tests that do it no harm: each
    /// with a user of its own. Started at the first call. `None` as for [`Sogo::start`].
    ///
    /// # Panics
    /// As [`Sogo::start`].
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Sogo>> = OnceLock::new();
        if is_left_out() {
            return None;
        }
        SHARED
            .get_or_init(|| Self::start(Settings::default()))
            .as_ref()
    }

    fn launch(settings: Settings, postgres: Postgres) -> io::Result<Self> {
        if !Path::new(PROGRAM).exists() {
            return Err(io::Error::other(MISSING));
        }
        postgres.do_not_wait_for_the_disk();
        postgres.execute(&[&config::users()]);
        let dovecot = Dovecot::start();
        let files = Files::new(NAME)?;
        let (memcached, cache) = memcached::launch()?;
        let port = Lease::new()?;
        let addr = port.addr();
        files.make_folder("etc")?;
        let needs = config::Needs {
            listen: addr,
            database: postgres.addr(),
            cache,
            imap: dovecot.imap_addr(),
            spool: files.make_folder(DATA)?,
        };
        files.write("etc/sogo.conf", &config::text(settings, &needs))?;
        let mut command = namespace::with_own_folder(&files, "etc", CONFIG, &[]);
        command
            .args(files.owner().words())
            .arg(PROGRAM)
            .args(["-WOUseWatchDog", "YES"])
            .args(["-WONoDetach", "YES"])
            .args(["-WOLogFile", "-"])
            .arg("-WOPidFile")
            .arg(files.make_folder("run")?.join("pid"));
        let plan = Plan {
            files,
            ports: vec![port],
            command,
            is_ready: Box::new(move || ask_options(addr)),
        };
        Ok(Self {
            backing: Backing::launch(NAME, plan)?,
            addr,
            _memcached: memcached,
            _postgres: postgres,
            dovecot,
        })
    }

    /// Where it takes connections, without TLS.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where it speaks ActiveSync, as a URL.
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.addr)
    }

    /// Where its mail is: what is done there, it tells its clients.
    pub fn mail(&self) -> &Dovecot {
        &self.dovecot
    }

    /// Kills it and starts it again, with the same data.
    ///
    /// # Panics
    /// When it does not end or does not start.
    pub fn restart(&mut self) {
        self.kill();
        self.start_again();
    }

    /// Makes the folders that SOGo would make, and has Dovecot count changes in all folders of the
    /// user from here on. Until a client asks for that, Dovecot does not, SOGo never asks before it
    /// needs it, and no new mail is ever told. Folders that are made later have to be primed too.
    ///
    /// # Panics
    /// When Dovecot refuses.
    pub fn prime(&self, user: &str) {
        let mut client = self.dovecot.login(user);
        let there = client.folders();
        for folder in config::FOLDERS {
            if !there.iter().any(|name| name == folder) {
                client.create(folder);
            }
        }
        let enabled = client.command("ENABLE CONDSTORE");
        self.expect(enabled, "have changes counted");
        for folder in client.folders() {
            client.examine(&folder);
        }
        client.logout();
    }
}

/// Whether it, or a server that it needs, is to be done without.
fn is_left_out() -> bool {
    ["dovecot", "postgres", NAME].into_iter().any(skip)
}

/// Whether it answers OPTIONS, which takes its database and its mail server.
fn ask_options(addr: SocketAddr) -> io::Result<()> {
    let headers = dav::authorization("user1@tenant1.test");
    http::ask(addr, "OPTIONS", PATH, &headers, "").map(drop)
}

impl Deref for Sogo {
    type Target = Backing;

    fn deref(&self) -> &Backing {
        &self.backing
    }
}

impl DerefMut for Sogo {
    fn deref_mut(&mut self) -> &mut Backing {
        &mut self.backing
    }
}
