//! How long a connection may be silent before it is probed: learned from what it survives.

use crate::quirks::Quirks;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// So many probes in a row have to be answered before a longer interval is tried.
const PROVEN: u8 = 3;
/// No interval is shorter.
const SHORTEST: Duration = Duration::from_secs(60);
/// A server that gives signs of life is dead when this many of its own intervals pass without one.
const MISSED_SIGNS: (u32, u32) = (5, 2);

/// The interval between probes of one account's connection. It begins with what suits the provider (9 minutes
/// where nothing is known), grows by a quarter after three probes that were answered, up to the provider's limit
/// (less than the 29 minutes of RFC 2177), and falls below what a connection died of; above that it does not
/// grow again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepAlive {
    interval: Duration,
    ceiling: Duration,
    answered: u8,
    /// The server closed once, and did not prove since that it lets the interval pass.
    doubtful: bool,
}

impl KeepAlive {
    /// What suits the provider, before anything was learned.
    pub fn new(quirks: &Quirks) -> Self {
        Self {
            interval: quirks.keep_alive,
            ceiling: quirks.keep_alive_max.max(quirks.keep_alive),
            answered: 0,
            doubtful: false,
        }
    }

    /// How long to wait for a sign of life before the connection is probed; at least a second.
    pub const fn interval(&self) -> Duration {
        self.interval
    }

    /// The longest interval that is tried.
    pub const fn ceiling(&self) -> Duration {
        self.ceiling
    }

    /// The same with no interval above this, because other accounts' connections died of it.
    #[must_use]
    pub fn limited(self, ceiling: Duration) -> Self {
        let ceiling = self.ceiling.min(ceiling);
        Self {
            ceiling,
            interval: self.interval.min(ceiling),
            ..self
        }
    }

    /// The connection answered a probe after an interval without a sign of life.
    pub fn answered(&mut self) {
        self.answered += 1;
        if self.answered >= PROVEN {
            self.answered = 0;
            self.doubtful = false;
            self.interval = (self.interval * 5 / 4).min(self.ceiling);
        }
    }

    /// The server closed the connection without a word after this long without a sign of life. Once, that is chance:
    /// servers restart, and every account's connection ends then, whatever its interval. Twice before three probes were
    /// answered, the silence was too long.
    pub fn closed(&mut self, silence: Duration) {
        self.answered = 0;
        if silence < SHORTEST || !std::mem::replace(&mut self.doubtful, true) {
            return;
        }
        self.doubtful = false;
        self.died(silence);
    }

    /// The connection was found dead after this long without a sign of life. Shorter silences than the shortest
    /// interval say nothing: the connection died of something else.
    pub fn died(&mut self, silence: Duration) {
        self.answered = 0;
        if silence < SHORTEST {
            return;
        }
        self.ceiling = (silence * 3 / 4).max(SHORTEST).min(self.ceiling);
        self.interval = self.interval.min(self.ceiling);
    }
}

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
    fn three_answered_probes_lengthen_the_interval_up_to_the_limit() {
        let quirks = Quirks::default();
        let mut keep = KeepAlive::new(&quirks);
        assert_eq!(keep.interval(), seconds(540));
        (0..3).for_each(|_| keep.answered());
        assert_eq!(keep.interval(), seconds(675));
        (0..90).for_each(|_| keep.answered());
        assert_eq!(keep.interval(), quirks.keep_alive_max);
        assert!(keep.interval() < seconds(29 * 60));
    }

    #[test]
    fn an_interval_that_killed_the_connection_is_not_tried_again() {
        let mut keep = KeepAlive::new(&Quirks::default());
        keep.died(seconds(400));
        assert_eq!(keep.interval(), seconds(300));
        (0..90).for_each(|_| keep.answered());
        assert_eq!(keep.interval(), seconds(300));
        keep.died(seconds(20));
        assert_eq!(keep.interval(), seconds(300), "it died of something else");
        keep.died(seconds(61));
        assert_eq!(keep.interval(), seconds(60));
    }

    #[test]
    fn a_server_that_closes_again_and_again_is_believed() {
        let mut keep = KeepAlive::new(&Quirks::default());
        keep.closed(seconds(400));
        assert_eq!(keep.interval(), seconds(540), "once is chance");
        keep.closed(seconds(20));
        keep.closed(seconds(400));
        assert_eq!(keep.interval(), seconds(300));
        keep.closed(seconds(200));
        (0..3).for_each(|_| keep.answered());
        keep.closed(seconds(200));
        assert_eq!(
            keep.interval(),
            seconds(300),
            "what was long ago is forgotten"
        );
    }

    #[test]
    fn what_kills_other_connections_is_not_tried() {
        let keep = KeepAlive::new(&Quirks::default()).limited(seconds(200));
        assert_eq!(keep.interval(), seconds(200));
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
