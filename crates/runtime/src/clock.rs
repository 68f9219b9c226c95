//! The machine's own time and chance, for use outside of tests.

use pushmail_domain::{Clock, Entropy, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};
use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The clock that goes on while the machine sleeps: `CLOCK_BOOTTIME` on Linux; elsewhere
/// `CLOCK_MONOTONIC`, which on macOS does the same.
#[cfg(any(target_os = "linux", target_os = "android"))]
const ELAPSED: ClockId = ClockId::Boottime;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const ELAPSED: ClockId = ClockId::Monotonic;

/// The system's wall clock, and its time since boot.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else is given"
    )]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::default().after(since_epoch)
    }

    fn elapsed(&self) -> Duration {
        let now = clock_gettime(ELAPSED);
        let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
        Duration::new(seconds, u32::try_from(now.tv_nsec).unwrap_or(0))
    }
}

/// The operating system's random number generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    ///
    /// If the operating system gives no random bytes: no key made without them would be safe.
    fn fill(&self, bytes: &mut [u8]) {
        SystemRandom::new()
            .fill(bytes)
            .expect("the operating system must give random bytes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_clock_is_past_the_year_2020() {
        let in_2020 = Timestamp::from_micros(1_577_836_800_000_000);
        assert!(SystemClock.now() > in_2020);
    }

    #[test]
    fn elapsed_time_never_goes_back() {
        let first = SystemClock.elapsed();
        assert!(first > Duration::ZERO);
        assert!(SystemClock.elapsed() >= first);
    }

    #[test]
    fn random_bytes_differ_from_call_to_call() {
        let draw = || {
            let mut bytes = [0; 32];
            SystemEntropy.fill(&mut bytes);
            bytes
        };
        assert_ne!(draw(), draw());
    }
}
