//! A server's own signs of life.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A server that gives signs of life is dead when this many of its own intervals pass without one.
const MISSED_SIGNS: (u32, u32) = (5, 2);
/// It is not given up sooner than after this.
const SHORTEST: Duration = Duration::from_secs(60);

/// The server's own signs of life while it has nothing to say, such as "* OK Still here" every two minutes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Signs {
    last: Option<Duration>,
    period: Option<Duration>,
}

impl Signs {
    /// One came, at this time.
    pub(crate) fn came(&mut self, at: Duration) {
        if let Some(last) = self.last {
            self.period = Some(at.saturating_sub(last)).filter(|period| !period.is_zero());
        }
        self.last = Some(at);
    }

    /// IDLE began anew: what came before it says nothing about when the next is due.
    pub(crate) const fn restart(&mut self) {
        self.last = None;
    }

    /// When the next sign is overdue; `None` for a server that gives none.
    pub(crate) fn overdue(&self) -> Option<Duration> {
        let (parts, whole) = MISSED_SIGNS;
        let patience = self.period? * parts / whole;
        Some(self.last? + patience.max(SHORTEST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_server_that_stops_giving_signs_is_overdue_after_two_and_a_half_of_its_periods() {
        let mut signs = Signs::default();
        signs.came(seconds(100));
        assert_eq!(signs.overdue(), None);
        signs.came(seconds(220));
        assert_eq!(signs.overdue(), Some(seconds(520)));
        signs.restart();
        assert_eq!(signs.overdue(), None);
    }
}
