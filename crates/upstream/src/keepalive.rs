//! How long a connection may be silent before it is probed: learned from what it survives.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// So many probes in a row have to be answered before a longer interval is tried.
const PROVEN: u8 = 3;
/// No interval is shorter.
const SHORTEST: Duration = Duration::from_secs(60);

/// The interval between probes of one account's connection: of IMAP's IDLE, and of how long a Ping waits. It begins with
/// what suits the provider, grows by a quarter after three probes that were answered, up to the provider's limit, and
/// falls below what a connection died of; above that it does not grow again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepAlive {
    interval: Duration,
    ceiling: Duration,
    answered: u8,
    /// The server closed once, and did not prove since that it lets the interval pass.
    doubtful: bool,
}

impl KeepAlive {
    /// Before anything was learned: the interval to begin with, and the longest one that is ever tried.
    pub fn new(interval: Duration, longest: Duration) -> Self {
        Self {
            interval,
            ceiling: longest.max(interval),
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

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn new() -> KeepAlive {
        KeepAlive::new(seconds(540), seconds(28 * 60))
    }

    #[test]
    fn three_answered_probes_lengthen_the_interval_up_to_the_limit() {
        let mut keep = new();
        assert_eq!(keep.interval(), seconds(540));
        (0..3).for_each(|_| keep.answered());
        assert_eq!(keep.interval(), seconds(675));
        (0..90).for_each(|_| keep.answered());
        assert_eq!(keep.interval(), seconds(28 * 60));
    }

    #[test]
    fn an_interval_that_killed_the_connection_is_not_tried_again() {
        let mut keep = new();
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
        let mut keep = new();
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
        let keep = new().limited(seconds(200));
        assert_eq!(keep.interval(), seconds(200));
    }
}
