//! What a person types to name a mailbox: an address, or a server's URL.

mod address;
pub(crate) mod host;

pub use address::MailAddress;

use pushmail_domain::{Endpoint, Protocol, Security};
use std::fmt;

/// IMAP over TLS (RFC 8314, section 7.3).
pub const IMAPS_PORT: u16 = 993;

/// IMAP with STARTTLS (RFC 9051, section 2.1).
pub const IMAP_PORT: u16 = 143;

/// Exchange ActiveSync: HTTPS (RFC 9110, section 4.2.2).
pub const EAS_PORT: u16 = 443;

/// Where nearly all servers of Exchange ActiveSync have it (MS-ASHTTP, section 2.2.1.1.1).
pub const EAS_PATH: &str = "/Microsoft-Server-ActiveSync";

/// Why a target cannot be read, in plain words. Holds nothing of what was typed before the host: it
/// may be a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetError(String);

impl TargetError {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TargetError {}

/// A mailbox as a person names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An address: the server has to be discovered.
    Address(MailAddress),
    /// An address whose server of Exchange ActiveSync has to be discovered.
    EasAddress(MailAddress),
    /// A server, and whom to log in as.
    Server {
        /// What it speaks.
        protocol: Protocol,
        /// Where it listens. Never [`Security::Plaintext`]: that takes more than a URL.
        endpoint: Endpoint,
        /// The login name, percent-decoded; not empty, without control characters.
        user: String,
    },
}

impl Target {
    /// Reads `me@example.org`, `eas:me@example.org` (Exchange ActiveSync), `imaps://user@host[:port]` (TLS, port 993),
    /// `imap://user@host[:port]` (STARTTLS, port 143) or `eas://user@host[:port][/path]` (Exchange ActiveSync over TLS,
    /// port 443). In a URL the last `@` splits the user from the host; in the user `%40` and `@` are the same, and `%25` is
    /// a percent sign (RFC 5092, section 3). IPv6 addresses are in brackets.
    ///
    /// # Errors
    ///
    /// If it is none of these; the message says what is wrong and how to write it.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let text = text.trim();
        match text.split_once("://") {
            None => match text.split_once(':') {
                Some((scheme, address)) if scheme.eq_ignore_ascii_case("eas") => {
                    MailAddress::parse(address).map(Self::EasAddress)
                }
                _ => MailAddress::parse(text).map(Self::Address),
            },
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("imaps") => {
                server(Protocol::Imap, rest, Security::Tls, IMAPS_PORT)
            }
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("imap") => {
                server(Protocol::Imap, rest, Security::StartTls, IMAP_PORT)
            }
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("eas") => {
                let (rest, path) = split_path(rest)?;
                server(Protocol::Eas { path }, rest, Security::Tls, EAS_PORT)
            }
            Some(_) => Err(TargetError::new(
                "only imaps://, imap:// and eas:// URLs are known: write imaps://user@host, or a mail address",
            )),
        }
    }
}

/// The path behind the host, from its slash on; the usual one if there is none.
fn split_path(rest: &str) -> Result<(&str, String), TargetError> {
    let host = rest.rfind('@').map_or(0, |at| at + 1);
    let Some(slash) = rest[host..].find('/').map(|slash| host + slash) else {
        return Ok((rest, EAS_PATH.to_owned()));
    };
    let path = match &rest[slash..] {
        "/" => EAS_PATH,
        path => path,
    };
    if path.contains(['?', '#']) || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(TargetError::new(
            "the URL's path may have no query, no fragment, no spaces and nothing but ASCII",
        ));
    }
    Ok((&rest[..slash], path.to_owned()))
}

fn server(
    protocol: Protocol,
    rest: &str,
    security: Security,
    default_port: u16,
) -> Result<Target, TargetError> {
    let (user, host) = rest.rsplit_once('@').ok_or_else(|| {
        TargetError::new("the URL names no user: write imaps://user@host, for example imaps://me%40example.org@imap.example.org")
    })?;
    let (host, port) = host::with_port(host, default_port)?;
    Ok(Target::Server {
        protocol,
        endpoint: Endpoint {
            host,
            port,
            security,
        },
        user: decode_user(user)?,
    })
}

fn decode_user(text: &str) -> Result<String, TargetError> {
    if text.contains(':') {
        return Err(TargetError::new(
            "a URL must not hold the password: it would show in process lists and histories; leave out the `:` and what follows it up to the `@` (a `:` of the user name itself is written %3A)",
        ));
    }
    let user = percent_decode(text).ok_or_else(|| {
        TargetError::new(
            "the URL's user has a bad % sequence: a percent sign itself is written %25",
        )
    })?;
    if user.is_empty() {
        return Err(TargetError::new(
            "the URL's user is empty: write imaps://user@host",
        ));
    }
    if user.chars().any(char::is_control) {
        return Err(TargetError::new("the URL's user holds a control character"));
    }
    Ok(user)
}

/// `None` if a percent sign is not followed by two hexadecimal digits, or the result is not UTF-8.
fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut nibble = || char::from(bytes.next()?).to_digit(16);
        let (high, low) = (nibble()?, nibble()?);
        out.push(u8::try_from(high << 4 | low).ok()?);
    }
    String::from_utf8(out).ok()
}

impl fmt::Display for Target {
    /// The shortest text that reads back as this target.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (protocol, endpoint, user) = match self {
            Self::Address(address) => return address.fmt(f),
            Self::EasAddress(address) => return write!(f, "eas:{address}"),
            Self::Server {
                protocol,
                endpoint,
                user,
            } => (protocol, endpoint, user),
        };
        let (scheme, default_port) = match (protocol, endpoint.security) {
            (Protocol::Eas { .. }, _) => ("eas", EAS_PORT),
            (Protocol::Imap, Security::Tls) => ("imaps", IMAPS_PORT),
            (Protocol::Imap, Security::StartTls | Security::Plaintext) => ("imap", IMAP_PORT),
        };
        write!(f, "{scheme}://")?;
        for byte in user.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    write!(f, "{}", char::from(byte))?;
                }
                _ => write!(f, "%{byte:02X}")?,
            }
        }
        let host = &endpoint.host;
        match host.contains(':') {
            true => write!(f, "@[{host}]")?,
            false => write!(f, "@{host}")?,
        }
        if endpoint.port != default_port {
            write!(f, ":{}", endpoint.port)?;
        }
        match protocol {
            Protocol::Eas { path } if path != EAS_PATH => f.write_str(path),
            Protocol::Eas { .. } | Protocol::Imap => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
