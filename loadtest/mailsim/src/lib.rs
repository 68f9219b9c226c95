//! A simulated mail server: real sockets, real TLS, mailboxes in memory.
//!
//! It plays the IMAP server that a [`Profile`] describes: by default `plain`, which has IDLE and
//! little else; `full` with every extension below; Dovecot, Cyrus, Courier; or a provider with its
//! quirks. Profiles are data, `profiles.toml`, and name the source of what they claim.
//!
//! **Protocol.** IMAP4rev1 (RFC 3501) as far as reading, watching and tidying a mailbox needs it,
//! without ENVELOPE, BODYSTRUCTURE and MIME parts. Where the profile has them: IDLE (RFC 2177), ID
//! (RFC 2971), SASL-IR (RFC 4959), LITERAL+ (RFC 7888), passwords or bearer tokens (RFC 7628),
//! NAMESPACE, UNSELECT, UIDPLUS, MOVE, ENABLE, LIST-EXTENDED and LIST-STATUS (RFC 5258, 5819),
//! SPECIAL-USE (RFC 6154), ESEARCH (RFC 4731), CONDSTORE and QRESYNC (RFC 7162), OBJECTID (RFC
//! 8474), NOTIFY (RFC 5465), X-GM-MSGID.
//!
//! **The test's hand.** [`Mailsim::deliver`] and its kin do what a delivery agent and other clients
//! would: mail into any folder, flags, expunges, copies, moves, folders made, renamed and removed,
//! a new UIDVALIDITY. Whoever watches is told at once. [`Mailsim::announcements`] has when each
//! message was first announced, which is where the latency of a push begins.
//!
//! **Faults**, on demand: logins refused in every way, connections that fall silent, BYE, poisoned
//! messages, an IDLE that tells nothing, NOTIFICATIONOVERFLOW, a lost backend.
//!
//! **Manners.** [`Mailsim::logins`] and [`Mailsim::commands`] have what clients did.
//!
//! What depends on time uses tokio's, so that a test can stop it; dates come from the injected
//! clock, chance from a seed.
//!
//! **ActiveSync** besides IMAP, if it is wanted: [`eas`].
//!
//! A connection is a task while something is under way. In IDLE, and when NOTIFY watches, it is parked: a socket, two keys of
//! TLS and what its client was told, less than a kilobyte with its user (`park`). There is one copy of each message, and
//! of the folders of all users whose mailboxes never changed.

pub mod accounts;
pub mod certs;
mod connection;
mod control;
pub mod eas;
mod faults;
mod line;
mod listen;
mod mailbox;
mod message;
mod park;
mod profile;
mod server;
mod session;
mod user;
mod wire;

pub use accounts::{Accounts, Credentials};
pub use faults::{Poison, Refusal, Whose};
pub use mailbox::{Announcement, FIRST_UID, StoredMessage};
pub use message::message;
pub use profile::Profile;
pub use user::{Logins, Visits};

use park::Park;
use pushmail_domain::{Clock, Timestamp};
use server::Server;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The longest command line, literals included, in bytes; a longer one ends the connection.
pub const MAX_COMMAND: usize = 8 * 1024;

/// The longest message that APPEND takes, in bytes; a longer one ends the connection.
pub const MAX_APPEND: usize = 4 * 1024 * 1024;

/// How to run the server.
pub struct Config {
    /// Implicit TLS (as on port 993) if set; else plaintext.
    pub tls: bool,
    /// The certificate to show; `None`: one that is made at the start.
    pub certificate: Option<certs::Issued>,
    /// Who may log in. A mailbox exists from its first login or delivery on.
    pub accounts: Accounts,
    /// Where to listen; port 0 picks a free one. The certificate covers the address.
    pub bind: SocketAddr,
    /// Where INTERNALDATE and the times of announcements come from.
    pub clock: Arc<dyn Clock>,
    /// Which server to play.
    pub profile: Profile,
    /// How often `* OK Still here` is said in IDLE; `None` leaves it to the profile, zero is never.
    pub still_here: Option<Duration>,
    /// What the profile's random times are drawn with: the same seed, the same times.
    pub seed: u64,
    /// At least so many bytes of certificates are shown besides the server's own, as mail providers do.
    pub chain_bytes: usize,
    /// How many commands are remembered per user, for [`Mailsim::commands`], and how many mistakes.
    pub command_log: usize,
    /// Whether ActiveSync is spoken too, and how.
    pub eas: Option<eas::Config>,
}

