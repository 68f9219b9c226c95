//! A bucket's contents, as one moment in time.

use crate::{Grant, Rate};
use std::time::Duration;

/// How full a bucket is: when it will be full again, if nothing is taken. Full at first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Level {
    full_at: Duration,
}

impl Level {
    /// Nothing is in it; the first comes once `first_in` has passed.
    pub fn empty(rate: Rate, first_in: Duration, now: Duration) -> Self {
        let rest = rate.every.saturating_mul(rate.burst.saturating_sub(1));
        Self {
            full_at: now + first_in + rest,
        }
    }

    /// Takes up to so many, and leaves as many as are to be spared.
    pub fn take(&mut self, rate: Rate, tokens: u32, spared: u32, now: Duration) -> Grant {
        if rate.every.is_zero() {
            return Grant {
                tokens,
                again_in: Duration::ZERO,
            };
        }
        let holds = now + rate.every.saturating_mul(rate.burst.max(1));
        // At a lower rate than before it is empty, and no emptier than that.
        let full_at = self.full_at.clamp(now, holds);
        let there = rate.within(holds.saturating_sub(full_at));
        let granted = tokens.min(there.saturating_sub(spared));
        self.full_at = full_at + rate.every.saturating_mul(granted);
        let next = self.full_at + rate.every.saturating_mul(1 + spared);
        Grant {
            tokens: granted,
            again_in: match granted < tokens {
                true => next.saturating_sub(holds),
                false => Duration::ZERO,
            },
        }
    }

    /// Puts so many back; what does not fit is lost.
    pub fn give_back(&mut self, rate: Rate, tokens: u32, now: Duration) {
        let back = rate.every.saturating_mul(tokens);
        self.full_at = self.full_at.saturating_sub(back).max(now);
    }

    /// Whether it has forgotten all that was ever taken.
    pub fn is_full(&self, now: Duration) -> bool {
        self.full_at <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATE: Rate = Rate {
        burst: 3,
        every: Duration::from_secs(10),
    };

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn grant(tokens: u32, again: u64) -> Grant {
        Grant {
            tokens,
            again_in: at(again),
        }
    }

    #[test]
    fn a_full_bucket_gives_its_burst_and_then_one_at_a_time() {
        let mut level = Level::default();
        assert_eq!(level.take(RATE, 2, 0, at(100)), grant(2, 0));
        assert_eq!(level.take(RATE, 2, 0, at(100)), grant(1, 10));
        assert_eq!(level.take(RATE, 1, 0, at(109)), grant(0, 1));
        assert_eq!(level.take(RATE, 1, 0, at(110)), grant(1, 0));
        assert_eq!(level.take(RATE, 1, 0, at(110)), grant(0, 10));
    }

    #[test]
    fn what_is_to_be_spared_stays() {
        let mut level = Level::default();
        assert_eq!(level.take(RATE, 3, 1, at(0)), grant(2, 10));
        assert_eq!(level.take(RATE, 1, 1, at(0)), grant(0, 10));
        assert_eq!(level.take(RATE, 1, 0, at(0)), grant(1, 0));
    }

    #[test]
    fn it_never_holds_more_than_its_burst() {
        let mut level = Level::default();
        level.take(RATE, 1, 0, at(0));
        assert!(!level.is_full(at(9)) && level.is_full(at(10)));
        assert_eq!(level.take(RATE, 9, 0, at(9999)), grant(3, 10));
        level.give_back(RATE, 9, at(9999));
        assert_eq!(level.take(RATE, 9, 0, at(9999)), grant(3, 10));
    }

    #[test]
    fn an_empty_one_gives_the_first_when_it_is_said_to() {
        let mut level = Level::empty(RATE, at(4), at(100));
        assert_eq!(level.take(RATE, 3, 0, at(100)), grant(0, 4));
        assert_eq!(level.take(RATE, 3, 0, at(104)), grant(1, 10));
    }

    #[test]
    fn without_a_rate_there_are_always_enough() {
        let rate = Rate {
            burst: 1,
            every: at(0),
        };
        assert_eq!(Level::default().take(rate, 1000, 1, at(5)), grant(1000, 0));
    }

    proptest! {
        /// Over any interleaving of takers, in any window that begins with a full bucket.
        #[test]
        fn never_more_is_taken_than_the_burst_and_what_came(
            steps in prop::collection::vec((0u32..8, 0u32..3, 0u64..5_000), 1..200),
            burst in 1u32..20, every in 1u64..2_000,
        ) {
            let rate = Rate { burst, every: Duration::from_millis(every) };
            let (mut level, mut now) = (Level::default(), at(1));
            let mut used = 0u64;
            for (wanted, unused, pause) in steps {
                now += Duration::from_millis(pause);
                let grant = level.take(rate, wanted, 0, now);
                prop_assert_eq!(grant.tokens < wanted, !grant.again_in.is_zero());
                let back = unused.min(grant.tokens);
                level.give_back(rate, back, now);
                used += u64::from(grant.tokens - back);
                let came = rate.within(now - at(1));
                prop_assert!(used <= u64::from(burst) + u64::from(came));
            }
        }
    }
}
