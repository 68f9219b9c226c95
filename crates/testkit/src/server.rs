//! A real IMAP server, for one test: what all kinds of them have in common.
//!
//! Dovecot is installed; Cyrus and Courier are unpacked into `$PUSHMAIL_SERVERS`, by default
//! `/var/cache/pushmail/servers` for root and `~/.cache/pushmail/servers` for others. `cargo xtask
//! test` does both.

mod cache;
mod delivery;
mod files;
pub(crate) mod guard;
mod lmtp;
mod logins;
pub(crate) mod namespace;
mod owner;
mod ports;
mod unpacked;

pub(crate) use delivery::{Delivery, Maildirs};
pub(crate) use files::Files;
pub(crate) use guard::Guarded;
pub(crate) use logins::{Logins, accepts};
pub(crate) use owner::Owner;
pub(crate) use ports::{Lease, Ports};
pub(crate) use unpacked::Unpacked;

use crate::imap_client::Client;
use crate::{WITHOUT_VARIABLE, courier, cyrus, dovecot, skip};
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The password of every account.
pub const PASSWORD: &str = "secret";

/// Which server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Dovecot 2.3: CONDSTORE, QRESYNC, NOTIFY.
    Dovecot,
    /// Cyrus IMAP 3.6: CONDSTORE, QRESYNC, no NOTIFY.
    Cyrus,
    /// Courier IMAP 5: none of these; MOVE is missing too, and every folder lies below INBOX. It
    /// takes its time: 2 s for RENAME and DELETE, 5 s for a login that is refused.
    Courier,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Dovecot, Self::Cyrus, Self::Courier];

    /// The name that `--without` takes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dovecot => "dovecot",
            Self::Cyrus => "cyrus",
            Self::Courier => "courier",
        }
    }

    /// Starts one; `None` if this kind is to be done without (see [`skip`]).
    ///
    /// # Panics
    /// When it is not installed or does not start; the message says what to do or shows its log.
    pub fn start(self) -> Option<MailServer> {
        (!skip(self.name())).then(|| MailServer::start(self))
    }
}

/// A running server with its own configuration, mail and certificate in a temporary folder.
///
/// Every `userN@tenantM.test` exists, with the password [`PASSWORD`] and an empty INBOX. Dropping
/// this ends the server and removes its mail. It also ends with the test program, however that
/// ends.
pub struct MailServer {
    kind: Kind,
    delivery: Delivery,
    /// Taken when the server is to end.
    guard: Option<Guarded>,
    ca_pem: String,
    // Dropped after the server has ended: its answers to logins, its ports and its folder.
    _logins: Option<Logins>,
    ports: Ports,
    files: Files,
}

/// How a server of some kind is started, once its folder is filled.
pub(crate) struct Launch {
    /// Runs in the foreground, and its children stay in its process group or end with it.
    pub(crate) command: Command,
    pub(crate) delivery: Delivery,
    pub(crate) logins: Option<Logins>,
    /// A socket that a part of it makes by itself: until then it is not ready, whatever its ports do.
    pub(crate) socket: Option<PathBuf>,
}

impl MailServer {
    /// Starts a server and waits until it takes connections.
    pub(crate) fn start(kind: Kind) -> Self {
        let name = kind.name();
        Self::attempt(kind).unwrap_or_else(|error| {
            panic!("{name} did not start ({WITHOUT_VARIABLE}={name} leaves its tests out): {error}")
        })
    }

    fn attempt(kind: Kind) -> io::Result<Self> {
        raise_inotify_limits();
        let files = Files::new(kind.name())?;
        let ca_pem = files.write_certificate()?;
        let ports = Ports::lease()?;
        let mut launch = match kind {
            Kind::Dovecot => dovecot::prepare(&files, &ports),
            Kind::Cyrus => cyrus::prepare(&files, &ports),
            Kind::Courier => courier::prepare(&files, &ports),
        }?;
        let guard = Guarded::start(&mut launch.command, &files.output())?;
        let socket = launch.socket;
        let mut server = Self {
            kind,
            delivery: launch.delivery,
            guard: Some(guard),
            ca_pem,
            _logins: launch.logins,
            ports,
            files,
        };
        server.wait_ready(socket.as_deref())?;
        Ok(server)
    }

