//! One breaker per provider: when many of its logins fail together, the fault is not the accounts'.
//!
//! Closed, every login goes out. Open, none does. Half open, one goes out at a time as a trial, and several in a row have
//! to succeed before it closes. Each time it opens again it stays open for longer.
//!
//! What counts as failing is an account whose present credential has logged in before, once per window: accounts that
//! never could log in prove nothing about the provider, so that nobody's wrong passwords shut it for others.

mod recent;
mod state;

use crate::provider::Provider;
use pushmail_domain::{AccountId, Clock, Entropy, FaultKind};
use pushmail_runtime::{Counter, Gauge, Telemetry};
use serde::Deserialize;
use state::{Breaker, Position};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The settings of [`Breakers`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakerConfig {
    /// Logins of the last so long are looked at together.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub window: Duration,
    /// Fewer accounts than this that logged in within the window open nothing; at least 1.
    pub min_logins: u32,
    /// A larger share of them that failed opens the breaker, in percent.
    pub failing_percent: u32,
    /// How long it stays open, the first time; each further time twice as long.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub open: Duration,
    /// It never stays open for longer than this, and up to a quarter more at random.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub open_cap: Duration,
}

impl Default for BreakerConfig {
    /// Over 20 % of at least 10 accounts within 60 s; open for 30 s, at most for 2 min: one trial in that time burdens
    /// nobody, and an end of the trouble is noticed soon.
    fn default() -> Self {
        Self {
            window: Duration::from_secs(60),
            min_logins: 10,
            failing_percent: 20,
            open: Duration::from_secs(30),
            open_cap: Duration::from_secs(2 * 60),
        }
    }
}

/// What an attempt to log in says about the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Evidence {
    Succeeded,
    Failed,
    Nothing,
}

impl Evidence {
    const fn of(kind: FaultKind) -> Self {
        match kind {
            // The login was taken.
            FaultKind::FolderUnavailable => Self::Succeeded,
            FaultKind::UnknownHost
            | FaultKind::Unreachable
            | FaultKind::Timeout
            | FaultKind::BadCertificate
            | FaultKind::Tls
            | FaultKind::AuthRejected
            | FaultKind::LoginRefused
            | FaultKind::Throttled
            | FaultKind::Protocol
            | FaultKind::TooLarge
            | FaultKind::Closed => Self::Failed,
            // The gateway's own doing, or one account's settings.
            FaultKind::PlaintextRefused
            | FaultKind::EgressDenied
            | FaultKind::TokenExpired
            | FaultKind::AuthUnsupported
            | FaultKind::CredentialUnavailable
            | FaultKind::DeviceBlocked
            | FaultKind::DeviceLimit
            | FaultKind::AccountDisabled
            | FaultKind::Internal => Self::Nothing,
        }
    }
}

/// Who wants to log in.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// Whether its present credential has logged in before and was not rejected since.
    pub proven: bool,
}

/// No login may go out for now: ask again after this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocked(pub Duration);

/// The breakers of all providers. Make one for the process and share it.
pub struct Breakers {
    config: BreakerConfig,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    telemetry: Telemetry,
    providers: Mutex<HashMap<Provider, Breaker>>,
}

impl std::fmt::Debug for Breakers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Breakers")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// The right to log in once. Say how it went; dropped without a word, it says nothing about the provider.
#[derive(Debug)]
pub struct Ticket {
    breakers: Arc<Breakers>,
    provider: Provider,
    caller: Caller,
    /// The trial's number, if it is one.
    trial: Option<u64>,
    told: bool,
}

/// Providers beyond so many are looked through for those of which nothing has to be kept.
const KEPT: usize = 1024;

impl Breakers {
    /// All closed.
    pub fn new(
        config: BreakerConfig,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        telemetry: Telemetry,
    ) -> Self {
        Self {
            config,
            clock,
            entropy,
            telemetry,
            providers: Mutex::default(),
        }
    }

    /// The settings.
    pub const fn config(&self) -> &BreakerConfig {
        &self.config
    }

