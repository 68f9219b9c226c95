//! A credential that the server rejected: counted, and tried again as `rejections` says. Unless many logins at the provider
//! failed together: then it is not counted.

use super::task::{AccountTask, Failed};
use crate::rejections::{self, Next};
use pushmail_domain::{AccountPhase, AccountStatus, Rejections, Retry};
use std::time::Duration;

/// The runtime's timers stand still while the machine is paused and the clock does not, so that it is looked at no more
/// seldom than this.
const MAX_SLEEP: Duration = Duration::from_secs(60);

impl AccountTask {
    /// Where the account stands.
    pub(super) fn status(&self) -> AccountStatus {
        self.shard().standings.get(self.account().id).status
    }

    /// Waits until the credential may be tried; `false` if the account is stopped before.
    pub(super) async fn credential_turn(&mut self) -> bool {
        let (rejections, now) = (self.status().rejections, self.shared().clock.now());
        let next = rejections::next(rejections, self.account().version, now);
        if !matches!(next, Next::Now) {
            self.start.give_back();
        }
        match next {
            Next::Now => true,
            Next::After(pause) => {
                self.say_rejected(rejections).await;
                self.wait_by_clock(pause).await
            }
            Next::Never => {
                self.say_rejected(rejections).await;
                self.busy.stop().cancelled().await;
                false
            }
        }
    }

    /// Counts a rejection, and says so; `false` if stopped meanwhile.
    ///
    /// It is counted at once, so that nothing makes it forgotten, and taken back if it turns out that the provider's logins
    /// failed together. A credential that worked before is not blamed in public until that is known; one that never did,
    /// at once, for somebody is waiting to hear it.
    pub(super) async fn rejected(&mut self, failed: &Failed) -> bool {
        let (status, version) = (self.status(), self.account().version);
        let before = status.rejections;
        let counted = rejections::one_more(before, version, self.shared().clock.now());
        self.set_rejections(counted);
        let breakers = self.shared().breakers.clone();
        let at_once = !rejections::proven(&status, version)
            && breakers.is_quiet(&self.provider, self.account().id);
        if !at_once {
            self.life.announcer.note(&failed.fault.message);
            let goes_on = self.is_excused(failed) || self.wait(breakers.config().window).await;
            if self.is_excused(failed) {
                self.set_rejections(before);
                self.life.announcer.note(&self.trouble());
                return goes_on && self.back_off(Retry::Backoff, failed).await;
            }
            if !goes_on {
                return false;
            }
        }
        let detail = format!(
            "{}; {}",
            failed.fault.message,
            rejections::outlook(counted.count)
        );
        self.enter(AccountPhase::NeedsAttention, &detail).await;
        true
    }

    /// Waits, also while the machine is paused; `false` if stopped before.
    async fn wait_by_clock(&self, pause: Duration) -> bool {
        let clock = &self.shared().clock;
        let until = clock.elapsed() + pause;
        loop {
            let left = until.saturating_sub(clock.elapsed());
            if left.is_zero() {
                return true;
            }
            if !self.wait(left.min(MAX_SLEEP)).await {
                return false;
            }
        }
    }

    pub(super) fn is_excused(&self, failed: &Failed) -> bool {
        self.shared().breakers.excuses(&self.provider, failed.at)
    }

    fn set_rejections(&self, rejections: Rejections) {
        let standings = &self.shard().standings;
        standings.set_rejections(self.account().id, rejections);
    }

    /// For an owner that did not see the rejection itself, and whoever did may not have said so.
    async fn say_rejected(&mut self, rejections: Rejections) {
        if self.status().phase != AccountPhase::NeedsAttention {
            let detail = format!(
                "the server rejected the credential: check it; {}",
                rejections::outlook(rejections.count)
            );
            self.enter(AccountPhase::NeedsAttention, &detail).await;
        }
    }
}
