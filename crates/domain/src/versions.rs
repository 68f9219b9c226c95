//! Sets of versions of an account's cursor.

use std::ops::RangeInclusive;

/// Some versions of an account's cursor, kept as ranges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionSet(Vec<RangeInclusive<u64>>);

impl VersionSet {
    /// Whether it holds no version.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds all versions of the range.
    pub fn add(&mut self, versions: RangeInclusive<u64>) {
        if versions.is_empty() {
            return;
        }
        let (mut first, mut last) = versions.into_inner();
        // Ranges that overlap it, or follow one another, become one with it.
        self.0.retain(|known| {
            let apart =
                *known.end() < first.saturating_sub(1) || last.saturating_add(1) < *known.start();
            if !apart {
                first = first.min(*known.start());
                last = last.max(*known.end());
            }
            apart
        });
        let at = self.0.partition_point(|known| *known.end() < first);
        self.0.insert(at, first..=last);
    }

    /// Takes all versions of the range out.
    pub fn remove(&mut self, versions: &RangeInclusive<u64>) {
        let (first, last) = (*versions.start(), *versions.end());
        let mut left = Vec::with_capacity(self.0.len());
        for known in self.0.drain(..) {
            let (start, end) = known.into_inner();
            let below = start..=end.min(first.saturating_sub(1));
            let above = start.max(last.saturating_add(1))..=end;
            let outside = [
                (first > 0).then_some(below),
                (last < u64::MAX).then_some(above),
            ];
            left.extend(
                outside
                    .into_iter()
                    .flatten()
                    .filter(|range| !range.is_empty()),
            );
        }
        self.0 = left;
    }

    /// Adds all versions of another set.
    pub fn extend(&mut self, other: &Self) {
        other.ranges().for_each(|range| self.add(range.clone()));
    }

    /// Takes all versions of another set out.
    pub fn subtract(&mut self, other: &Self) {
        other.ranges().for_each(|range| self.remove(range));
    }

    /// Its ranges, in order; between two of them a version is missing.
    pub fn ranges(&self) -> impl Iterator<Item = &RangeInclusive<u64>> {
        self.0.iter()
    }
}

impl FromIterator<RangeInclusive<u64>> for VersionSet {
    fn from_iter<I: IntoIterator<Item = RangeInclusive<u64>>>(ranges: I) -> Self {
        let mut set = Self::default();
        ranges.into_iter().for_each(|range| set.add(range));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn versions(set: &VersionSet) -> BTreeSet<u64> {
        set.ranges().cloned().flatten().collect()
    }

    proptest! {
        #[test]
        fn it_holds_what_a_plain_set_would(changes in prop::collection::vec((any::<bool>(), 0u64..40, 0u64..8), 0..20)) {
            let (mut set, mut plain) = (VersionSet::default(), BTreeSet::new());
            for (adds, first, length) in changes {
                let range = first..=first + length;
                if adds {
                    set.add(range.clone());
                    plain.extend(range);
                } else {
                    set.remove(&range);
                    plain.retain(|version| !range.contains(version));
                }
                prop_assert_eq!(&versions(&set), &plain);
                let ranges: Vec<_> = set.ranges().collect();
                prop_assert!(ranges.windows(2).all(|pair| pair[0].end() + 1 < *pair[1].start()));
            }
        }
    }

    #[test]
    fn the_lowest_and_the_highest_version_can_be_added_and_removed() {
        let mut set: VersionSet = [0..=u64::MAX].into_iter().collect();
        set.remove(&(0..=0));
        set.remove(&(u64::MAX..=u64::MAX));
        assert_eq!(set.ranges().collect::<Vec<_>>(), [&(1..=u64::MAX - 1)]);
    }
}
