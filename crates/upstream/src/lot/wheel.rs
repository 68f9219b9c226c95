//! When which connection has to be looked at.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::time::Duration;

/// Deadlines within this are kept to the fine step, later ones to the coarse one.
const NEAR: Duration = Duration::from_secs(10);
const FINE: u64 = 8;
const COARSE: u64 = 1000;

/// When a bucket is due, in milliseconds of the clock's elapsed time.
pub(super) type Due = NonZeroU64;

/// Deadlines in buckets, of which each is due as a whole: never early, and at most one step late.
///
/// An entry is not taken out when its deadline moves: whoever it names is looked at, and put in again.
#[derive(Debug, Default)]
pub(super) struct Wheel {
    buckets: BTreeMap<Due, Vec<u32>>,
}

impl Wheel {
    /// Puts it in for this deadline, unless it is `in_by` then or earlier; gives when it is due first.
    pub(super) fn insert(
        &mut self,
        who: u32,
        deadline: Duration,
        now: Duration,
        in_by: Option<Due>,
    ) -> Due {
        let step = match deadline.saturating_sub(now) > NEAR {
            true => COARSE,
            false => FINE,
        };
        let millis = u64::try_from(deadline.as_micros().div_ceil(1000)).unwrap_or(u64::MAX);
        let due = millis.div_ceil(step).saturating_mul(step);
        let due = Due::new(due).unwrap_or(Due::MIN);
        match in_by {
            Some(earlier) if earlier <= due => earlier,
            _ => {
                self.buckets.entry(due).or_default().push(who);
                due
            }
        }
    }

    /// When the next bucket is due.
    pub(super) fn next(&self) -> Option<Duration> {
        let (due, _) = self.buckets.first_key_value()?;
        Some(time(*due))
    }

    /// Takes out a bucket that is due, with when it was.
    pub(super) fn due(&mut self, now: Duration) -> Option<(Due, Vec<u32>)> {
        let first = self.buckets.first_entry()?;
        let due = *first.key();
        (time(due) <= now).then(|| (due, first.remove()))
    }
}

const fn time(due: Due) -> Duration {
    Duration::from_millis(due.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn at(millis: u64) -> Due {
        Due::new(millis).unwrap()
    }

    #[test]
    fn what_is_due_comes_out_never_early_and_at_most_one_step_late() {
        let mut wheel = Wheel::default();
        assert_eq!(wheel.next(), None);
        for (who, deadline) in [(1, 17), (2, 3), (3, 90_500), (4, 90_700)] {
            let due = wheel.insert(who, millis(deadline), Duration::ZERO, None);
            let late = time(due) - millis(deadline);
            assert!(late < millis(if deadline > 10_000 { COARSE } else { FINE }));
        }
        assert_eq!(wheel.due(millis(2)), None);
        assert_eq!(wheel.next(), Some(millis(8)));
        assert_eq!(wheel.due(millis(8)), Some((at(8), vec![2])));
        assert_eq!(wheel.due(millis(25)), Some((at(24), vec![1])));
        assert_eq!(wheel.due(millis(90_999)), None);
        assert_eq!(wheel.due(millis(91_000)), Some((at(91_000), vec![3, 4])));
        assert_eq!(wheel.next(), None);
    }

    #[test]
    fn who_is_in_is_put_in_again_only_for_an_earlier_deadline() {
        let mut wheel = Wheel::default();
        let due = wheel.insert(7, millis(17), Duration::ZERO, None);
        for deadline in [17, 20, 60_000] {
            let same = wheel.insert(7, millis(deadline), Duration::ZERO, Some(due));
            assert_eq!(same, due);
        }
        let earlier = wheel.insert(7, millis(5), Duration::ZERO, Some(due));
        assert_eq!(wheel.due(millis(20)), Some((earlier, vec![7])));
        assert_eq!(wheel.due(millis(24)), Some((due, vec![7])));
        assert_eq!(wheel.next(), None);
    }

    #[test]
    fn a_deadline_that_is_over_is_due_at_once() {
        let mut wheel = Wheel::default();
        let due = wheel.insert(7, Duration::ZERO, millis(100_000), None);
        assert_eq!(wheel.due(millis(100_000)), Some((due, vec![7])));
    }
}
