//! How long to wait before an upstream is tried again.

use pushmail_domain::{Entropy, Retry};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// No pause is shorter, whatever ended the connection: a server that closes at once is not hammered.
const FLOOR: Duration = Duration::from_secs(1);

/// A connection that was live this long proves that the upstream works.
const STABLE: Duration = Duration::from_secs(5 * 60);

/// Pauses where nothing changes until somebody acts: the first, and all others.
const FIRST: Duration = Duration::from_secs(5 * 60);
const LATER: Duration = Duration::from_secs(60 * 60);

/// The settings of [`Backoff`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackoffConfig {
    /// The first pause is at most this; each further one may be twice as long.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub base: Duration,
    /// No pause is longer than this, except where nothing changes until somebody acts.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub cap: Duration,
}

impl Default for BackoffConfig {
    /// 2 s, and 10 min.
    fn default() -> Self {
        Self {
            base: Duration::from_secs(2),
            cap: Duration::from_secs(10 * 60),
        }
    }
}

/// Counts one account's failures and turns them into pauses, with full jitter: a pause is a random time
/// up to a limit that doubles with each failure. Only a connection that was live for 5 minutes
/// starts the count again.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Backoff {
    failures: u32,
    refusals: u32,
}

impl Backoff {
    /// The pause after a connection that ended in a fault of this kind. `lasted` is how long it was
    /// live; `None` if it never was.
    ///
    /// - [`Retry::Now`]: about a second the first time; from then on as `Backoff`.
    /// - [`Retry::Backoff`]: between 1 s and min(cap, base * 2^failures), at random.
    /// - [`Retry::Seldom`]: 5 min the first time, then 1 h, each up to a tenth longer.
    ///
    /// Never below 1 s.
    pub fn pause(
        &mut self,
        config: &BackoffConfig,
        retry: Retry,
        lasted: Option<Duration>,
        entropy: &dyn Entropy,
    ) -> Duration {
        if lasted.is_some_and(|lasted| lasted >= STABLE) {
            self.failures = 0;
            self.refusals = 0;
        }
        match retry {
            Retry::Seldom => {
                let pause = if self.refusals == 0 { FIRST } else { LATER };
                self.refusals = self.refusals.saturating_add(1);
                pause + up_to(pause / 10, entropy)
            }
            Retry::Now if self.failures == 0 => {
                self.failures = 1;
                FLOOR + up_to(FLOOR, entropy)
            }
            Retry::Now | Retry::Backoff => {
                let limit = self.limit(config);
                self.failures = self.failures.saturating_add(1);
                up_to(limit, entropy).max(FLOOR)
            }
        }
    }

    fn limit(&self, config: &BackoffConfig) -> Duration {
        let factor = 1u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        config.base.saturating_mul(factor).min(config.cap)
    }
}

/// A random time in `[0, limit]`, to the microsecond.
fn up_to(limit: Duration, entropy: &dyn Entropy) -> Duration {
    let micros = u64::try_from(limit.as_micros()).unwrap_or(u64::MAX - 1);
    Duration::from_micros(entropy.below(micros.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Always the same bytes: all zero gives the least, all ones the greatest.
    struct Fixed(u8);

    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    struct Seeded(std::sync::atomic::AtomicU64);

    impl Entropy for Seeded {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                let step = self
                    .0
                    .fetch_add(0x9e37_79b9_7f4a_7c15, std::sync::atomic::Ordering::Relaxed);
                *byte = (step.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 56) as u8;
            }
        }
    }

    const GREATEST: Fixed = Fixed(0xff);

    fn retry() -> impl Strategy<Value = Retry> {
        prop_oneof![Just(Retry::Now), Just(Retry::Backoff), Just(Retry::Seldom)]
    }

    fn seconds(pauses: impl IntoIterator<Item = Duration>) -> Vec<u64> {
        pauses.into_iter().map(|pause| pause.as_secs()).collect()
    }

    #[test]
    fn the_greatest_pause_doubles_up_to_the_cap() {
        let (config, mut backoff) = (BackoffConfig::default(), Backoff::default());
        let pauses = (0..12).map(|_| backoff.pause(&config, Retry::Backoff, None, &GREATEST));
        assert_eq!(
            seconds(pauses),
            [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]
        );
    }

    #[test]
    fn a_server_that_closes_at_once_again_and_again_is_tried_more_and_more_seldom() {
        let (config, mut backoff) = (BackoffConfig::default(), Backoff::default());
        let short = Some(Duration::from_secs(1));
        let pauses = (0..5).map(|_| backoff.pause(&config, Retry::Now, short, &GREATEST));
        assert_eq!(seconds(pauses), [2, 4, 8, 16, 32]);
    }

    #[test]
    fn only_five_stable_minutes_start_the_count_again() {
        let (config, mut backoff) = (BackoffConfig::default(), Backoff::default());
        for _ in 0..6 {
            backoff.pause(&config, Retry::Backoff, None, &GREATEST);
        }
        let shorter = Some(STABLE - Duration::from_secs(1));
        assert_eq!(
            backoff
                .pause(&config, Retry::Backoff, shorter, &GREATEST)
                .as_secs(),
            128
        );
        assert_eq!(
            backoff
                .pause(&config, Retry::Backoff, Some(STABLE), &GREATEST)
                .as_secs(),
            2
        );
    }

    #[test]
    fn a_refused_credential_is_tried_after_five_minutes_and_then_hourly() {
        let (config, mut backoff) = (BackoffConfig::default(), Backoff::default());
        let pauses = (0..3).map(|_| backoff.pause(&config, Retry::Seldom, None, &Fixed(0)));
        assert_eq!(seconds(pauses), [300, 3600, 3600]);
    }

    #[test]
    fn the_settings_are_read_as_people_write_them() {
        let config: BackoffConfig = toml::from_str("base = \"2s\"\ncap = \"10min\"").unwrap();
        assert_eq!(config, BackoffConfig::default());
    }

    proptest! {
        #[test]
        fn no_pause_is_shorter_than_the_floor_or_longer_than_its_limit(
            steps in prop::collection::vec((retry(), prop::option::of(0u64..1000)), 1..200),
            base_ms in 0u64..100_000, cap_s in 0u64..100_000, seed: u64,
        ) {
            let config = BackoffConfig {
                base: Duration::from_millis(base_ms),
                cap: Duration::from_secs(cap_s),
            };
            let entropy = Seeded(seed.into());
            let mut backoff = Backoff::default();
            for (retry, lasted) in steps {
                let pause = backoff.pause(&config, retry, lasted.map(Duration::from_secs), &entropy);
                let most = match retry {
                    Retry::Seldom => Duration::from_secs(66 * 60),
                    _ => config.cap.max(2 * FLOOR),
                };
                prop_assert!(pause >= FLOOR && pause <= most, "{pause:?}");
            }
        }

        #[test]
        fn pauses_are_spread_over_their_whole_range(seed: u64) {
            let entropy = Seeded(seed.into());
            let config = BackoffConfig { base: Duration::from_secs(600), cap: Duration::from_secs(600) };
            let below = (0..400)
                .filter(|_| Backoff::default().pause(&config, Retry::Backoff, None, &entropy).as_secs() < 300)
                .count();
            prop_assert!((100..300).contains(&below), "{below} of 400 in the lower half");
        }
    }
}
