//! Sets of UIDs as servers write them (RFC 9051, section 9, `sequence-set`), never expanded.

use super::cursor::number;
use super::limits;

/// A set of UIDs as ranges, both ends included. A server can name four billion messages in ten bytes, so
/// it is only ever looked at range by range.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UidSet {
    ranges: Vec<(u32, u32)>,
    truncated: bool,
}

impl UidSet {
    /// Reads `41,43:116,118`. What is no range is passed over; ranges written backwards are turned round;
    /// of more than [`limits::RANGES`] the rest is left out, and with `cut` the last one, whose end may be
    /// missing.
    pub fn parse(text: &[u8], cut: bool) -> Self {
        let mut set = Self {
            truncated: cut,
            ..Self::default()
        };
        let last = text.iter().rposition(|byte| *byte == b',');
        let text = if cut {
            &text[..last.unwrap_or(0)]
        } else {
            text
        };
        for range in text.split(|byte| *byte == b',') {
            let Some((first, last)) = read(range) else {
                continue;
            };
            if set.ranges.len() == limits::RANGES {
                set.truncated = true;
                break;
            }
            set.ranges.push((first.min(last), first.max(last)));
        }
        set
    }

    /// Whether ranges were left out.
    pub const fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// How many UIDs of it are below `end`.
    pub fn count_below(&self, end: u64) -> u64 {
        let ranges = self.below(end).into_iter();
        ranges
            .map(|(first, last)| u64::from(last - first) + 1)
            .sum()
    }

    /// Whether no UID is in it.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The part of it below `end`, rising, each UID in one range only.
    pub fn below(&self, end: u64) -> Vec<(u32, u32)> {
        let clip = |(first, last): &(u32, u32)| {
            let last = u64::from(*last).min(end.checked_sub(1)?);
            let last = u32::try_from(last).ok()?;
            (*first <= last).then_some((*first, last))
        };
        let mut ranges: Vec<(u32, u32)> = self.ranges.iter().filter_map(clip).collect();
        merge(&mut ranges);
        ranges.shrink_to_fit();
        ranges
    }
}

/// Makes ranges rising, each UID in one range only.
pub(crate) fn merge(ranges: &mut Vec<(u32, u32)>) {
    ranges.sort_unstable();
    // The earlier of two ranges that meet takes in the later one.
    ranges.dedup_by(|later, earlier| {
        let meet = later.0 <= earlier.1.saturating_add(1);
        if meet {
            earlier.1 = earlier.1.max(later.1);
        }
        meet
    });
}

fn read(range: &[u8]) -> Option<(u32, u32)> {
    let uid = |digits: &[u8]| {
        let uid = number(digits).and_then(|uid| u32::try_from(uid).ok());
        uid.filter(|uid| *uid > 0)
    };
    let range = range.trim_ascii();
    match range.iter().position(|byte| *byte == b':') {
        Some(colon) => Some((uid(&range[..colon])?, uid(&range[colon + 1..])?)),
        None => uid(range).map(|uid| (uid, uid)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_clipped_to_what_is_known_without_being_expanded() {
        let set = UidSet::parse(b"41,43:116,118,120:4294967295", false);
        assert_eq!(
            set.below(122),
            [(41, 41), (43, 116), (118, 118), (120, 121)]
        );
        assert_eq!(set.below(41), []);
        assert_eq!(set.below(0), []);
    }

    #[test]
    fn backward_and_overlapping_ranges_become_rising_ones() {
        let set = UidSet::parse(b"9:5,1,6:12,2", false);
        assert_eq!(set.below(1 << 32), [(1, 2), (5, 12)]);
    }

    #[test]
    fn what_is_no_range_is_passed_over() {
        let set = UidSet::parse(b"0,x,7:*,,4294967296,3", false);
        assert_eq!(set.below(1 << 32), [(3, 3)]);
    }

    #[test]
    fn the_last_range_of_a_set_that_was_cut_does_not_count() {
        let set = UidSet::parse(b"41,43:116,118:1", true);
        assert_eq!(set.below(1 << 32), [(41, 41), (43, 116)]);
        assert!(set.is_truncated());
        assert_eq!(set.count_below(50), 8);
        assert!(UidSet::parse(b"12", true).is_empty());
    }

    #[test]
    fn a_set_of_too_many_ranges_says_so() {
        let text: String = (1..=limits::RANGES + 1)
            .map(|n| format!("{},", n * 2))
            .collect();
        let set = UidSet::parse(text.as_bytes(), false);
        assert!(set.is_truncated());
        assert_eq!(set.below(1 << 32).len(), limits::RANGES);
    }
}
