//! Egress: which source address an account's connections have. An account keeps its address, since a provider may bind
//! sessions to it, or count by it (invariant 10).

mod address;

pub use address::SourceAddress;

use pushmail_domain::AccountId;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::Instant;

/// For how long it is remembered in which family a host is dialled first.
const REMEMBERED: Duration = Duration::from_secs(5 * 60);

/// Of no more hosts than this.
const HOSTS: usize = 1024;

/// The addresses that a worker's connections may come from. With none, the system chooses.
#[derive(Debug, Default)]
pub struct Sources {
    /// As mail servers see them.
    addresses: Vec<IpAddr>,
    /// What connections are bound to instead, where that is another address.
    locals: HashMap<IpAddr, IpAddr>,
    /// Whether a host is dialled over IPv6 first, and when that was found out.
    families: Mutex<HashMap<String, (bool, Instant)>>,
}

/// One of the addresses cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{address} cannot be used as a source address: {kind}")]
pub struct SourceError {
    /// Which.
    pub address: SourceAddress,
    /// Why.
    pub kind: SourceErrorKind,
}

/// Why an address cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SourceErrorKind {
    /// The system does not let a socket have it.
    #[error("is it one of this machine's? ({0})")]
    NotOurs(io::Error),
    /// The interface is not there, or has no address of that family.
    #[error("there is no such interface, or it has no address of that family")]
    NoAddress,
}

impl Sources {
    /// These addresses, in any order.
    ///
    /// # Errors
    ///
    /// If one of them is not an address of this machine, or has an interface that is not there.
    pub fn new(addresses: impl IntoIterator<Item = SourceAddress>) -> Result<Self, SourceError> {
        let mut sources = Self::default();
        for address in addresses {
            let local = address.local()?;
            if !sources.addresses.contains(&address.seen) {
                sources.addresses.push(address.seen);
                sources.locals.insert(address.seen, local);
            }
        }
        Ok(sources)
    }

    /// Where the account's connections to an address of this family come from, as mail servers see it; `None` if there is no such
    /// source.
    ///
    /// By rendezvous hashing: where another worker has the same addresses, the account's stays the same; where one is added or
    /// taken away, no more accounts change theirs than have to.
    pub fn of(&self, account: AccountId, ipv6: bool) -> Option<IpAddr> {
        let family = self.addresses.iter().filter(|own| own.is_ipv6() == ipv6);
        family
            .max_by_key(|own| (score(account, **own), **own))
            .copied()
    }

    /// What a connection is bound to that comes from this address.
    pub(super) fn local(&self, seen: IpAddr) -> IpAddr {
        self.locals.get(&seen).copied().unwrap_or(seen)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.addresses.is_empty()
    }

    /// The family of all addresses, if it is the same.
    pub(super) fn only_family(&self) -> Option<bool> {
        let first = self.addresses.first()?.is_ipv6();
        let same = self.addresses.iter().all(|own| own.is_ipv6() == first);
        same.then_some(first)
    }

    /// In which family the host is dialled first, if that was found out lately.
    pub(super) fn family_of(&self, host: &str) -> Option<bool> {
        let families = self.families.lock().unwrap_or_else(PoisonError::into_inner);
        let (ipv6, found) = families.get(host)?;
        (found.elapsed() < REMEMBERED).then_some(*ipv6)
    }

    pub(super) fn remember_family(&self, host: &str, ipv6: bool) {
        let mut families = self.families.lock().unwrap_or_else(PoisonError::into_inner);
        if families.len() >= HOSTS {
            families.clear();
        }
        families.insert(host.to_owned(), (ipv6, Instant::now()));
    }
}

/// Connects, from the source if there is one.
pub(super) async fn connect(source: Option<IpAddr>, target: SocketAddr) -> io::Result<TcpStream> {
    let Some(source) = source else {
        return TcpStream::connect(target).await;
    };
    bound(source)?.connect(target).await
}

/// A socket that is bound to the address, and to a port only when it connects.
fn bound(source: IpAddr) -> io::Result<TcpSocket> {
    let socket = match source.is_ipv6() {
        true => TcpSocket::new_v6()?,
        false => TcpSocket::new_v4()?,
    };
    // Otherwise the port is taken for all hosts, of which one address then had 28,000 connections together (`ip(7)`).
    #[cfg(target_os = "linux")]
    nix::sys::socket::setsockopt(
        &socket,
        nix::sys::socket::sockopt::IpBindAddressNoPort,
        &true,
    )?;
    socket.bind((source, 0).into())?;
    Ok(socket)
}

/// The rank of an address for an account: the same in every process and version.
fn score(account: AccountId, address: IpAddr) -> u64 {
    let own = match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    let mixed = own ^ u128::from_be_bytes(*account.as_bytes());
    let [high, low] = [mixed >> 64, mixed].map(|half| half as u64);
    mix(mix(high) ^ low)
}

/// The finaliser of `SplitMix64`.
const fn mix(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests;
