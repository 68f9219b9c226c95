//! Making connections to upstreams.

mod connection;
mod sockets;

pub use connection::Connection;
pub use sockets::SocketConfig;

use crate::egress::EgressGuard;
use crate::resolve::{Resolve, SystemResolver};
use connection::Peer;
use pushmail_domain::{Endpoint, Fault, FaultKind, Security};
use rustls::ClientConfig;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// More addresses than this of one host are not tried.
const MAX_ADDRESSES: usize = 8;

/// How long each step of making a connection may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// From the name to its addresses.
    pub resolve: Duration,
    /// From the addresses to a TCP connection; all addresses share it.
    pub connect: Duration,
    /// From the TCP connection to TLS.
    pub handshake: Duration,
}

impl Default for Timeouts {
    /// 10 s, 20 s and 20 s.
    fn default() -> Self {
        Self {
            resolve: Duration::from_secs(10),
            connect: Duration::from_secs(20),
            handshake: Duration::from_secs(20),
        }
    }
}

/// Makes connections to upstreams, under the egress guard.
#[derive(Clone)]
pub struct Dialer {
    guard: EgressGuard,
    tls: Arc<ClientConfig>,
    resolver: Arc<dyn Resolve>,
    timeouts: Timeouts,
    sockets: SocketConfig,
}

impl std::fmt::Debug for Dialer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dialer")
            .field("guard", &self.guard)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

impl Dialer {
    /// A dialer that asks `guard` about every address, resolves by the operating system, and trusts
    /// whom `tls` trusts (see [`client_config`](crate::tls::client_config)).
    pub fn new(guard: EgressGuard, tls: Arc<ClientConfig>) -> Self {
        Self {
            guard,
            tls,
            resolver: Arc::new(SystemResolver),
            timeouts: Timeouts::default(),
            sockets: SocketConfig::default(),
        }
    }

    /// The same dialer with another resolver.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Arc<dyn Resolve>) -> Self {
        self.resolver = resolver;
        self
    }

    /// The same dialer with other timeouts.
    #[must_use]
    pub const fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// The same dialer with other rules for silent connections.
    #[must_use]
    pub const fn with_sockets(mut self, sockets: SocketConfig) -> Self {
        self.sockets = sockets;
        self
    }

    /// Connects. With [`Security::Tls`] TLS is up; otherwise the connection is in the clear, and for
    /// [`Security::StartTls`] waits for [`Connection::start_tls`].
    ///
    /// # Errors
    ///
    /// - [`FaultKind::UnknownHost`]: the name does not resolve.
    /// - [`FaultKind::EgressDenied`]: the guard denies every address.
    /// - [`FaultKind::PlaintextRefused`]: [`Security::Plaintext`] to another machine.
    /// - [`FaultKind::Unreachable`]: no address took the connection in time.
    /// - [`FaultKind::BadCertificate`], [`FaultKind::Tls`], [`FaultKind::Timeout`]: TLS did not come up.
    pub async fn connect(&self, endpoint: &Endpoint) -> Result<Connection, Fault> {
        let addresses = self.permitted(endpoint).await?;
        let stream = self.reach(endpoint, &addresses).await?;
        self.sockets
            .apply(&stream)
            .map_err(|error| unreachable(endpoint, error))?;
        let connection = Connection::plain(
            stream,
            Peer {
                endpoint: endpoint.clone(),
                tls: self.tls.clone(),
                handshake: self.timeouts.handshake,
            },
        );
        match endpoint.security {
            Security::Tls => connection.start_tls().await,
            Security::StartTls | Security::Plaintext => Ok(connection),
        }
    }

    /// The addresses of `host`; never empty. The guard is not asked.
    ///
    /// # Errors
    ///
    /// [`FaultKind::UnknownHost`] if there are none, or not in time.
    pub async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, Fault> {
        if let Ok(address) = host.parse() {
            return Ok(vec![address]);
        }
        let unknown = |why: &str| {
            Fault::new(
                FaultKind::UnknownHost,
                format!("the server {host} cannot be found ({why}): check its name"),
            )
        };
        match timeout(self.timeouts.resolve, self.resolver.addresses(host)).await {
            Ok(Ok(addresses)) if addresses.is_empty() => Err(unknown("it has no address")),
            Ok(Ok(addresses)) => Ok(addresses),
            Ok(Err(error)) => Err(unknown("the name does not resolve").caused_by(error)),
            Err(elapsed) => Err(unknown("no answer from DNS").caused_by(elapsed)),
        }
    }

    /// The addresses that may be dialled, in the order to try them; never empty.
    async fn permitted(&self, endpoint: &Endpoint) -> Result<Vec<IpAddr>, Fault> {
        let mut addresses = self.resolve(&endpoint.host).await?;
        if endpoint.security == Security::Plaintext {
            addresses.retain(|address| address.to_canonical().is_loopback());
            if addresses.is_empty() {
                return Err(plaintext_refused(endpoint));
            }
        }
        let mut denied = None;
        addresses.retain(|address| match self.guard.check(&endpoint.host, *address) {
            Ok(()) => true,
            Err(fault) => {
                denied.get_or_insert(fault);
                false
            }
        });
        match denied {
            Some(fault) if addresses.is_empty() => Err(fault),
            _ => Ok(interleave(&addresses)),
        }
    }

    /// Tries the addresses in turn; each gets an equal share of the time that is left (RFC 8305 without
    /// its races).
    async fn reach(&self, endpoint: &Endpoint, addresses: &[IpAddr]) -> Result<TcpStream, Fault> {
        let deadline = Instant::now() + self.timeouts.connect;
        let mut last = io::Error::from(io::ErrorKind::TimedOut);
        for (address, left) in addresses.iter().zip((1..=addresses.len()).rev()) {
            let remaining = deadline.saturating_duration_since(Instant::now());
            let share = remaining / u32::try_from(left).unwrap_or(u32::MAX);
            match timeout(share, TcpStream::connect((*address, endpoint.port))).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => last = error,
                Err(_elapsed) => last = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(unreachable(endpoint, last))
    }
}

/// IPv6 and IPv4 in turns, IPv6 first, each in its own order (RFC 8305, section 4); at most
/// [`MAX_ADDRESSES`].
fn interleave(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let mut six = addresses.iter().filter(|address| address.is_ipv6());
    let mut four = addresses.iter().filter(|address| address.is_ipv4());
    let mut out = Vec::with_capacity(addresses.len().min(MAX_ADDRESSES));
    while out.len() < MAX_ADDRESSES {
        let pair = [six.next(), four.next()];
        if pair == [None, None] {
            break;
        }
        out.extend(pair.into_iter().flatten());
    }
    out.truncate(MAX_ADDRESSES);
    out
}

fn plaintext_refused(endpoint: &Endpoint) -> Fault {
    Fault::new(
        FaultKind::PlaintextRefused,
        format!(
            "{endpoint} is another machine, and plaintext would show the password to the network: use imaps:// (TLS) or imap:// (STARTTLS)"
        ),
    )
}

fn unreachable(endpoint: &Endpoint, error: io::Error) -> Fault {
    let why = match error.kind() {
        io::ErrorKind::ConnectionRefused => "the connection was refused".to_owned(),
        io::ErrorKind::TimedOut => "no answer in time".to_owned(),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
            "there is no route to it".to_owned()
        }
        _ => error.to_string(),
    };
    Fault::new(
        FaultKind::Unreachable,
        format!("{endpoint} cannot be reached: {why}; check host and port, and that the network allows it"),
    )
    .caused_by(error)
}

#[cfg(test)]
mod tests;
