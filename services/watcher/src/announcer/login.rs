//! What a login that succeeded says about the credential and the provider.

use super::Announcer;
use pushmail_domain::{FaultKind, Rejections};

impl Announcer {
    /// The server took the login: the attempt is over.
    pub(super) fn logged_in(&mut self) {
        if let Some(attempt) = self.connecting.take() {
            attempt.succeeded();
        }
    }

    /// The connection ended in this; its attempt is over, if it still was under way.
    pub(crate) fn attempt_failed(&mut self, kind: FaultKind) {
        if let Some(attempt) = self.connecting.take() {
            attempt.failed(kind);
        }
        // Only what is logged in is told that there is no such folder.
        if kind == FaultKind::FolderUnavailable {
            self.credential_is_good();
        }
    }

    /// Rejections before this login no longer count.
    pub(super) fn credential_is_good(&self) {
        let good = Rejections {
            version: self.account.version,
            ..Rejections::default()
        };
        self.shard.standings.set_rejections(self.account.id, good);
    }
}
