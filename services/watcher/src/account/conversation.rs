//! The conversation with an account's server, in the server's protocol.

use super::task::AccountTask;
use pushmail_domain::{Authentication, Protocol};
use pushmail_eas::EasFlow;
use pushmail_imap::ImapFlow;
use pushmail_upstream::Flow;

impl AccountTask {
    /// The conversation on a connection that was just made.
    pub(super) fn conversation(&self, authentication: Authentication) -> Box<dyn Flow> {
        match &self.account().upstream.protocol {
            Protocol::Imap => Box::new(ImapFlow::new(self.imap(authentication))),
            Protocol::Eas { path } => Box::new(EasFlow::new(self.eas(path, authentication))),
        }
    }

    fn imap(&self, authentication: Authentication) -> pushmail_imap::Settings {
        let account = self.account();
        pushmail_imap::Settings {
            user: account.upstream.user.clone(),
            authentication,
            endpoint: account.upstream.endpoint.clone(),
            account: account.id,
            selection: account.selection.clone(),
            folders: account.folders.clone(),
            listed: account.listed,
            cursors: self.life.announcer.cursor().folders().collect(),
            content: account.content,
            events: account.events,
            quirks: self.quirks,
            learned: self.learned_imap(),
            client: self.shared().client.clone(),
        }
    }

    fn eas(&self, path: &str, authentication: Authentication) -> pushmail_eas::Settings {
        let account = self.account();
        pushmail_eas::Settings {
            account: account.id,
            endpoint: account.upstream.endpoint.clone(),
            path: path.to_owned(),
            user: account.upstream.user.clone(),
            authentication,
            selection: account.selection.clone(),
            folders: account.folders.clone(),
            listed: account.listed,
            cursors: self.life.announcer.cursor().syncs().cloned().collect(),
            content: account.content,
            events: account.events,
            learned: self.learned_eas(),
        }
    }
}
