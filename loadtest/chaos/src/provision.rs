//! Registers the mailboxes and the devices, as an operator does.

use crate::fleet::{Member, PASSWORD};
use crate::sender::user;
use crate::servers::MailPorts;
use anyhow::Context as _;
use pushmail_domain::{AccountId, Shard};
use pushmail_loadtest_tenant::{Tenant, Upstream};
use std::ops::Range;
use tonic::transport::Channel;

/// One mailbox of so many is watched through Exchange ActiveSync.
const EAS_EVERY: u32 = 3;

/// A mailbox that is watched.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    pub(crate) mailbox: u32,
    pub(crate) account: String,
    pub(crate) shard: Shard,
}

/// What was registered.
pub(crate) struct Provisioned {
    pub(crate) watched: Vec<Watched>,
    /// The devices'.
    pub(crate) tokens: Vec<String>,
}

/// Registers these mailboxes under a new tenant, so many for each device.
pub(crate) async fn provision(
    control: &Member,
    ports: MailPorts,
    mailboxes: Range<u32>,
    per_device: usize,
) -> anyhow::Result<Provisioned> {
    let endpoint = Channel::from_shared(format!("http://{}", control.grpc()))?;
    let tenant = Tenant::make(endpoint, &control.admin_key()?, "chaos").await?;
    let mut watched = Vec::new();
    for mailbox in mailboxes {
        let account = tenant.account(upstream(mailbox, ports), PASSWORD).await?;
        let id: AccountId = account.parse().ok().context("no account id")?;
        watched.push(Watched {
            mailbox,
            account,
            shard: Shard::of(id),
        });
    }
    let mut tokens = Vec::new();
    for some in watched.chunks(per_device) {
        let accounts = some.iter().map(|one| one.account.clone()).collect();
        tokens.push(tenant.device(accounts).await?);
    }
    Ok(Provisioned { watched, tokens })
}

fn upstream(mailbox: u32, ports: MailPorts) -> Upstream {
    match mailbox % EAS_EVERY == EAS_EVERY - 1 {
        true => Upstream::eas("localhost", ports.eas, &user(mailbox)),
        false => Upstream::imap("localhost", ports.imap, &user(mailbox)),
    }
}
