//! The URL of Redis in its three shapes.

use percent_encoding::percent_decode_str;
use pushmail_domain::Secret;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, RedisConnectionInfo};

/// Redis's own port.
const PORT: u16 = 6_379;
/// Sentinel's own port.
const SENTINEL_PORT: u16 = 26_379;

/// Why a URL is refused. Shows nothing of it, since it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The scheme is none of ours.
    #[error("it begins with redis://, redis+sentinel:// or redis+cluster://, or rediss for TLS")]
    Scheme,
    /// A host is missing, or a port is no number.
    #[error(
        "after :// come HOST:PORT, with commas between several; one with redis:// or rediss://"
    )]
    Hosts,
    /// `%` is not followed by two hexadecimal digits, or the bytes are no UTF-8.
    #[error("in user and password, % is followed by two hexadecimal digits; write % itself as %25")]
    Credentials,
    /// What comes after the hosts is not what this kind of URL has there.
    #[error(
        "after the hosts comes /DATABASE, a number; with Sentinel /PRIMARY or /PRIMARY/DATABASE; with a cluster nothing"
    )]
    Path,
}

/// Which shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    Single,
    Sentinel { primary: String },
    Cluster,
}

/// Where Redis is, and who we are there.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) shape: Shape,
    pub(crate) tls: bool,
    pub(crate) hosts: Vec<(String, u16)>,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Secret<String>>,
    pub(crate) database: i64,
}

impl Address {
    pub(crate) fn parse(url: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = url.split_once("://").ok_or(AddressError::Scheme)?;
        let (tls, kind) = match scheme.split_once('+').unwrap_or((scheme, "")) {
            ("redis", kind) => (false, kind),
            ("rediss", kind) => (true, kind),
            _ => return Err(AddressError::Scheme),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (shape, port, database) = match kind {
            "" => (Shape::Single, PORT, path),
            "cluster" => (Shape::Cluster, PORT, path),
            "sentinel" => {
                let (primary, database) = path.split_once('/').unwrap_or((path, ""));
                let primary = primary.to_owned();
                (Shape::Sentinel { primary }, SENTINEL_PORT, database)
            }
            _ => return Err(AddressError::Scheme),
        };
        let (user, password) = credentials(login)?;
        let address = Self {
            database: number(database)?,
            hosts: parse_hosts(hosts, port)?,
            shape,
            tls,
            user,
            password: password.map(Secret::new),
        };
        address.check(path)
    }

    fn check(self, path: &str) -> Result<Self, AddressError> {
        match &self.shape {
            Shape::Single if self.hosts.len() != 1 => Err(AddressError::Hosts),
            Shape::Sentinel { primary } if primary.is_empty() => Err(AddressError::Path),
            Shape::Cluster if !path.is_empty() => Err(AddressError::Path),
            _ => Ok(self),
        }
    }

    /// The hosts, as the client takes them.
    pub(crate) fn targets(&self) -> impl Iterator<Item = ConnectionAddr> + '_ {
        self.hosts.iter().cloned().map(|(host, port)| {
            if self.tls {
                ConnectionAddr::TcpTls {
                    host,
                    port,
                    insecure: false,
                    tls_params: None,
                }
            } else {
                ConnectionAddr::Tcp(host, port)
            }
        })
    }

    /// The hosts with user, password and database.
    pub(crate) fn connections(&self) -> redis::RedisResult<Vec<ConnectionInfo>> {
        let mut login = RedisConnectionInfo::default().set_db(self.database);
        if let Some(user) = &self.user {
            login = login.set_username(user);
        }
        if let Some(password) = &self.password {
            login = login.set_password(password.expose());
        }
        self.targets()
            .map(|target| {
                Ok(target
                    .into_connection_info()?
                    .set_redis_settings(login.clone()))
            })
            .collect()
    }
}

/// The hosts and nothing else: for messages.
impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (host, port)) in self.hosts.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{host}:{port}")?;
        }
        Ok(())
    }
}

fn credentials(login: &str) -> Result<(Option<String>, Option<String>), AddressError> {
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let part = |text: &str| {
        let text = decode(text)?;
        Ok((!text.is_empty()).then_some(text))
    };
    Ok((part(user)?, part(password)?))
}

fn decode(text: &str) -> Result<String, AddressError> {
    let is_coded = |after: &str| {
        let digits = after.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !text.split('%').skip(1).all(is_coded) {
        return Err(AddressError::Credentials);
    }
    let decoded = percent_decode_str(text).decode_utf8();
    decoded
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| AddressError::Credentials)
}

fn number(database: &str) -> Result<i64, AddressError> {
    if database.is_empty() {
        return Ok(0);
    }
    let number: Result<u16, _> = database.parse();
    number.map(i64::from).map_err(|_| AddressError::Path)
}

fn parse_hosts(hosts: &str, port: u16) -> Result<Vec<(String, u16)>, AddressError> {
    hosts
        .split(',')
        .map(|host| parse_host(host, port))
        .collect()
}

/// `HOST`, `HOST:PORT`, `[IPv6]` or `[IPv6]:PORT`.
fn parse_host(text: &str, default: u16) -> Result<(String, u16), AddressError> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']').ok_or(AddressError::Hosts)?;
            (host, after.strip_prefix(':'))
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port = match port {
        Some(port) => port.parse().map_err(|_| AddressError::Hosts)?,
        None => default,
    };
    if host.is_empty() {
        return Err(AddressError::Hosts);
    }
    Ok((host.to_owned(), port))
}

#[cfg(test)]
mod tests;
