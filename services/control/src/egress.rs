//! Looks at an account's host before the account is made, as far as that goes without resolving it.
//!
//! Names are resolved, and their addresses checked, at every connection; this check gives the
//! operator an answer at once where the host says its address itself.

use pushmail_domain::Fault;
use pushmail_upstream::egress::EgressGuard;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses that the host itself says: an address literal, or `localhost` (RFC 6761, section
/// 6.3). Empty for every other name.
pub(crate) fn literal_addresses(host: &str) -> Vec<IpAddr> {
    if let Ok(address) = host.parse() {
        return vec![address];
    }
    if host == "localhost" || host.ends_with(".localhost") {
        return vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    }
    Vec::new()
}

/// Whether the host says itself that it is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let addresses = literal_addresses(host);
    !addresses.is_empty() && addresses.iter().all(|a| a.to_canonical().is_loopback())
}

/// Refuses a host none of whose own addresses is allowed.
pub(crate) fn check(guard: &EgressGuard, host: &str) -> Result<(), Fault> {
    let mut refusal = None;
    for address in literal_addresses(host) {
        match guard.check(host, address) {
            Ok(()) => return Ok(()),
            Err(fault) => refusal = refusal.or(Some(fault)),
        }
    }
    refusal.map_or(Ok(()), Err)
}
