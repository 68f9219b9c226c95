//! The mail servers under the ledger, and which of them holds which mailbox.

use crate::Server;
use crate::mailserver::MailServer;
use anyhow::Context as _;
use pushmail_mailsim::Profile;
use pushmail_testkit::Kind;

/// The roles that the simulated server plays in a mix.
const ROLES: [&str; 4] = ["full", "gmail", "courier", "cyrus"];

/// The password of every mailbox.
pub(crate) const PASSWORD: &str = "secret";

/// All servers; mailboxes are spread over them in turn.
pub(crate) struct Fleet(Vec<MailServer>);

impl Fleet {
    /// Starts what the arguments ask for. With `changes`, the simulated server has every extension.
    pub(crate) async fn start(server: Server, changes: bool) -> anyhow::Result<Self> {
        let servers = match server {
            Server::Dovecot => vec![MailServer::real(Kind::Dovecot).await?],
            Server::Cyrus => vec![MailServer::real(Kind::Cyrus).await?],
            Server::Courier => vec![MailServer::real(Kind::Courier).await?],
            Server::Mailsim if changes => vec![played("full").await?],
            Server::Mailsim => vec![played("plain").await?],
            Server::Mix => mix().await?,
        };
        Ok(Self(servers))
    }

    pub(crate) fn of(&self, mailbox: u32) -> &MailServer {
        &self.0[mailbox as usize % self.0.len()]
    }

    /// The certificates of all servers' authorities.
    pub(crate) fn ca_pem(&self) -> String {
        self.0.iter().map(MailServer::ca_pem).collect()
    }

    /// How `pushmail ctl account create` names a mailbox.
    pub(crate) fn target(&self, mailbox: u32) -> String {
        let port = self.of(mailbox).port();
        format!("imaps://{}@localhost:{port}", user(mailbox))
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
