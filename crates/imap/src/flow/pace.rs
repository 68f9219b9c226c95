//! How many commands a server may cause: one whose answers always ask for another command would keep both sides busy
//! without end, and bring nothing.

use super::limits;
use pushmail_upstream::Moment;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Commands of one write, and those that follow an answer at once: they are sent before the next look at the pace.
const RESERVE: u32 = 16;

/// Commands that may still be sent: so many at once, more as time passes and as mail comes.
#[derive(Serialize, Deserialize)]
pub(super) struct Pace {
    left: u32,
    /// Up to when `left` was raised.
    raised: Option<Duration>,
}

impl Pace {
    pub(super) const fn new() -> Self {
        Self {
            left: limits::COMMANDS,
            raised: None,
        }
    }

    /// A command is sent.
    pub(super) const fn sent(&mut self) {
        self.left = self.left.saturating_sub(1);
    }

    /// A message was announced: such work may go on.
    pub(super) fn brought(&mut self) {
        self.raise(limits::COMMANDS_PER_MESSAGE);
    }

    /// Whether no more commands may be sent for now.
    pub(super) fn is_spent(&mut self, at: Moment) -> bool {
        let raised = *self.raised.get_or_insert(at.elapsed);
        let seconds = at.elapsed.saturating_sub(raised).as_secs();
        if seconds > 0 {
            self.raised = Some(raised + Duration::from_secs(seconds));
            let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
            self.raise(seconds.saturating_mul(limits::COMMANDS_PER_SECOND));
        }
        self.left < RESERVE
    }

    fn raise(&mut self, by: u32) {
        self.left = self.left.saturating_add(by).min(limits::COMMANDS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pushmail_domain::Timestamp;

    fn after(seconds: u64) -> Moment {
        Moment {
            now: Timestamp::from_micros(0),
            elapsed: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn commands_run_out_and_come_back_with_time_and_with_mail() {
        let mut pace = Pace::new();
        assert!(!pace.is_spent(after(100)));
        for _ in 0..limits::COMMANDS {
            pace.sent();
        }
        assert!(pace.is_spent(after(100)));
        assert!(!pace.is_spent(after(100 + 16)));
        for _ in 0..limits::COMMANDS {
            pace.sent();
        }
        for _ in 0..RESERVE {
            pace.brought();
        }
        assert!(!pace.is_spent(after(116)));
    }
}