    /// The right to log in. If it takes a while until the login goes out, look at [`Ticket::holds`] again.
    ///
    /// # Errors
    ///
    /// [`Blocked`] while the provider's breaker is open, or while another trial is under way.
    pub fn admit(self: &Arc<Self>, provider: &Provider, caller: Caller) -> Result<Ticket, Blocked> {
        let admitted = self.with(provider, |breaker, now| {
            breaker.admit(now, caller.proven, &self.config)
        });
        let trial = admitted.map_err(|wait| self.blocked(wait))?;
        Ok(Ticket {
            breakers: self.clone(),
            provider: provider.clone(),
            caller,
            trial,
            told: false,
        })
    }

    /// Whether a login that failed at this moment (of the clock's elapsed time) failed together with many others of the
    /// provider: its breaker was or became other than closed then or within the window after. Ask once the window is over.
    pub fn excuses(&self, provider: &Provider, failed_at: Duration) -> bool {
        self.with(provider, |breaker, _| {
            breaker.excuses(failed_at, self.config.window)
        })
    }

    /// Whether this is a failure that tells something about the provider.
    pub fn concerns(kind: FaultKind) -> bool {
        Evidence::of(kind) == Evidence::Failed
    }

    /// Whether nothing hints at trouble of the provider: its breaker is closed, and no other account's login failed
    /// within the window.
    pub fn is_quiet(&self, provider: &Provider, account: AccountId) -> bool {
        self.with(provider, |breaker, now| {
            breaker.is_quiet(now, account, &self.config)
        })
    }

    fn told(&self, ticket: &Ticket, evidence: Evidence) {
        let extra = self.entropy.below(256);
        self.with(&ticket.provider, |breaker, now| {
            breaker.told(now, ticket, evidence, &self.config, extra);
        });
    }

    /// Does something to a breaker, and counts its change.
    fn with<R>(&self, provider: &Provider, act: impl FnOnce(&mut Breaker, Duration) -> R) -> R {
        let now = self.clock.elapsed();
        let mut providers = self.lock();
        if providers.len() >= KEPT && !providers.contains_key(provider) {
            providers.retain(|_, breaker| !breaker.is_idle(now, &self.config));
        }
        let breaker = providers.entry(provider.clone()).or_default();
        let before = breaker.position();
        let done = act(breaker, now);
        let after = breaker.position();
        if before != after {
            self.changed(provider, before, after);
        }
        done
    }

    fn changed(&self, provider: &Provider, before: Position, after: Position) {
        let telemetry = &self.telemetry;
        telemetry.count(Counter::BreakerChanges, after.as_str(), 1);
        for (position, by) in [(before, -1), (after, 1)] {
            if position != Position::Closed {
                telemetry.gauge(Gauge::Breakers, position.as_str(), by);
            }
        }
        match after {
            Position::Opened => {
                tracing::warn!(%provider, "many logins fail together: none is tried for a while");
            }
            Position::HalfOpen => tracing::info!(%provider, "logins are tried one at a time"),
            Position::Closed => tracing::info!(%provider, "logins succeed again"),
        }
    }

    /// With some chance, so that those who wait do not come together.
    fn blocked(&self, wait: Duration) -> Blocked {
        let least = self.config.open / 10;
        let wait = wait.max(least);
        let micros = u64::try_from(least.as_micros()).unwrap_or(u64::MAX - 1);
        Blocked(wait + Duration::from_micros(self.entropy.below(micros + 1)))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Provider, Breaker>> {
        self.providers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// Whether the login may still go out: not once the breaker has opened since.
    pub fn holds(&self) -> bool {
        let trial = self.trial;
        self.breakers
            .with(&self.provider, |breaker, _| breaker.holds(trial))
    }

    /// The server took the login.
    pub fn succeeded(mut self) {
        self.tell(Evidence::Succeeded);
    }

    /// The attempt ended in this before the server took the login.
    pub fn failed(mut self, kind: FaultKind) {
        self.tell(Evidence::of(kind));
    }

    fn tell(&mut self, evidence: Evidence) {
        self.told = true;
        self.breakers.told(self, evidence);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.told {
            self.breakers.told(self, Evidence::Nothing);
        }
    }
}

#[cfg(test)]
mod tests;
