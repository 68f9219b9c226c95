//! Whether the registry or the event log is away, as open sessions find it: told once, not by each.

use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What is known of one of them. Times are [`pushmail_domain::Clock::elapsed`].
#[derive(Debug)]
pub(crate) struct Outage {
    /// Its name, for people.
    name: &'static str,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When it last answered.
    answered: Duration,
    /// Since when it has not, if a look-up got no answer after that.
    since: Option<Duration>,
}

impl Outage {
    /// Of what is called this.
    pub(crate) fn of(name: &'static str) -> Self {
        Self {
            name,
            state: Mutex::default(),
        }
    }

    /// A look-up was answered now.
    pub(crate) fn answered(&self, now: Duration) {
        if let Some(lasted) = self.end(now) {
            tracing::info!(?lasted, "the {} answers sessions again", self.name);
        }
    }

    /// A look-up that began then got no answer.
    pub(crate) fn unanswered(&self, begun: Duration, error: &(dyn Error + 'static)) {
        if self.begin(begun) {
            tracing::warn!(
                error,
                "the {} does not answer: open sessions go on as they are until it does",
                self.name
            );
        }
    }

    /// How long the outage lasted that this ends.
    fn end(&self, now: Duration) -> Option<Duration> {
        let mut state = self.state();
        state.answered = state.answered.max(now);
        let since = state.since.take()?;
        Some(now.saturating_sub(since))
    }

    /// Whether this is news. What began before the last answer may fail long after it, and says
    /// nothing of now.
    fn begin(&self, begun: Duration) -> bool {
        let mut state = self.state();
        let news = state.since.is_none() && begun >= state.answered;
        if news {
            state.since = Some(begun);
        }
        news
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_news_once_however_many_look_ups_find_it() {
        let second = Duration::from_secs;
        let outage = Outage::of("registry");
        assert_eq!(outage.end(second(1)), None);
        assert!(outage.begin(second(5)));
        assert!(!outage.begin(second(5)) && !outage.begin(second(65)));
        assert_eq!(outage.end(second(70)), Some(second(65)));
        assert_eq!(outage.end(second(71)), None);
        assert!(!outage.begin(second(69)), "it began before the answer");
        assert!(outage.begin(second(80)));
    }
}
