//! What an operator can set.

use pushmail_domain::Secret;
use pushmail_pacer::SEEN_WITHIN;
use std::time::Duration;

/// Where the buckets are. Start from [`Config::new`], which has the defaults. Within a fleet all
/// processes have the same.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where Redis is: see [`pushmail_redis_link::Config::url`].
    pub url: Secret<String>,
    /// The password of the sentinels, if they have one. Default: none.
    pub sentinel_password: Option<Secret<String>>,
    /// The authorities, in PEM, that may have signed the servers' certificates. Default: the
    /// system's.
    pub authorities: Option<Vec<u8>>,
    /// What keys begin with, so that several fleets can share a Redis. Default: `pushmail`.
    pub prefix: String,
    /// A process asks for tokens no more often than this, but for four calls at once after a quiet time. Default: 50 ms.
    pub call_every: Duration,
    /// And all workers together this many times a second, at least 1: where there are many, each asks more seldom. Default: 2,000.
    pub calls_per_second: u32,
    /// For how long a device counts as seen, in whole milliseconds. Default: [`SEEN_WITHIN`].
    pub seen_within: Duration,
    /// Within which every call has succeeded or failed, connecting included. Default: 1 s.
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
            call_every: Duration::from_millis(50),
            calls_per_second: 2_000,
            seen_within: SEEN_WITHIN,
            deadline: Duration::from_secs(1),
        }
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
