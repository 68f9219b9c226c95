//! Saying how the account stands: to the operator always, to devices when it lasts.

use super::task::{AccountTask, Failed};
use pushmail_domain::{AccountPhase, Blame, Fault, FaultKind, Retry};
use pushmail_runtime::Counter;
use pushmail_upstream::breaker::Breakers;

/// An account announces an outage from this many failures in a row on: one lost connection is normal.
const ANNOUNCED_FAILURES: u32 = 2;

impl AccountTask {
    /// Counts and logs the end of a connection.
    pub(super) fn count(&self, fault: &Fault) {
        let failures = self.life.failures;
        let telemetry = &self.shared().telemetry;
        telemetry.count(Counter::UpstreamConnects, fault.kind.as_str(), 1);
        tracing::info!(
            account = %self.account().id, kind = fault.kind.as_str(), failures, %fault,
            "upstream connection ended"
        );
    }

    /// Says what went wrong; gives how to try again.
    pub(super) async fn tell(&mut self, failed: &Failed) -> Retry {
        let failures = self.life.failures;
        let kind = failed.fault.kind;
        // What fails for many is nobody's fault, and tried again as soon as the provider's breaker lets it.
        if Breakers::concerns(kind) && self.is_excused(failed) {
            self.life.announcer.note(&self.trouble());
            return match kind.retry() {
                Retry::Now => Retry::Now,
                Retry::Backoff | Retry::Seldom => Retry::Backoff,
            };
        }
        let message = &failed.fault.message;
        match phase(kind, failures, self.status().phase) {
            Some(phase) => self.enter(phase, message).await,
            None => self.life.announcer.note(message),
        }
        retry(kind, failures)
    }

    /// Says that the account is in this phase, as far as the log takes it.
    pub(super) async fn enter(&mut self, phase: AccountPhase, detail: &str) {
        let entered = Box::pin(self.life.announcer.enter(phase, detail));
        if let Err(fault) = entered.await {
            tracing::debug!(account = %self.account().id, %fault, "could not say how the account stands");
        }
    }
}

/// How to try again after so many failures in a row, the last of this kind.
const fn retry(kind: FaultKind, failures: u32) -> Retry {
    match kind {
        // The same token, sent again, is no better.
        FaultKind::TokenExpired if failures >= ANNOUNCED_FAILURES => Retry::Seldom,
        _ => kind.retry(),
    }
}

/// The phase that they put an account in phase `current` into, if another one.
fn phase(kind: FaultKind, failures: u32, current: AccountPhase) -> Option<AccountPhase> {
    let lasts = failures >= ANNOUNCED_FAILURES;
    let attended = current == AccountPhase::NeedsAttention;
    match (kind.retry(), kind.blame()) {
        // Refused once it may be the server's mood; again, while others get in, somebody should look.
        (Retry::Seldom, Blame::Upstream) if !lasts && !attended => Some(AccountPhase::Retrying),
        (Retry::Seldom, _) => Some(AccountPhase::NeedsAttention),
        (_, Blame::Account) if lasts => Some(AccountPhase::NeedsAttention),
        (_, Blame::Upstream | Blame::Gateway) if lasts => Some(AccountPhase::Retrying),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
