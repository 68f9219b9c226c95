//! What can be set.

use std::time::Duration;

/// How the table counts time. [`Config::default`] is right for `pushmail serve`.
#[derive(Debug, Clone)]
pub struct Config {
    /// For how long a heartbeat lasts. Default: 15 s.
    pub ttl: Duration,
    /// For how long a new table refuses claims. Default: zero, since no worker outlives it.
    pub settle: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            ttl: Duration::from_secs(15),
            settle: Duration::ZERO,
        }
    }
}
