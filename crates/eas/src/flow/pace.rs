//! How many requests a conversation may send: whatever a server answers, they do not follow each other without end.

use super::limits::{REQUESTS, SECONDS_PER_REQUEST};
use pushmail_upstream::Moment;
use serde::{Deserialize, Serialize};

/// A bucket of requests that fills with time.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Pace {
    left: u32,
    /// Until when what time gave was counted, in seconds.
    counted: u64,
}

impl Pace {
    pub(super) const fn new() -> Self {
        Self {
            left: REQUESTS,
            counted: 0,
        }
    }

    /// Takes one request; `false` if there is none.
    pub(super) fn take(&mut self, at: Moment) -> bool {
        let now = at.elapsed.as_secs();
        let earned = now.saturating_sub(self.counted) / SECONDS_PER_REQUEST;
        if earned > 0 {
            self.counted = now;
            let earned = u32::try_from(earned).unwrap_or(REQUESTS);
            self.left = self.left.saturating_add(earned).min(REQUESTS);
        }
        let may = self.left > 0;
        self.left = self.left.saturating_sub(1);
        may
    }

    /// A request that brought something is no waste.
    pub(super) const fn give_back(&mut self) {
        if self.left < REQUESTS {
            self.left += 1;
        }
    }
}
