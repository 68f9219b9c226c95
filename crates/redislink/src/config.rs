//! Where Redis is, and how long to wait for it.

use crate::AddressError;
use pushmail_domain::Secret;
use std::time::Duration;

/// Where Redis is. Start from [`Config::new`], which has the defaults.
#[derive(Debug, Clone)]
pub struct Config {
    /// One server: `redis://USER:PASSWORD@HOST:PORT/DATABASE`. By Sentinel:
    /// `redis+sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/PRIMARY/DATABASE`, the hosts being the
    /// sentinels, user and password those of the primary. A cluster:
    /// `redis+cluster://USER:PASSWORD@HOST:PORT,HOST:PORT`, any of its nodes. With TLS: `rediss`,
    /// `rediss+sentinel`, `rediss+cluster`. User, password, database and ports may be left out; in a
    /// user or password `%XX` stands for a byte.
    pub url: Secret<String>,
    /// The password of the sentinels, if they have one. Default: none.
    pub sentinel_password: Option<Secret<String>>,
    /// The authorities, in PEM, that may have signed the servers' certificates. Default: the
    /// system's.
    pub authorities: Option<Vec<u8>>,
    /// Within which every call has succeeded or failed, connecting included. Default: 2 s.
    pub deadline: Duration,
}

impl Config {
    /// The defaults, with Redis at `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: Secret::new(url.into()),
            sentinel_password: None,
            authorities: None,
            deadline: Duration::from_secs(2),
        }
    }
}

/// The hash tag `{PREFIX:NAME}`: keys that begin with it are kept together by a cluster.
///
/// # Errors
///
/// [`ConfigError::Prefix`] if the prefix is empty or has braces.
pub fn hash_tag(prefix: &str, name: &str) -> Result<String, ConfigError> {
    if prefix.is_empty() || prefix.contains(['{', '}']) {
        return Err(ConfigError::Prefix);
    }
    Ok(format!("{{{prefix}:{name}}}"))
}

/// Why the configuration is refused. Names no secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The URL says nothing that could be connected to.
    #[error("the URL of Redis is not understood")]
    Url(#[from] AddressError),
    /// The prefix would break the keys' hash tag.
    #[error("the prefix of the keys in Redis is empty or has braces: take a plain word")]
    Prefix,
    /// The authorities' certificates cannot be read, or are not for use with this URL.
    #[error("the connection to Redis cannot be set up: {0}")]
    Setup(String),
}
