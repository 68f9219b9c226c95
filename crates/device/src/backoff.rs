//! Pauses between connections: exponential, with full jitter.

use pushmail_domain::Entropy;
use std::time::Duration;

/// How long to wait before connecting again.
#[derive(Debug, Clone)]
pub struct BackoffConfig {
    /// The first pause is between 0 and this.
    pub base: Duration,
    /// Each later pause is between 0 and twice as much as the one before could be, up to this.
    pub cap: Duration,
}

impl Default for BackoffConfig {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(500),
            cap: Duration::from_secs(60),
        }
    }
}

/// The pauses of one client.
#[derive(Debug)]
pub(crate) struct Backoff {
    config: BackoffConfig,
    failures: u32,
}

impl Backoff {
    pub(crate) const fn new(config: BackoffConfig) -> Self {
        Self {
            config,
            failures: 0,
        }
    }

    /// The next pause.
    pub(crate) fn next(&mut self, entropy: &dyn Entropy) -> Duration {
        let doubled = self.config.base.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        below(doubled.min(self.config.cap), entropy)
    }

    /// A pause as after the first failure.
    pub(crate) fn first(&self, entropy: &dyn Entropy) -> Duration {
        below(self.config.base, entropy)
    }

    /// The connection was good: the next pause is the first one again.
    pub(crate) const fn reset(&mut self) {
        self.failures = 0;
    }
}

fn below(limit: Duration, entropy: &dyn Entropy) -> Duration {
    let micros = u64::try_from(limit.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(entropy.below(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Always the largest number.
    struct Most;

    impl Entropy for Most {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xff);
        }
    }

    #[test]
    fn pauses_double_up_to_the_cap_and_start_over_after_a_good_connection() {
        let mut backoff = Backoff::new(BackoffConfig {
            base: Duration::from_millis(100),
            cap: Duration::from_millis(350),
        });
        let mut next = || (backoff.next(&Most) + Duration::from_micros(1)).as_millis();
        assert_eq!([next(), next(), next(), next()], [100, 200, 350, 350]);
        backoff.reset();
        assert!(backoff.next(&Most) < Duration::from_millis(100));
    }
}
