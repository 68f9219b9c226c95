//! A source address, as the settings say it.

use super::{SourceError, SourceErrorKind};
use serde::Deserialize;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr, UdpSocket};
use std::str::FromStr;

/// An address by which mail servers see a process. Written as `ADDRESS`, which is one of this machine's, or as `ADDRESS@INTERFACE`: then
/// connections leave by that network interface, and something behind it translates them to the address.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct SourceAddress {
    /// The address, as mail servers see it. Accounts keep it, and budgets count by it: it has to be the same in all processes.
    pub seen: IpAddr,
    /// By which interface connections leave; none: the address is this machine's own.
    pub interface: Option<String>,
}

impl SourceAddress {
    /// The address of this machine that connections are bound to.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub(super) fn local(&self) -> Result<IpAddr, SourceError> {
        let failed = |kind| SourceError {
            address: self.clone(),
            kind,
        };
        let local = match &self.interface {
            None => self.seen,
            Some(interface) => of_interface(interface, self.seen.is_ipv6())
                .ok_or_else(|| failed(SourceErrorKind::NoAddress))?,
        };
        match UdpSocket::bind((local, 0)) {
            Ok(_) => Ok(local),
            Err(error) => Err(failed(SourceErrorKind::NotOurs(error))),
        }
    }
}

/// The interface's first address of the family that is of use beyond it.
#[cfg(target_os = "linux")]
fn of_interface(interface: &str, ipv6: bool) -> Option<IpAddr> {
    let all = nix::ifaddrs::getifaddrs().ok()?;
    let own = all.filter(|one| one.interface_name == interface);
    let addresses = own.filter_map(|one| {
        let address = one.address?;
        let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
        let v6 = address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip()));
        v4.or(v6)
    });
    let mut usable =
        addresses.filter(|address| address.is_ipv6() == ipv6 && !is_link_local(address));
    usable.next()
}

#[cfg(not(target_os = "linux"))]
fn of_interface(_: &str, _: bool) -> Option<IpAddr> {
    None
}

fn is_link_local(address: &IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if Ipv6Addr::is_unicast_link_local(v6))
}

impl FromStr for SourceAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (seen, interface) = match text.split_once('@') {
            Some((_, "")) => return Err(format!("{text:?} names no interface after the @")),
            Some((seen, interface)) => (seen, Some(interface.to_owned())),
            None => (text, None),
        };
        let parsed = seen.parse();
        let seen = parsed.map_err(|_| {
            format!("{seen:?} is no IP address, such as 192.0.2.1 or 192.0.2.1@eth1")
        })?;
        Ok(Self { seen, interface })
    }
}

impl TryFrom<String> for SourceAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for SourceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.interface {
            Some(interface) => write!(f, "{}@{interface}", self.seen),
            None => self.seen.fmt(f),
        }
    }
}
