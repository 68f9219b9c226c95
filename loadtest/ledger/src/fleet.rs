//! The mail servers under the ledger, and which of them holds which mailbox.

use crate::Server;
use crate::mailserver::{MailServer, simulate};
use crate::trouble::Troubled;
use anyhow::Context as _;
use pushmail_mailsim::{Mailsim, Profile};
use pushmail_testkit::Kind;
use std::sync::Arc;

/// The roles that the simulated server plays in a mix.
const ROLES: [&str; 4] = ["full", "gmail", "courier", "cyrus"];

/// The password of every mailbox.
pub(crate) const PASSWORD: &str = "secret";

/// One mailbox of so many is watched through Exchange ActiveSync, where mail only comes.
const EAS_EVERY: u32 = 3;

/// All servers.
pub(crate) struct Fleet {
    /// Mailboxes are spread over them in turn.
    servers: Vec<MailServer>,
    /// Where those mailboxes are that are watched through Exchange ActiveSync.
    eas: Option<MailServer>,
}

impl Fleet {
    /// Starts what the arguments ask for, and a simulated server besides if none has ActiveSync. With `changes`, the
    /// simulated server has every extension, and no mailbox is watched through ActiveSync.
    pub(crate) async fn start(server: Server, changes: bool) -> anyhow::Result<Self> {
        let servers = match server {
            Server::Dovecot => vec![MailServer::real(Kind::Dovecot).await?],
            Server::Cyrus => vec![MailServer::real(Kind::Cyrus).await?],
            Server::Courier => vec![MailServer::real(Kind::Courier).await?],
            Server::Mailsim if changes => vec![played("full").await?],
            Server::Mailsim => vec![played("plain").await?],
            Server::Mix => mix().await?,
        };
        let eas = match changes {
            true => None,
            false => Some(MailServer::Eas(simulated(&servers).await?)),
        };
        Ok(Self { servers, eas })
    }

    pub(crate) fn of(&self, mailbox: u32) -> &MailServer {
        let eas = self.eas.as_ref().filter(|_| is_eas(mailbox));
        eas.unwrap_or(&self.servers[mailbox as usize % self.servers.len()])
    }

    /// What can go wrong with ActiveSync, if some of so many mailboxes are watched through it.
    pub(crate) fn troubled(&self, mailboxes: u32) -> Option<Troubled> {
        let Some(MailServer::Eas(sim)) = &self.eas else {
            return None;
        };
        Some(Troubled {
            sim: Arc::clone(sim),
            mailboxes: (0..mailboxes).filter(|mailbox| is_eas(*mailbox)).collect(),
        })
    }

    /// The certificates of all servers' authorities.
    pub(crate) fn ca_pem(&self) -> String {
        let all = self.servers.iter().chain(&self.eas);
        all.map(MailServer::ca_pem).collect()
    }

    /// How `pushmail ctl account create` names a mailbox.
    pub(crate) fn target(&self, mailbox: u32) -> anyhow::Result<String> {
        self.of(mailbox).target(&user(mailbox))
    }

    pub(crate) async fn deliver(&self, number: u32, mailbox: u32) -> anyhow::Result<()> {
        let user = user(mailbox);
        let mail = pushmail_mailsim::message(number.into(), &user);
        self.of(mailbox).deliver(&user, mail).await
    }

    /// The Message-IDs of what a mailbox's INBOX holds.
    pub(crate) async fn message_ids(&self, mailbox: u32) -> anyhow::Result<Vec<String>> {
        self.of(mailbox).message_ids(&user(mailbox)).await
    }
}

const fn is_eas(mailbox: u32) -> bool {
    mailbox % EAS_EVERY == EAS_EVERY - 1
}

/// The first of the servers that is simulated, or another one.
async fn simulated(servers: &[MailServer]) -> anyhow::Result<Arc<Mailsim>> {
    let simulated = servers.iter().find_map(|server| match server {
        MailServer::Sim(sim, _) => Some(Arc::clone(sim)),
        MailServer::Real(_) | MailServer::Eas(_) => None,
    });
    match simulated {
        Some(sim) => Ok(sim),
        None => simulate(Profile::plain()).await,
    }
}

async fn mix() -> anyhow::Result<Vec<MailServer>> {
    let mut servers = Vec::new();
    for kind in Kind::ALL {
        servers.push(MailServer::real(kind).await?);
    }
    for role in ROLES {
        servers.push(played(role).await?);
    }
    Ok(servers)
}

async fn played(role: &str) -> anyhow::Result<MailServer> {
    let profile = Profile::named(role).with_context(|| format!("no profile {role}"))?;
    MailServer::sim(profile).await
}

/// The login name of a mailbox.
pub(crate) fn user(mailbox: u32) -> String {
    format!("user{mailbox}@tenant1.test")
}
