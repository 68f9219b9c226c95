//! Where messages are read from on request: by what their server speaks.

use super::Base;
use anyhow::Context as _;
use async_trait::async_trait;
use pushmail_credentials::Credentials;
use pushmail_domain::{Account, Protocol};
use pushmail_mailbox::{Mailbox, ReadError, Reading, Wanted};
use pushmail_mailbox_eas::EasMailbox;
use pushmail_mailbox_imap::ImapMailbox;
use pushmail_mailbox_imap::budget::{Bounded, Shared};
use pushmail_upstream::lot::{Lot, LotConfig};
use std::sync::Arc;

/// The mailboxes of all accounts.
pub(super) struct ByProtocol {
    imap: ImapMailbox,
    eas: EasMailbox,
}

#[async_trait]
impl Mailbox for ByProtocol {
    async fn open(
        &self,
        account: &Account,
        wanted: &Wanted,
    ) -> Result<Box<dyn Reading>, ReadError> {
        match account.upstream.protocol {
            Protocol::Imap => self.imap.open(account, wanted).await,
            Protocol::Eas { .. } => self.eas.open(account, wanted).await,
        }
    }
}

pub(super) fn build(
    config: &pushmail_mailbox_imap::Config,
    base: &Base,
) -> anyhow::Result<ByProtocol> {
    let credentials = Arc::new(Credentials::new(
        base.registry.clone(),
        base.master.clone(),
        base.entropy.clone(),
    ));
    let lot = LotConfig {
        threads: 1,
        ..LotConfig::default()
    };
    let lot = Lot::start(lot, base.clock.clone()).context("the system gives no thread")?;
    let eas = pushmail_mailbox_eas::Deps {
        credentials: credentials.clone(),
        dialer: base.dialer.clone(),
        lot: Arc::new(lot),
    };
    let imap = pushmail_mailbox_imap::Deps {
        credentials,
        dialer: base.dialer.clone(),
        budget: Arc::new(Shared::new(
            Bounded::new(config.sessions, config.sessions_per_account),
            base.budget.clone(),
            base.breakers.clone(),
            base.dialer.clone(),
        )),
        client: crate::client_name(),
        lifecycle: base.lifecycle.clone(),
    };
    Ok(ByProtocol {
        eas: EasMailbox::new(eas, config.sessions),
        imap: pushmail_mailbox_imap::build(config.clone(), imap),
    })
}
