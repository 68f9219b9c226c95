//! The mail server under the ledger: a real Dovecot, or the simulated one.

use crate::Server;
use pushmail_mailsim::Mailsim;
use pushmail_runtime::SystemClock;
use pushmail_testkit::dovecot::Dovecot;
use std::sync::Arc;

pub(crate) enum MailServer {
    Dovecot(Arc<Dovecot>),
    Mailsim(Box<Mailsim>),
}

impl MailServer {
    pub(crate) async fn start(server: Server) -> anyhow::Result<Self> {
        Ok(match server {
            Server::Dovecot => {
                Self::Dovecot(Arc::new(tokio::task::spawn_blocking(Dovecot::start).await?))
            }
            Server::Mailsim => {
                let config = pushmail_mailsim::Config::new(Arc::new(SystemClock));
                Self::Mailsim(Box::new(Mailsim::start(config).await?))
            }
        })
    }

    pub(crate) fn ca_pem(&self) -> &str {
        match self {
            Self::Dovecot(dovecot) => dovecot.ca_pem(),
            Self::Mailsim(mailsim) => mailsim.ca_pem(),
        }
    }

    /// The password of every mailbox.
    pub(crate) const fn password(&self) -> &'static str {
        "secret"
    }

    /// How `pushmail ctl account create` names a mailbox.
    pub(crate) fn target(&self, mailbox: u32) -> String {
        let port = match self {
            Self::Dovecot(dovecot) => dovecot.imaps_addr().port(),
            Self::Mailsim(mailsim) => mailsim.addr().port(),
        };
        format!("imaps://{}@localhost:{port}", user(mailbox))
    }

    pub(crate) async fn deliver(&self, number: u32, mailbox: u32) -> anyhow::Result<()> {
        let user = user(mailbox);
        let mail = pushmail_mailsim::message(number.into(), &user);
        match self {
            Self::Dovecot(dovecot) => {
                let dovecot = dovecot.clone();
                tokio::task::spawn_blocking(move || dovecot.deliver(&user, &mail)).await?;
            }
            Self::Mailsim(mailsim) => {
                mailsim.deliver(&user, mail);
            }
        }
        Ok(())
    }

    /// The Message-IDs of what a mailbox holds.
    pub(crate) async fn message_ids(&self, mailbox: u32) -> anyhow::Result<Vec<String>> {
        let user = user(mailbox);
        Ok(match self {
            Self::Dovecot(dovecot) => {
                let dovecot = dovecot.clone();
                let messages = tokio::task::spawn_blocking(move || dovecot.messages(&user)).await?;
                messages
                    .into_iter()
                    .map(|(_, message_id)| bare(&message_id))
                    .collect()
            }
            Self::Mailsim(mailsim) => {
                let messages = mailsim.messages(&user).into_iter();
                messages.map(|message| bare(&message.message_id)).collect()
            }
        })
    }
}

/// A Message-ID without its angle brackets, as events carry it.
fn bare(message_id: &str) -> String {
    message_id.trim_matches(['<', '>']).to_owned()
}

fn user(mailbox: u32) -> String {
    format!("user{mailbox}@tenant1.test")
}
