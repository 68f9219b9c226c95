//! Which UIDs a read has announced.

/// How many ranges are remembered.
const RANGES: usize = 1024;

/// A set of UIDs, as ranges. Servers send messages in rising order, so the newest ranges matter; past
/// [`RANGES`] the lowest is forgotten. A message that comes again after that is announced again, under
/// the same identity.
#[derive(Default)]
pub(super) struct Seen {
    /// First and last UID of each range, rising, with gaps between them.
    ranges: std::collections::VecDeque<(u32, u32)>,
}

impl Seen {
    pub(super) fn contains(&self, uid: u32) -> bool {
        let after = self.ranges.partition_point(|(first, _)| *first <= uid);
        after > 0 && self.ranges[after - 1].1 >= uid
    }

    pub(super) fn highest(&self) -> Option<u32> {
        self.ranges.back().map(|(_, last)| *last)
    }

    pub(super) fn insert(&mut self, uid: u32) {
        if self.contains(uid) {
            return;
        }
        let after = self.ranges.partition_point(|(first, _)| *first <= uid);
        let joins_before = after > 0 && self.ranges[after - 1].1.checked_add(1) == Some(uid);
        let joins_after = self
            .ranges
            .get(after)
            .is_some_and(|(first, _)| *first == uid + 1);
        match (joins_before, joins_after) {
            (true, true) => {
                let last = self.ranges[after].1;
                self.ranges[after - 1].1 = last;
                self.ranges.remove(after);
            }
            (true, false) => self.ranges[after - 1].1 = uid,
            (false, true) => self.ranges[after].0 = uid,
            (false, false) => self.ranges.insert(after, (uid, uid)),
        }
        if self.ranges.len() > RANGES {
            self.ranges.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_holds_what_was_inserted(uids in prop::collection::vec(0u32..64, 0..80)) {
            let mut seen = Seen::default();
            let mut model = BTreeSet::new();
            for uid in uids {
                seen.insert(uid);
                model.insert(uid);
                prop_assert_eq!(seen.highest(), model.last().copied());
            }
            for uid in 0..64 {
                prop_assert_eq!(seen.contains(uid), model.contains(&uid));
            }
        }
    }

    #[test]
    fn past_its_bound_the_lowest_is_forgotten() {
        let mut seen = Seen::default();
        let last = u32::MAX;
        for step in 0..=RANGES as u32 {
            seen.insert(1 + step * 2);
        }
        seen.insert(last);
        assert_eq!(seen.ranges.len(), RANGES);
        assert!(seen.contains(last) && !seen.contains(1));
    }
}
