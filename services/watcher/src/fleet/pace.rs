//! When a worker beats of what the whole fleet learns at once: that shards became free, that a heartbeat
//! runs out, that a new table has settled. If each of a thousand workers beat at that moment, and again for
//! each of a hundred that died, the leases would be out of reach when they are needed most.

use pushmail_domain::Entropy;
use std::time::Duration;

/// All members together beat about so many times a second, whatever happens.
const BEATS: u32 = 1_000;

/// How long one of so many members waits for its turn: next to nothing where they are few; at random, so
/// that they do not beat together.
pub fn turn(members: usize, entropy: &dyn Entropy) -> Duration {
    let members = u32::try_from(members).unwrap_or(u32::MAX);
    let fair = Duration::from_secs(1).saturating_mul(members) / BEATS;
    let micros = u64::try_from(fair.as_micros()).unwrap_or(u64::MAX - 1);
    fair / 2 + Duration::from_micros(entropy.below(micros + 1))
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

    #[test]
    fn a_small_fleet_does_not_wait_and_a_large_one_beats_a_thousand_times_a_second() {
        let range = |members| [turn(members, &Fixed(0)), turn(members, &Fixed(0xff))];
        let millis = |members| range(members).map(|turn| turn.as_micros() as f64 / 1000.0);
        assert_eq!(millis(2), [1.0, 3.0]);
        assert_eq!(millis(1000), [500.0, 1500.0]);
    }
}
