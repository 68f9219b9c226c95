//! One provider's breaker, as a state machine without clock or lock.

use super::recent::Recent;
use super::{BreakerConfig, Evidence, Ticket};
use pushmail_domain::AccountId;
use std::time::Duration;

/// So many trials in a row have to succeed.
const TRIALS: u32 = 3;

/// A breaker that was closed this long opens as for the first time.
const STABLE: Duration = Duration::from_secs(5 * 60);

/// Where a breaker stands; also a metric label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    Closed,
    Opened,
    HalfOpen,
}

impl Position {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Opened => "opened",
            Self::HalfOpen => "half_open",
        }
    }
}

#[derive(Debug, Default)]
enum Phase {
    #[default]
    Closed,
    Open {
        until: Duration,
    },
    HalfOpen(Trials),
}

/// Logins that go out one at a time.
#[derive(Debug)]
struct Trials {
    /// The number of the one under way.
    running: Option<u64>,
    succeeded: u32,
    /// When the last one ended.
    idle_since: Duration,
}

/// When the breaker was last other than closed.
#[derive(Debug, Clone, Copy)]
struct Trouble {
    since: Duration,
    until: Option<Duration>,
}

#[derive(Debug, Default)]
pub(super) struct Breaker {
    phase: Phase,
    recent: Recent,
    trouble: Option<Trouble>,
    /// How long it was open last; zero if it never was.
    pause: Duration,
    /// The number of the last trial.
    trials: u64,
}

impl Breaker {
    pub(super) const fn position(&self) -> Position {
        match self.phase {
            Phase::Closed => Position::Closed,
            Phase::Open { .. } => Position::Opened,
            Phase::HalfOpen(_) => Position::HalfOpen,
        }
    }

    /// Whether a login may go out; else how long to wait at least.
    fn check(
        &mut self,
        now: Duration,
        proven: bool,
        config: &BreakerConfig,
    ) -> Result<(), Duration> {
        self.go_on(now, config);
        match &self.phase {
            Phase::Closed => Ok(()),
            Phase::Open { until } => Err(until.saturating_sub(now)),
            Phase::HalfOpen(trials) => {
                // Where no proven account comes for a while, any other is better than none.
                let waited = now.saturating_sub(trials.idle_since) >= config.window;
                let free = trials.running.is_none() && (proven || waited);
                free.then_some(()).ok_or(Duration::ZERO)
            }
        }
    }

    /// Lets a login go out, as a trial with this number if the breaker is half open.
    pub(super) fn admit(
        &mut self,
        now: Duration,
        proven: bool,
        config: &BreakerConfig,
    ) -> Result<Option<u64>, Duration> {
        self.check(now, proven, config)?;
        let Phase::HalfOpen(trials) = &mut self.phase else {
            return Ok(None);
        };
        self.trials += 1;
        trials.running = Some(self.trials);
        Ok(trials.running)
    }

    /// Whether what was let go out with this number may still go.
    pub(super) fn holds(&self, trial: Option<u64>) -> bool {
        match &self.phase {
            Phase::Closed => true,
            Phase::HalfOpen(trials) => trial.is_some() && trials.running == trial,
            Phase::Open { .. } => false,
        }
    }

    /// Takes in how a login went. `extra`: 0 to 255, how much longer than it must the breaker stays open.
    pub(super) fn told(
        &mut self,
        now: Duration,
        ticket: &Ticket,
        evidence: Evidence,
        config: &BreakerConfig,
        extra: u64,
    ) {
        let caller = ticket.caller;
        // Of an account that never could log in, a success is all that counts.
        let evidence = match evidence {
            Evidence::Failed if !caller.proven => Evidence::Nothing,
            evidence => evidence,
        };
        match &mut self.phase {
            Phase::Closed => {
                self.remember(now, caller.account, evidence, config);
                if self.many_fail(config) {
                    self.open(now, config, extra);
                }
            }
            Phase::HalfOpen(trials) if trials.running == ticket.trial && ticket.trial.is_some() => {
                trials.running = None;
                trials.idle_since = now;
                match evidence {
                    Evidence::Failed => self.open(now, config, extra),
                    Evidence::Succeeded if trials.succeeded + 1 == TRIALS => self.close(now),
                    Evidence::Succeeded => trials.succeeded += 1,
                    Evidence::Nothing => {}
                }
            }
            // It went out before the breaker opened.
            Phase::HalfOpen(_) | Phase::Open { .. } => {}
        }
    }

    pub(super) fn excuses(&self, failed_at: Duration, window: Duration) -> bool {
        self.trouble.is_some_and(|trouble| {
            trouble.since <= failed_at + window
                && trouble.until.is_none_or(|until| until >= failed_at)
        })
    }

    pub(super) fn is_quiet(
        &mut self,
        now: Duration,
        account: AccountId,
        config: &BreakerConfig,
    ) -> bool {
        self.recent.prune(now, config.window);
        self.position() == Position::Closed && !self.recent.another_failed(account)
    }

    /// Whether nothing has to be kept of it.
    pub(super) fn is_idle(&mut self, now: Duration, config: &BreakerConfig) -> bool {
        self.recent.prune(now, config.window);
        self.recent.is_empty() && self.position() == Position::Closed && self.is_stable(now)
    }

    /// What time alone brings about.
    fn go_on(&mut self, now: Duration, config: &BreakerConfig) {
        match &self.phase {
            Phase::Open { until } if *until <= now => {
                self.phase = Phase::HalfOpen(Trials {
                    running: None,
                    succeeded: 0,
                    idle_since: now,
                });
            }
            // Nobody is left who would have to be held back, and the last to come in was welcome.
            Phase::HalfOpen(trials)
                if trials.running.is_none()
                    && trials.succeeded > 0
                    && now.saturating_sub(trials.idle_since) >= config.window =>
            {
                self.close(now);
            }
            _ => {}
        }
    }

    fn remember(
        &mut self,
        now: Duration,
        account: AccountId,
        evidence: Evidence,
        config: &BreakerConfig,
    ) {
        self.recent.prune(now, config.window);
        match evidence {
            Evidence::Succeeded => self.recent.add(now, account, false),
            Evidence::Failed => self.recent.add(now, account, true),
            Evidence::Nothing => {}
        }
    }

    fn many_fail(&self, config: &BreakerConfig) -> bool {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let (total, failed) = (count(self.recent.total()), count(self.recent.failed()));
        total >= u64::from(config.min_logins.max(1))
            && failed.saturating_mul(100) > total.saturating_mul(config.failing_percent.into())
    }

    fn open(&mut self, now: Duration, config: &BreakerConfig, extra: u64) {
        let again = self.position() != Position::Closed || !self.is_stable(now);
        self.pause = match again {
            true => self.pause.saturating_mul(2).min(config.open_cap),
            false => config.open.min(config.open_cap),
        };
        let extra = self.pause * u32::try_from(extra.min(255)).unwrap_or(0) / 1024;
        if self.position() == Position::Closed {
            self.trouble = Some(Trouble {
                since: now,
                until: None,
            });
        }
        self.recent.clear();
        self.phase = Phase::Open {
            until: now + self.pause + extra,
        };
    }

    fn close(&mut self, now: Duration) {
        self.phase = Phase::Closed;
        if let Some(trouble) = &mut self.trouble {
            trouble.until = Some(now);
        }
    }

    /// Whether it has been closed for long, or always was.
    fn is_stable(&self, now: Duration) -> bool {
        let closed_at = self.trouble.and_then(|trouble| trouble.until);
        closed_at.is_none_or(|at| now.saturating_sub(at) >= STABLE)
    }
}
