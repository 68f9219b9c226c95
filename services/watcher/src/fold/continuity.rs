//! Whether the records of an account follow one another: each event raises the version of the account's
//! cursor by one, so a version without a record is one that the log lost after it acknowledged it.

use pushmail_domain::{CursorStep, VersionSet};

/// The versions of one account's records, in the order in which the log gives them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Continuity {
    /// The highest so far; `None` if it is not known where the records begin.
    last: Option<u64>,
    missing: VersionSet,
}

impl Continuity {
    /// Of an account whose records go on after this version.
    pub fn after(version: u64) -> Self {
        Self {
            last: Some(version),
            ..Self::default()
        }
    }

    /// Takes in the next record.
    pub fn meet(&mut self, step: &CursorStep) {
        self.reach(step.version.saturating_sub(1));
        self.last = self.last.max(Some(step.version));
        self.missing.remove(&(step.version..=step.version));
        self.missing.subtract(&step.absent);
    }

    /// The account's cursor is at this version, and no record follows: of the versions in `absent` none was to come.
    pub fn end(&mut self, version: u64, absent: &VersionSet) {
        self.reach(version);
        self.last = self.last.max(Some(version));
        self.missing.subtract(absent);
    }

    /// The versions that have no record and should have.
    pub const fn missing(&self) -> &VersionSet {
        &self.missing
    }

    /// Every version up to this one should have been met.
    fn reach(&mut self, version: u64) {
        if let Some(last) = self.last.filter(|last| *last < version) {
            self.missing.add(last + 1..=version);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(version: u64, absent: VersionSet) -> CursorStep {
        CursorStep {
            version,
            absent,
            ..CursorStep::default()
        }
    }

    fn met(mut continuity: Continuity, versions: &[u64]) -> Continuity {
        let steps = versions.iter().map(|v| step(*v, VersionSet::default()));
        steps.for_each(|step| continuity.meet(&step));
        continuity
    }

    fn missing(continuity: &Continuity) -> Vec<u64> {
        continuity.missing().ranges().cloned().flatten().collect()
    }

    #[test]
    fn records_that_follow_one_another_miss_nothing_wherever_they_begin() {
        assert!(missing(&met(Continuity::default(), &[5, 6, 7])).is_empty());
        assert!(missing(&met(Continuity::after(4), &[5, 6, 7])).is_empty());
    }

    #[test]
    fn versions_between_two_records_and_before_the_end_are_missing() {
        let mut continuity = met(Continuity::after(3), &[5, 6, 9]);
        assert_eq!(missing(&continuity), [4, 7, 8]);
        continuity.end(11, &VersionSet::default());
        assert_eq!(missing(&continuity), [4, 7, 8, 10, 11]);
    }

    #[test]
    fn a_record_that_comes_again_or_late_is_not_missed() {
        assert!(missing(&met(Continuity::after(3), &[4, 4, 6, 5, 4])).is_empty());
    }

    #[test]
    fn what_a_later_record_says_is_absent_is_not_missed() {
        let mut continuity = met(Continuity::after(3), &[7]);
        continuity.meet(&step(8, [4..=5].into_iter().collect()));
        assert_eq!(missing(&continuity), [6]);
        continuity.end(10, &[6..=6, 9..=10].into_iter().collect());
        assert!(missing(&continuity).is_empty());
    }
}
