//! When which connection has to be looked at.

use std::collections::BTreeMap;
use std::time::Duration;

/// Deadlines within this are kept to the fine step, later ones to the coarse one.
const NEAR: Duration = Duration::from_secs(10);
const FINE: u64 = 8;
const COARSE: u64 = 1000;

/// Deadlines in buckets, of which each is due as a whole: never early, and at most one step late.
///
/// An entry is not taken out when its deadline moves: whoever it names is looked at, and put in again.
#[derive(Debug, Default)]
pub(super) struct Wheel {
    /// By the millisecond at which they are due.
    buckets: BTreeMap<u64, Vec<u32>>,
}

impl Wheel {
    /// Puts it in for this deadline, unless it is `in_by` then or earlier; gives when it is due first.
    pub(super) fn insert(
        &mut self,
        who: u32,
        deadline: Duration,
        now: Duration,
        in_by: Option<Duration>,
    ) -> Duration {
        let step = match deadline.saturating_sub(now) > NEAR {
            true => COARSE,
            false => FINE,
        };
        let millis = u64::try_from(deadline.as_micros().div_ceil(1000)).unwrap_or(u64::MAX);
        let due = millis.div_ceil(step).saturating_mul(step);
        match in_by {
            Some(earlier) if earlier <= Duration::from_millis(due) => earlier,
            _ => {
                self.buckets.entry(due).or_default().push(who);
                Duration::from_millis(due)
            }
        }
    }

    /// When the next bucket is due.
    pub(super) fn next(&self) -> Option<Duration> {
        let (due, _) = self.buckets.first_key_value()?;
        Some(Duration::from_millis(*due))
    }

    /// Takes out a bucket that is due, with when it was.
    pub(super) fn due(&mut self, now: Duration) -> Option<(Duration, Vec<u32>)> {
        let first = self.buckets.first_entry()?;
        let due = Duration::from_millis(*first.key());
        (due <= now).then(|| (due, first.remove()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn what_is_due_comes_out_never_early_and_at_most_one_step_late() {
        let mut wheel = Wheel::default();
        assert_eq!(wheel.next(), None);
        for (who, deadline) in [(1, 17), (2, 3), (3, 90_500), (4, 90_700)] {
            let due = wheel.insert(who, millis(deadline), Duration::ZERO, None);
            let late = due - millis(deadline);
            assert!(late < millis(if deadline > 10_000 { COARSE } else { FINE }));
        }
        assert_eq!(wheel.due(millis(2)), None);
        assert_eq!(wheel.next(), Some(millis(8)));
        assert_eq!(wheel.due(millis(8)), Some((millis(8), vec![2])));
        assert_eq!(wheel.due(millis(25)), Some((millis(24), vec![1])));
        assert_eq!(wheel.due(millis(90_999)), None);
        assert_eq!(
            wheel.due(millis(91_000)),
            Some((millis(91_000), vec![3, 4]))
        );
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
