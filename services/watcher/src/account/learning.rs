//! What conversations teach the next one: of this account, and of others at its provider.

use super::task::AccountTask;
use pushmail_imap::{ImapFlow, KeepAlive, Learned};
use pushmail_upstream::Flow;
use std::any::Any;

impl AccountTask {
    /// What earlier conversations taught.
    pub(super) fn learned(&self) -> Learned {
        let mut learned = self.life.announcer.learned;
        if let Some(limit) = self.shared().keep_alives.limit(&self.provider) {
            let keep_alive = learned.keep_alive;
            let keep_alive = keep_alive.unwrap_or_else(|| KeepAlive::new(self.quirks));
            learned.keep_alive = Some(keep_alive.limited(limit));
        }
        learned
    }

    /// Keeps what a conversation taught; what its connection died of counts for the provider too.
    pub(super) fn learn(&mut self, flow: Box<dyn Flow>) {
        let flow: Box<dyn Any> = flow;
        let Ok(flow) = flow.downcast::<ImapFlow>() else {
            return;
        };
        let announcer = &mut self.life.announcer;
        let before = announcer.learned.keep_alive;
        let before = before.unwrap_or_else(|| KeepAlive::new(self.quirks));
        announcer.learned = flow.learned();
        let Some(after) = announcer.learned.keep_alive else {
            return;
        };
        if after.ceiling() < before.ceiling() {
            let (provider, account) = (&self.provider, self.account().id);
            let known = &self.shared().keep_alives;
            known.note(provider, account, after.ceiling());
        }
    }
}
