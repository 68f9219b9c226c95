//! Host names, as far as they can be dialled.

use super::TargetError;
use std::net::{IpAddr, Ipv6Addr};

/// Reads a DNS name in its ASCII form (RFC 1123, section 2.1; underscores are let through), in lower
/// case and without a final dot.
pub(crate) fn name(text: &str) -> Result<String, TargetError> {
    let name = text.strip_suffix('.').unwrap_or(text);
    if name.is_empty() {
        return Err(TargetError::new(
            "the host is empty: write imaps://user@host",
        ));
    }
    if !name.is_ascii() {
        return Err(TargetError::new(format!(
            "the host {name:?} has letters outside ASCII: write it in its xn-- form"
        )));
    }
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let label = |label: &str| {
        (1..=63).contains(&label.len()) && !label.starts_with('-') && label.bytes().all(valid)
    };
    if name.len() > 253 || !name.split('.').all(label) {
        return Err(TargetError::new(format!(
            "{name:?} is not a valid host name"
        )));
    }
    Ok(name.to_ascii_lowercase())
}

/// Whether a host is the domain itself or in it.
pub(crate) fn is_within(host: &str, domain: &str) -> bool {
    let rest = host.strip_suffix(domain);
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Reads `host`, `host:port`, `1.2.3.4`, `[::1]` or `[::1]:port`; one final slash is dropped. The
/// host comes without brackets.
pub(crate) fn with_port(text: &str, default: u16) -> Result<(String, u16), TargetError> {
    let text = text.strip_suffix('/').unwrap_or(text);
    if text.contains('/') {
        return Err(TargetError::new(
            "the URL has a path: leave it out, and name folders with --folder",
        ));
    }
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => bracketed(rest)?,
        None => match text.split_once(':') {
            Some((_, port)) if port.contains(':') => {
                return Err(TargetError::new(format!(
                    "{text:?} looks like an IPv6 address: write it in brackets, as in [::1]"
                )));
            }
            Some((host, port)) => (name(host)?, Some(port)),
            None => (name(text)?, None),
        },
    };
    Ok((host, port.map_or(Ok(default), parse_port)?))
}

fn bracketed(rest: &str) -> Result<(String, Option<&str>), TargetError> {
    let bad = || {
        TargetError::new("the host in brackets is not an IPv6 address: write it as in [::1]:993")
    };
    let (inside, after) = rest.split_once(']').ok_or_else(bad)?;
    let address: Ipv6Addr = inside.parse().map_err(|_| bad())?;
    let port = match after {
        "" => None,
        _ => Some(after.strip_prefix(':').ok_or_else(bad)?),
    };
    Ok((IpAddr::V6(address).to_string(), port))
}

fn parse_port(text: &str) -> Result<u16, TargetError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(port) if port != 0 && digits => Ok(port),
        _ => Err(TargetError::new(format!(
            "the port {text:?} is not a number from 1 to 65535"
        ))),
    }
}
