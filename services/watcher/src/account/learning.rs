//! What conversations teach the next one: of this account, and of others at its provider.

use super::task::AccountTask;
use pushmail_eas::EasFlow;
use pushmail_imap::ImapFlow;
use pushmail_upstream::Flow;
use pushmail_upstream::keepalive::KeepAlive;
use serde::{Deserialize, Serialize};
use std::any::Any;

/// What an account's conversations taught so far.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Learned {
    /// Nothing.
    None,
    /// With IMAP.
    Imap(pushmail_imap::Learned),
    /// With Exchange ActiveSync.
    Eas(Box<pushmail_eas::Learned>),
}

impl Learned {
    /// How long its connections may be silent; `None` if nothing was learned.
    fn keep_alive(&self) -> Option<KeepAlive> {
        match self {
            Self::None => None,
            Self::Imap(learned) => learned.keep_alive,
            Self::Eas(learned) => Some(learned.keep_alive),
        }
    }
}

impl AccountTask {
    /// What earlier conversations taught, for IMAP.
    pub(super) fn learned_imap(&self) -> pushmail_imap::Learned {
        let mut learned = match &self.life.announcer.learned {
            Learned::Imap(learned) => *learned,
            Learned::None | Learned::Eas(_) => pushmail_imap::Learned::default(),
        };
        if let Some(limit) = self.shared().keep_alives.limit(&self.provider) {
            let keep_alive = learned.keep_alive;
            let keep_alive = keep_alive.unwrap_or_else(|| self.quirks.keep_alive());
            learned.keep_alive = Some(keep_alive.limited(limit));
        }
        learned
    }

    /// The same, for Exchange ActiveSync.
    pub(super) fn learned_eas(&self) -> pushmail_eas::Learned {
        let mut learned = match &self.life.announcer.learned {
            Learned::Eas(learned) => (**learned).clone(),
            Learned::None | Learned::Imap(_) => pushmail_eas::Learned::default(),
        };
        if let Some(limit) = self.shared().keep_alives.limit(&self.provider) {
            learned.keep_alive = learned.keep_alive.limited(limit);
        }
        learned
    }

    /// Keeps what a conversation taught; what its connection died of counts for the provider too.
    pub(super) fn learn(&mut self, flow: Box<dyn Flow>) {
        let Some(learned) = learned_of(flow) else {
            return;
        };
        let before = self.life.announcer.learned.keep_alive();
        let before = before.unwrap_or_else(|| self.quirks.keep_alive());
        let after = learned.keep_alive();
        self.life.announcer.learned = learned;
        if let Some(after) = after.filter(|after| after.ceiling() < before.ceiling()) {
            let (provider, account) = (&self.provider, self.account().id);
            let known = &self.shared().keep_alives;
            known.note(provider, account, after.ceiling());
        }
    }
}

fn learned_of(flow: Box<dyn Flow>) -> Option<Learned> {
    let flow: Box<dyn Any> = flow;
    let flow = match flow.downcast::<ImapFlow>() {
        Ok(flow) => return Some(Learned::Imap(flow.learned())),
        Err(flow) => flow,
    };
    let flow = flow.downcast::<EasFlow>().ok()?;
    Some(Learned::Eas(Box::new(flow.learned().clone())))
}
