//! What conversations teach the next one: of this account, and of others at its provider.

use super::AccountTask;
use crate::announcer::Announcer;
use pushmail_imap::{ImapFlow, KeepAlive, Learned};

impl AccountTask {
    /// What earlier conversations taught.
    pub(super) fn learned(&self, announcer: &Announcer) -> Learned {
        let mut learned = announcer.learned;
        if let Some(limit) = self.shared.keep_alives.limit(&self.provider) {
            let keep_alive = learned.keep_alive;
            let keep_alive = keep_alive.unwrap_or_else(|| KeepAlive::new(self.quirks));
            learned.keep_alive = Some(keep_alive.limited(limit));
        }
        learned
    }

    /// Keeps what a conversation taught; what its connection died of counts for the provider too.
    pub(super) fn learn(&self, announcer: &mut Announcer, flow: &ImapFlow) {
        let before = announcer.learned.keep_alive;
        let before = before.unwrap_or_else(|| KeepAlive::new(self.quirks));
        announcer.learned = flow.learned();
        let Some(after) = announcer.learned.keep_alive else {
            return;
        };
        if after.ceiling() < before.ceiling() {
            let (provider, account) = (&self.provider, self.account.id);
            self.shared
                .keep_alives
                .note(provider, account, after.ceiling());
        }
    }
}
