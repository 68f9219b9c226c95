//! What an operator can set.

use pushmail_domain::Secret;
use pushmail_redis_link::{ConfigError, hash_tag};
use std::time::Duration;

/// Where the table is and how it counts time. Start from [`Config::new`], which has the defaults.
/// Within a fleet all workers have the same.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where Redis is. One server: `redis://USER:PASSWORD@HOST:PORT/DATABASE`. By Sentinel:
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
    /// What keys and channels begin with, so that several fleets can share a Redis. Default:
    /// `pushmail`.
    pub prefix: String,
    /// For how long a heartbeat lasts. A worker beats three times as often at least. Default: 15 s.
    pub ttl: Duration,
    /// For how long claims are refused in a new table: below the TTL, owners may lose shards by a
    /// flush. The first start of an installation waits for it too. Default: 17 s.
    pub settle: Duration,
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
            prefix: "pushmail".to_owned(),
            ttl: Duration::from_secs(15),
            settle: Duration::from_secs(17),
            deadline: Duration::from_secs(2),
        }
    }

    /// The hash tag that all keys and channels begin with.
    pub(crate) fn tag(&self) -> Result<String, ConfigError> {
        hash_tag(&self.prefix, "fleet")
    }

    /// Where Redis is.
    pub(crate) fn link(&self) -> pushmail_redis_link::Config {
        let mut link = pushmail_redis_link::Config::new(self.url.expose().clone());
        link.sentinel_password = self.sentinel_password.clone();
        link.authorities = self.authorities.clone();
        link.deadline = self.deadline;
        link
    }
}
