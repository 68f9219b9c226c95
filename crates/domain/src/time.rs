//! Time and chance, both injected.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A moment of wall-clock time: microseconds since 1970-01-01T00:00:00Z.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment this many microseconds after the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this moment is; zero if it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0).max(0).unsigned_abs())
    }

    /// This moment, `by` earlier.
    pub fn before(self, by: Duration) -> Self {
        let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(by))
    }

    /// This moment, `by` later.
    pub fn after(self, by: Duration) -> Self {
        let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(by))
    }
}

/// Where time comes from.
pub trait Clock: Send + Sync {
    /// The wall clock, for what people and other machines read.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment, never going back, for deadlines. It must go on while the
    /// machine is paused (`CLOCK_BOOTTIME`), so that a woken process notices.
    fn elapsed(&self) -> Duration;
}

/// Where chance comes from.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random ones, fit for keys.
    fn fill(&self, bytes: &mut [u8]);

    /// A number below `limit`, evenly spread (to within 2^-64 per value); 0 if `limit` is 0.
    fn below(&self, limit: u64) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        let wide = u128::from(u64::from_le_bytes(bytes)) * u128::from(limit);
        u64::try_from(wide >> 64).unwrap_or(0)
    }
}
