//! What a conversation needs besides its connection, and what its end means.

use crate::Deps;
use async_trait::async_trait;
use pushmail_domain::{Account, Authentication, Fault, FaultKind};
use pushmail_mailbox::{ReadError, ReadErrorKind};
use pushmail_upstream::dial::Line;
use pushmail_upstream::driver::Sink;
use pushmail_upstream::{Change, Redial};

/// Helps a conversation on.
pub(crate) struct Helper<'a> {
    pub(crate) deps: &'a Deps,
    pub(crate) account: &'a Account,
}

#[async_trait]
impl Sink for Helper<'_> {
    async fn accept(&mut self, _changes: Vec<Change>) -> Result<(), Fault> {
        Err(Fault::new(FaultKind::Internal, "nothing is watched here"))
    }

    async fn credential(&mut self) -> Result<Authentication, Fault> {
        self.deps.credentials.authentication(self.account).await
    }

    async fn redial(&mut self, redial: &Redial) -> Result<Line, Fault> {
        let pause = redial.at.saturating_sub(self.deps.lot.moment().elapsed);
        tokio::time::sleep(pause).await;
        let line = self.deps.dialer.line_for(self.account.id, &redial.endpoint);
        line.await
    }
}

/// What a fault means to whoever reads.
pub(crate) fn fault(fault: Fault) -> ReadError {
    let kind = match fault.kind {
        FaultKind::AuthRejected
        | FaultKind::LoginRefused
        | FaultKind::TokenExpired
        | FaultKind::AuthUnsupported
        | FaultKind::CredentialUnavailable => ReadErrorKind::Credential,
        FaultKind::TooLarge => ReadErrorKind::TooLarge,
        FaultKind::Timeout => ReadErrorKind::TimedOut,
        FaultKind::Internal => ReadErrorKind::Internal,
        _ => ReadErrorKind::Upstream,
    };
    ReadError::new(kind, fault.message.clone()).caused_by(fault)
}
