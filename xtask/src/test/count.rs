//! Counting the results of tests.

/// What has been counted so far.
#[derive(Default)]
pub(super) struct Count {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
    /// Of the passed ones, those that only said that they are left out.
    pub(super) left_out: u64,
}

impl Count {
    /// Takes in a line such as `test result: ok. 3 passed; 0 failed; 0 ignored; …`.
    pub(super) fn add(&mut self, line: &str) {
        // Such a test returns at once and its binary counts it as passed: it is not.
        if line.contains("SKIPPED: without") {
            self.skipped += 1;
            self.left_out += 1;
        }
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        let words: Vec<&str> = result.split_whitespace().collect();
        let number = |word: &str| {
            let at = words.iter().position(|w| w.trim_end_matches(';') == word)?;
            words.get(at.checked_sub(1)?)?.parse::<u64>().ok()
        };
        self.passed += number("passed").unwrap_or(0);
        self.failed += number("failed").unwrap_or(0);
        self.skipped += number("ignored").unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_test_binaries_add_up() {
        let mut count = Count::default();
        count.add("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out");
        count.add("test result: FAILED. 2 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out");
        count.add("SKIPPED: without dovecot");
        assert_eq!((count.passed, count.failed, count.skipped), (5, 4, 2));
        assert_eq!(count.left_out, 1);
    }
}
