//! Making connections to upstreams.

mod connection;
mod line;
mod peers;
mod sockets;
mod sources;

pub use connection::Connection;
pub use line::Line;
pub(crate) use line::Parked;
pub use sockets::SocketConfig;
pub use sources::{SourceAddress, SourceError, SourceErrorKind, Sources};

use crate::egress::EgressGuard;
use crate::resolve::{Resolve, SystemResolver};
use peers::{Peer, Peers};
use pushmail_domain::{AccountId, Endpoint, Fault, FaultKind, Security};
use rustls::ClientConfig;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// More addresses than this of one host are not tried.
const MAX_ADDRESSES: usize = 8;

/// From where, if that is not the system's choice, and to where.
type Way = (Option<IpAddr>, IpAddr);

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
    sources: Arc<Sources>,
    peers: Arc<Peers>,
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
            sources: Arc::default(),
            peers: Arc::default(),
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
    pub fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        // The others have the timeouts from before.
        self.peers = Arc::default();
        self
    }

    /// The same dialer with other rules for silent connections.
    #[must_use]
    pub const fn with_sockets(mut self, sockets: SocketConfig) -> Self {
        self.sockets = sockets;
        self
    }

    /// The same dialer with source addresses for accounts.
    #[must_use]
    pub fn with_sources(mut self, sources: Arc<Sources>) -> Self {
        self.sources = sources;
        self
    }

    /// Connects from wherever the system chooses: not for an account. With [`Security::Tls`] TLS is up; otherwise the
    /// connection is in the clear, and for [`Security::StartTls`] waits for [`Connection::start_tls`].
    ///
    /// # Errors
    ///
    /// - [`FaultKind::UnknownHost`]: the name does not resolve.
    /// - [`FaultKind::EgressDenied`]: the guard denies every address.
    /// - [`FaultKind::PlaintextRefused`]: [`Security::Plaintext`] to another machine.
    /// - [`FaultKind::Unreachable`]: no address took the connection in time.
    /// - [`FaultKind::BadCertificate`], [`FaultKind::Tls`], [`FaultKind::Timeout`]: TLS did not come up.
    pub async fn connect(&self, endpoint: &Endpoint) -> Result<Connection, Fault> {
        let ways = self.ways(endpoint).await?;
        self.connect_by(endpoint, ways).await
    }

    /// The same for the lot.
    ///
    /// # Errors
    ///
    /// As [`Dialer::connect`].
    pub async fn line(&self, endpoint: &Endpoint) -> Result<Line, Fault> {
        let ways = self.ways(endpoint).await?;
        self.line_by(endpoint, ways).await
    }

    /// Connects from the account's source address, as [`Dialer::connect`] does otherwise. A server that cannot be reached in one
    /// family is tried in the other, from the account's address there; an address for which there is no source is not
    /// dialled.
    ///
    /// # Errors
    ///
    /// As [`Dialer::connect`]; and [`FaultKind::EgressDenied`] if the server has addresses only of a family in which there
    /// is no source.
    pub async fn connect_for(
        &self,
        account: AccountId,
        endpoint: &Endpoint,
    ) -> Result<Connection, Fault> {
        let ways = self.ways_of(account, endpoint).await?;
        self.connect_by(endpoint, ways).await
    }

    /// The same for the lot.
    ///
    /// # Errors
    ///
    /// As [`Dialer::connect_for`].
    pub async fn line_for(&self, account: AccountId, endpoint: &Endpoint) -> Result<Line, Fault> {
        let ways = self.ways_of(account, endpoint).await?;
        self.line_by(endpoint, ways).await
    }

    /// The source address, as mail servers see it, from which [`Dialer::connect_for`] tries the account's host first; `None` where the
    /// system chooses. Which family that is may be remembered for 5 minutes.
    ///
    /// # Errors
    ///
    /// [`FaultKind::UnknownHost`] if that depends on the host's addresses and there are none.
    pub async fn source(&self, account: AccountId, host: &str) -> Result<Option<IpAddr>, Fault> {
        if self.sources.is_empty() {
            return Ok(None);
        }
        let known = self.sources.only_family();
        if let Some(ipv6) = known.or_else(|| self.sources.family_of(host)) {
            return Ok(self.sources.of(account, ipv6));
        }
        let addresses = self.resolve(host).await?;
        let ipv6 = addresses.iter().any(IpAddr::is_ipv6);
        self.sources.remember_family(host, ipv6);
        Ok(self.sources.of(account, ipv6))
    }

    async fn ways(&self, endpoint: &Endpoint) -> Result<Vec<Way>, Fault> {
        let addresses = self.permitted(endpoint).await?;
        let ways = addresses.into_iter().map(|address| (None, address));
        Ok(ways.collect())
    }

    async fn ways_of(&self, account: AccountId, endpoint: &Endpoint) -> Result<Vec<Way>, Fault> {
        if self.sources.is_empty() {
            return self.ways(endpoint).await;
        }
        let addresses = self.permitted(endpoint).await?;
        let way = |address: IpAddr| {
            let source = self.sources.of(account, address.is_ipv6())?;
            Some((Some(self.sources.local(source)), address))
        };
        let ways: Vec<Way> = addresses.into_iter().filter_map(way).collect();
        match ways.is_empty() {
            true => Err(no_source(endpoint)),
            false => Ok(ways),
        }
    }

    async fn connect_by(&self, endpoint: &Endpoint, ways: Vec<Way>) -> Result<Connection, Fault> {
        let stream = self.stream(endpoint, &ways).await?;
        let connection = Connection::plain(stream, self.peer(endpoint));
        match endpoint.security {
            Security::Tls => connection.start_tls().await,
            Security::StartTls | Security::Plaintext => Ok(connection),
        }
    }

    async fn line_by(&self, endpoint: &Endpoint, ways: Vec<Way>) -> Result<Line, Fault> {
        let stream = self.stream(endpoint, &ways).await?;
        let peer = self.peer(endpoint);
        match endpoint.security {
            Security::Tls => Line::secured(stream, peer).await,
            Security::StartTls | Security::Plaintext => Line::plain(stream, peer),
        }
    }

    async fn stream(&self, endpoint: &Endpoint, ways: &[Way]) -> Result<TcpStream, Fault> {
        let stream = self.reach(endpoint, ways).await?;
        let applied = self.sockets.apply(&stream);
        applied.map_err(|error| unreachable(endpoint, error))?;
        Ok(stream)
    }

    fn peer(&self, endpoint: &Endpoint) -> Arc<Peer> {
        self.peers.at(endpoint, || Peer {
            endpoint: endpoint.clone(),
            tls: self.tls.clone(),
            handshake: self.timeouts.handshake,
        })
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

    /// Tries the ways in turn; each gets an equal share of the time that is left (RFC 8305 without
    /// its races).
    async fn reach(&self, endpoint: &Endpoint, ways: &[Way]) -> Result<TcpStream, Fault> {
        let deadline = Instant::now() + self.timeouts.connect;
        let mut last = io::Error::from(io::ErrorKind::TimedOut);
        for ((source, address), left) in ways.iter().zip((1..=ways.len()).rev()) {
            let remaining = deadline.saturating_duration_since(Instant::now());
            let share = remaining / u32::try_from(left).unwrap_or(u32::MAX);
            let target = (*address, endpoint.port).into();
            match timeout(share, sources::connect(*source, target)).await {
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

fn no_source(endpoint: &Endpoint) -> Fault {
    Fault::new(
        FaultKind::EgressDenied,
        format!(
            "{endpoint} has no address of the family of upstream.egress: add one of this machine's addresses of the other family there"
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
