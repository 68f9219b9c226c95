//! Pauses between tries of something that should work soon, and how often its failures are logged.

use pushmail_domain::Entropy;
use std::time::Duration;

/// The first pause is at most this; each further one may be twice as long.
const FIRST: Duration = Duration::from_millis(200);
/// No pause is longer.
const MOST: Duration = Duration::from_secs(5);
/// One in so many failures is logged.
const LOGGED: u32 = 16;

/// The failures in a row of one undertaking.
#[derive(Debug, Default)]
pub(crate) struct Retries(u32);

impl Retries {
    /// Counts a failure. Whether to log it: the first, and then every 16th.
    pub(crate) fn failed(&mut self) -> bool {
        let logged = self.0.is_multiple_of(LOGGED);
        self.0 = self.0.saturating_add(1);
        logged
    }

    /// The pause after as many failures as were counted: at random between half of a limit and the
    /// limit, which doubles with each, so that many shards do not come back at once.
    pub(crate) fn pause(&self, entropy: &dyn Entropy) -> Duration {
        let doublings = self.0.saturating_sub(1);
        let factor = 1u32.checked_shl(doublings).unwrap_or(u32::MAX);
        let half = FIRST.saturating_mul(factor).min(MOST) / 2;
        let micros = u64::try_from(half.as_micros()).unwrap_or(u64::MAX - 1);
        half + Duration::from_micros(entropy.below(micros + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Always the same bytes: all zero gives the least, all ones the greatest.
    struct Fixed(u8);

    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn pauses(entropy: &dyn Entropy) -> Vec<u128> {
        let mut retries = Retries::default();
        let next = |()| {
            retries.failed();
            retries.pause(entropy).as_millis()
        };
        [(); 8].map(next).to_vec()
    }

    #[test]
    fn pauses_double_up_to_five_seconds() {
        let greatest = [200, 400, 800, 1600, 3200, 5000, 5000, 5000];
        assert_eq!(pauses(&Fixed(0xff)), greatest);
        let least = greatest.map(|pause| pause / 2);
        assert_eq!(pauses(&Fixed(0)), least);
    }

    #[test]
    fn however_often_it_failed_there_is_a_pause() {
        assert_eq!(Retries(u32::MAX).pause(&Fixed(0xff)), MOST);
    }

    #[test]
    fn the_first_failure_and_then_every_sixteenth_is_logged() {
        let mut retries = Retries::default();
        let logged: Vec<usize> = (0..40).filter(|_| retries.failed()).collect();
        assert_eq!(logged, [0, 16, 32]);
    }
}