impl Config {
    /// TLS on a free loopback port; every user exists, with the password `secret`; the profile is
    /// [`Profile::plain`], and the newest 32 commands of each user are remembered. No ActiveSync.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            tls: true,
            certificate: None,
            accounts: Accounts::anyone_with_password("secret"),
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            clock,
            profile: Profile::plain(),
            still_here: None,
            seed: 0,
            chain_bytes: 0,
            command_log: 32,
            eas: None,
        }
    }
}

/// What a delivery did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    /// The message's UID in its folder.
    pub uid: u32,
    /// When it was stored: its INTERNALDATE. Idling clients hear of it right after; the time of
    /// that is in [`Mailsim::announcements`].
    pub delivered_at: Timestamp,
}

/// A running server. Dropping it ends every connection.
pub struct Mailsim {
    server: Arc<Server>,
    addr: SocketAddr,
    eas_addr: Option<SocketAddr>,
    ca_pem: String,
}

impl Mailsim {
    /// Starts a server on the current tokio runtime.
    ///
    /// # Errors
    /// When the address cannot be bound, no certificate can be made, or the given one is none.
    pub async fn start(mut config: Config) -> io::Result<Self> {
        let listener = TcpListener::bind(config.bind).await?;
        let addr = listener.local_addr()?;
        let eas_listener = match &config.eas {
            Some(eas) => Some(TcpListener::bind((addr.ip(), eas.port)).await?),
            None => None,
        };
        let eas_addr = eas_listener
            .as_ref()
            .map(TcpListener::local_addr)
            .transpose()?;
        let (issued, ca_pem) = match config.certificate.take() {
            Some(given) => (given, String::new()),
            None => {
                let authority = certs::Authority::new()?;
                (authority.issue_for(addr.ip())?, authority.pem())
            }
        };
        let tls = match config.tls {
            true => Some(issued.mailsim_config(config.chain_bytes)?),
            false => None,
        };
        let (park, porter) = Park::open()?;
        let stop = CancellationToken::new();
        tokio::spawn(porter.run(stop.clone()));
        let server = Arc::new(Server::new(config, park, stop));
        let imap = listen::accept(
            listener,
            tls.clone(),
            Arc::clone(&server),
            connection::begin,
        );
        tokio::spawn(imap);
        if let Some(listener) = eas_listener {
            let accept = listen::accept(listener, tls, Arc::clone(&server), eas::serve);
            tokio::spawn(accept);
        }
        Ok(Self {
            server,
            addr,
            eas_addr,
            ca_pem,
        })
    }

    /// Where the server listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The test's hand on ActiveSync.
    pub fn eas(&self) -> eas::Hand<'_> {
        eas::Hand::new(&self.server, self.eas_addr)
    }

    /// The certificate, in PEM, of the authority that signed the server's certificate (for
    /// `localhost`, `127.0.0.1` and the address that it is bound to). Made anew at each start; empty if the
    /// certificate was given.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// How many messages the server holds, over all users.
    pub fn total_messages(&self) -> usize {
        self.server.total_messages()
    }

    /// The messages announced since the last call, each once, in the order of their first
    /// announcement: the first EXISTS that counted them, to any connection.
    pub fn announcements(&self) -> Vec<Announcement> {
        self.server.take_announcements()
    }

    /// How many connections are in IDLE now, or wait by a Ping or a Sync of ActiveSync.
    pub fn idling(&self) -> usize {
        *self.server.idling.borrow()
    }

    /// Waits until at least this many connections are in IDLE, or wait by a Ping or a Sync.
    pub async fn wait_idling(&self, connections: usize) {
        let mut idling = self.server.idling.subscribe();
        if idling
            .wait_for(|count| *count >= connections)
            .await
            .is_err()
        {
            // The sender lives in `self.server`, which outlives this borrow.
            std::future::pending::<()>().await;
        }
    }

    /// How many connections wait without a task now: those of which nothing is under way.
    pub fn parked(&self) -> usize {
        self.server.park.parked()
    }

    /// Ends every connection without a goodbye, as a failing network would; new ones are welcome.
    pub fn disconnect_all(&self) {
        self.server.disconnect_all();
    }

    /// Stops listening and ends every connection.
    pub fn shutdown(&self) {
        self.server.stop();
    }
}

impl Drop for Mailsim {
    fn drop(&mut self) {
        self.shutdown();
    }
}
