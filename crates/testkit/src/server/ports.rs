//! Ports that no other server of these tests, and no connection, gets.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

/// Below the ports that Linux gives to connections (32,768 and up, unless configured otherwise).
const FIRST: u32 = 20_000;
const COUNT: u32 = 12_000;
/// Programs of a machine have ids that differ, so they start to look at different ports.
const SPREAD: u32 = 61;

/// The next port to look at, of this program.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A port of 127.0.0.1 that is ours as long as this lives.
pub(crate) struct Lease {
    port: u16,
    /// Whoever else looks for a port finds it taken, by this listener on another loopback address.
    /// A lock that ends with the program, however that ends.
    _held: TcpListener,
}

/// The ports of a mail server, all on 127.0.0.1.
pub(crate) struct Ports {
    pub(crate) imap: Lease,
    pub(crate) imaps: Lease,
    pub(crate) lmtp: Lease,
}

impl Lease {
    pub(crate) fn new() -> io::Result<Self> {
        let start = std::process::id().wrapping_mul(SPREAD);
        for _ in 0..COUNT {
            let step = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
            let port = u16::try_from(FIRST + step % COUNT).map_err(io::Error::other)?;
            if let Ok(held) = listen([127, 0, 0, 2], port)
                && listen([127, 0, 0, 1], port).is_ok()
            {
                return Ok(Self { port, _held: held });
            }
        }
        Err(io::Error::other("no port is free"))
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

fn listen(address: [u8; 4], port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((address, port)))
}

impl Ports {
    pub(super) fn lease() -> io::Result<Self> {
        Ok(Self {
            imap: Lease::new()?,
            imaps: Lease::new()?,
            lmtp: Lease::new()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leased_port_is_not_leased_again() {
        let leases: Vec<Lease> = (0..50).map(|_| Lease::new().unwrap()).collect();
        let ports: std::collections::BTreeSet<u16> = leases.iter().map(Lease::port).collect();
        assert_eq!(ports.len(), leases.len());
        for lease in &leases {
            assert!(listen([127, 0, 0, 2], lease.port).is_err());
        }
    }
}
