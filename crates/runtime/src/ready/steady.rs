//! A state that does not follow each answer.

use std::time::Duration;

/// Whether something is there, judged by answers: lost after a time without any, back after a time with nothing else.
#[derive(Debug)]
pub struct Steady {
    lost_after: Duration,
    back_after: Duration,
    is_there: bool,
    /// Since when answers say otherwise.
    otherwise_since: Option<Duration>,
}

impl Steady {
    /// There at first.
    pub const fn new(lost_after: Duration, back_after: Duration) -> Self {
        Self {
            lost_after,
            back_after,
            is_there: true,
            otherwise_since: None,
        }
    }

    /// Takes note of whether there was an answer at this time, by a clock that only goes on; whether it is there.
    pub fn see(&mut self, answered: bool, now: Duration) -> bool {
        if answered == self.is_there {
            self.otherwise_since = None;
            return self.is_there;
        }
        let since = *self.otherwise_since.get_or_insert(now);
        let patience = match self.is_there {
            true => self.lost_after,
            false => self.back_after,
        };
        if now.saturating_sub(since) >= patience {
            self.is_there = answered;
            self.otherwise_since = None;
        }
        self.is_there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is seen at these seconds, with 30 s until it is lost and 5 s until it is back.
    fn seen(answers: &[(u64, bool)]) -> Vec<bool> {
        let mut steady = Steady::new(Duration::from_secs(30), Duration::from_secs(5));
        let see = |(at, answered): &(u64, bool)| steady.see(*answered, Duration::from_secs(*at));
        answers.iter().map(see).collect()
    }

    #[test]
    fn it_is_lost_after_a_time_without_any_answer() {
        let answers = [(0, true), (10, false), (39, false), (40, false)];
        assert_eq!(seen(&answers), [true, true, true, false]);
    }

    #[test]
    fn one_answer_in_between_begins_the_time_anew() {
        let answers = [
            (0, false),
            (29, false),
            (30, true),
            (31, false),
            (60, false),
        ];
        assert_eq!(seen(&answers), [true; 5]);
    }

    #[test]
    fn it_is_back_after_a_time_with_nothing_but_answers() {
        let answers = [
            (0, false),
            (30, false),
            (31, true),
            (34, false),
            (35, true),
            (39, true),
            (40, true),
        ];
        let expected = [true, false, false, false, false, false, true];
        assert_eq!(seen(&answers), expected);
    }
}
