//! A token bucket that is one moment in time.

use std::time::Duration;

/// How fast a bucket fills, and how much it holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    /// What a full bucket holds; at least 1.
    pub(super) burst: u32,
    /// One more comes each time this has passed.
    pub(super) every: Duration,
}

/// A bucket, full at first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Bucket {
    /// When it will be full again, if nothing is taken.
    full_at: Duration,
}

impl Bucket {
    /// Takes one, unless fewer than that and `spared` are there: then how long that will last.
    pub(super) fn take(&mut self, rate: Rate, spared: u32, now: Duration) -> Result<(), Duration> {
        let full_at = self.full_at.max(now);
        let needed = full_at + rate.every.saturating_mul(1 + spared);
        let holds = now + rate.every.saturating_mul(rate.burst);
        if needed > holds {
            return Err(needed - holds);
        }
        self.full_at = full_at + rate.every;
        Ok(())
    }

    pub(super) fn is_full(&self, now: Duration) -> bool {
        self.full_at <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        burst: 3,
        every: Duration::from_secs(10),
    };

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_full_bucket_gives_its_burst_and_then_one_at_a_time() {
        let mut bucket = Bucket::default();
        let first: Vec<_> = (0..4).map(|_| bucket.take(RATE, 0, at(100))).collect();
        assert_eq!(first, [Ok(()), Ok(()), Ok(()), Err(at(10))]);
        assert_eq!(bucket.take(RATE, 0, at(109)), Err(at(1)));
        assert_eq!(bucket.take(RATE, 0, at(110)), Ok(()));
        assert_eq!(bucket.take(RATE, 0, at(110)), Err(at(10)));
    }

    #[test]
    fn what_is_to_be_spared_stays() {
        let mut bucket = Bucket::default();
        let spared: Vec<_> = (0..3).map(|_| bucket.take(RATE, 1, at(0))).collect();
        assert_eq!(spared, [Ok(()), Ok(()), Err(at(10))]);
        assert_eq!(bucket.take(RATE, 0, at(0)), Ok(()));
    }

    #[test]
    fn it_never_holds_more_than_its_burst() {
        let mut bucket = Bucket::default();
        bucket.take(RATE, 0, at(0)).unwrap();
        assert!(!bucket.is_full(at(9)) && bucket.is_full(at(10)));
        let late = (0..9).filter(|_| bucket.take(RATE, 0, at(9999)).is_ok());
        assert_eq!(late.count(), 3);
    }
}
