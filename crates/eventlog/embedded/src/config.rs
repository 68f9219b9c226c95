//! What an operator can set.

use std::path::PathBuf;
use std::time::Duration;

/// How the log keeps events. Start from [`Config::new`], which has the defaults.
#[derive(Debug, Clone)]
pub struct Config {
    /// The database file, such as `events.db`; made if missing, its directory is not. SQLite keeps
    /// two more files beside it, with `-wal` and `-shm` after the name.
    pub path: PathBuf,
    /// For how long a repeated id is recognised (invariant 2). Default: 5 minutes. At most the
    /// newest 1,048,576 events are remembered, so above 3,495 events/s the window is shorter.
    pub dedupe_window: Duration,
    /// How long events are kept before [`EmbeddedLog::expire`](crate::EmbeddedLog::expire) may
    /// remove them. Default: 7 days.
    pub retention: Duration,
    /// How many events a live subscriber may be behind before it lags; rounded up to a power of
    /// two, at least 1. Default: 16,384.
    pub live_capacity: usize,
    /// Breaks durability on purpose: opens with `synchronous=OFF`, so that a commit is acknowledged
    /// without an fsync. Exists only with the feature `plant`, for the test that has to notice it.
    #[cfg(feature = "plant")]
    pub plant_no_fsync: bool,
}

impl Config {
    /// The defaults, with the database at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            dedupe_window: Duration::from_secs(5 * 60),
            retention: Duration::from_secs(7 * 24 * 60 * 60),
            live_capacity: 16_384,
            #[cfg(feature = "plant")]
            plant_no_fsync: false,
        }
    }

    /// The value of SQLite's `synchronous`.
    pub(crate) const fn synchronous(&self) -> &'static str {
        #[cfg(feature = "plant")]
        if self.plant_no_fsync {
            return "OFF";
        }
        "FULL"
    }
}