    /// Which server it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its IMAP port: plaintext, and STARTTLS except at Courier.
    pub fn imap_addr(&self) -> SocketAddr {
        self.ports.imap.addr()
    }

    /// Its IMAP port with implicit TLS.
    pub fn imaps_addr(&self) -> SocketAddr {
        self.ports.imaps.addr()
    }

    /// The certificate, in PEM, of the authority that signed its certificate (for `localhost` and
    /// `127.0.0.1`).
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Delivers a message to the user's INBOX; it is there when this returns.
    ///
    /// # Panics
    /// When the server does not take it.
    pub fn deliver(&self, user: &str, raw: &[u8]) {
        self.delivery
            .deliver(user, raw)
            .unwrap_or_else(|error| self.fail(&format!("did not take a mail for {user}"), &error));
    }

    /// What the user's INBOX holds: UIDs and Message-IDs with their angle brackets, in UID order.
    ///
    /// # Panics
    /// When the server does not tell.
    pub fn messages(&self, user: &str) -> Vec<(u32, String)> {
        let listed = Client::login(self.imap_addr(), user).and_then(|mut client| {
            client.command("EXAMINE INBOX")?;
            client.try_messages()
        });
        listed
            .unwrap_or_else(|error| self.fail(&format!("did not list the mail of {user}"), &error))
    }

    /// A session in which the user is logged in, over plaintext.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn login(&self, user: &str) -> Client {
        Client::login(self.imap_addr(), user)
            .unwrap_or_else(|error| self.fail(&format!("did not let {user} in"), &error))
    }

    /// The name at this server of a folder given as `A/B`; it need not exist.
    pub fn folder(&self, path: &str) -> String {
        match self.kind {
            Kind::Dovecot | Kind::Cyrus => path.to_owned(),
            Kind::Courier if path.eq_ignore_ascii_case("INBOX") => path.to_owned(),
            Kind::Courier => format!("INBOX.{}", path.replace('/', ".")),
        }
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        let output = std::fs::read_to_string(self.files.output()).unwrap_or_default();
        let more = match self.kind {
            Kind::Dovecot => dovecot::log(self.files.folder()),
            Kind::Cyrus => cyrus::log(self.files.folder()),
            Kind::Courier => String::new(),
        };
        output + &more
    }

    fn fail(&self, what: &str, error: &io::Error) -> ! {
        panic!("{} {what}: {error}\n{}", self.kind.name(), self.log())
    }

    /// Whether this holds for all addresses where it listens.
    fn everywhere(&self, holds: impl Fn(SocketAddr) -> bool) -> bool {
        let Ports { imap, imaps, lmtp } = &self.ports;
        let lmtp = (self.kind != Kind::Courier).then_some(lmtp);
        let ports = [Some(imap), Some(imaps), lmtp];
        ports.into_iter().flatten().all(|port| holds(port.addr()))
    }

    fn wait_ready(&mut self, socket: Option<&Path>) -> io::Result<()> {
        for _ in 0..1_000 {
            let has_socket = socket.is_none_or(Path::exists);
            if has_socket && self.everywhere(|addr| TcpStream::connect(addr).is_ok()) {
                return Ok(());
            }
            if let Some(guard) = &mut self.guard
                && guard.has_ended()?
            {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err(io::Error::other(self.log()))
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        drop(self.guard.take());
        for _ in 0..2_000 {
            // The processes were killed together, but each closes its sockets in its own time.
            if self.everywhere(|addr| TcpStream::connect(addr).is_err()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        eprintln!("{} did not end", self.kind.name());
    }
}

/// Each idling IMAP process takes one inotify instance, and the kernel's default is 128 a user.
/// Without the right to raise it, only tests with more connections than that are harmed.
fn raise_inotify_limits() {
    for (name, wanted) in [("instances", 65_536_u32), ("watches", 1_048_576)] {
        let path = format!("/proc/sys/fs/inotify/max_user_{name}");
        let now = std::fs::read_to_string(&path).ok();
        let now: Option<u32> = now.and_then(|text| text.trim().parse().ok());
        if now.is_some_and(|now| now < wanted)
            && let Err(error) = std::fs::write(&path, wanted.to_string())
        {
            eprintln!("cannot raise {path} to {wanted}: {error}");
        }
    }
}
