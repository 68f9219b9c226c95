//! A credential that the server rejected: counted, and tried again as `rejections` says. Unless many logins at the provider
//! failed together: then it is not counted.

use super::{AccountTask, Failed, History};
use crate::announcer::Announcer;
use crate::rejections::{self, Next};
use pushmail_domain::{AccountPhase, Rejections, Retry};

impl AccountTask {
    /// How often the credential was rejected.
    pub(super) fn rejections(&self) -> Rejections {
        let standing = self.shard.standings.get(self.account.id);
        standing.status.rejections
    }

    /// Waits until the credential may be tried; `false` if the account is stopped before.
    pub(super) async fn credential_turn(&self, announcer: &mut Announcer) -> bool {
        let (rejections, now) = (self.rejections(), self.shared.clock.now());
        match rejections::next(rejections, self.account.version, now) {
            Next::Now => true,
            Next::After(pause) => {
                self.say_rejected(announcer, rejections).await;
                self.wait(pause).await
            }
            Next::Never => {
                self.say_rejected(announcer, rejections).await;
                self.stop.cancelled().await;
                false
            }
        }
    }

    /// Counts a rejection, and says so; `false` if stopped meanwhile.
    ///
    /// It is counted at once, so that nothing makes it forgotten, and taken back if it turns out that the provider's logins
    /// failed together. A credential that worked before is not blamed in public until that is known; one that never did,
    /// at once, for somebody is waiting to hear it.
    pub(super) async fn rejected(
        &self,
        announcer: &mut Announcer,
        failed: &Failed,
        history: &mut History,
    ) -> bool {
        let (before, version) = (self.rejections(), self.account.version);
        let counted = rejections::one_more(before, version, self.shared.clock.now());
        self.set_rejections(counted);
        let breakers = &self.shared.breakers;
        let at_once = !rejections::proven(before, version)
            && breakers.is_quiet(&self.provider, self.account.id);
        if !at_once {
            announcer.note(&failed.fault.message);
            let goes_on = self.is_excused(failed) || self.wait(breakers.config().window).await;
            if self.is_excused(failed) {
                self.set_rejections(before);
                announcer.note(&self.trouble());
                return goes_on && self.back_off(Retry::Backoff, failed, history).await;
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
        self.enter(announcer, AccountPhase::NeedsAttention, &detail)
            .await;
        true
    }

    pub(super) fn is_excused(&self, failed: &Failed) -> bool {
        self.shared.breakers.excuses(&self.provider, failed.at)
    }

    fn set_rejections(&self, rejections: Rejections) {
        let standings = &self.shard.standings;
        standings.set_rejections(self.account.id, rejections);
    }

    /// For an owner that did not see the rejection itself, and whoever did may not have said so.
    async fn say_rejected(&self, announcer: &mut Announcer, rejections: Rejections) {
        let standing = self.shard.standings.get(self.account.id);
        if standing.status.phase != AccountPhase::NeedsAttention {
            let detail = format!(
                "the server rejected the credential: check it; {}",
                rejections::outlook(rejections.count)
            );
            self.enter(announcer, AccountPhase::NeedsAttention, &detail)
                .await;
        }
    }
}
