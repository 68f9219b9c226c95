//! One mail server under the ledger: a real one, or the simulated one in some role.

use pushmail_mailsim::{Config, Mailsim, Profile};
use pushmail_runtime::SystemClock;
use pushmail_testkit::{Kind, MailServer as Real};
use std::sync::Arc;

/// A server that holds some of the mailboxes.
#[derive(Clone)]
pub(crate) enum MailServer {
    Real(Arc<Real>),
    Sim(Arc<Mailsim>, Profile),
}

/// What a server can do, as far as the promises depend on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Abilities {
    /// CONDSTORE: every change of flags is found.
    pub(crate) condstore: bool,
    /// QRESYNC: every deletion is found.
    pub(crate) qresync: bool,
    /// MAILBOXID: a folder is known under any name.
    pub(crate) identity: bool,
    /// X-GM-EXT-1: copies in several folders are one message.
    pub(crate) labels: bool,
}

impl MailServer {
    pub(crate) async fn real(kind: Kind) -> anyhow::Result<Self> {
        let real = tokio::task::spawn_blocking(move || kind.start()).await?;
        let real = real.ok_or_else(|| anyhow::anyhow!("{} is left out", kind.name()))?;
        Ok(Self::Real(Arc::new(real)))
    }

    pub(crate) async fn sim(profile: Profile) -> anyhow::Result<Self> {
        let config = Config {
            profile: profile.clone(),
            ..Config::new(Arc::new(SystemClock))
        };
        Ok(Self::Sim(Arc::new(Mailsim::start(config).await?), profile))
    }

    /// Its name in the verdict.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Real(real) => real.kind().name().to_owned(),
            Self::Sim(_, profile) => format!("mailsim-{}", profile.name()),
        }
    }

    pub(crate) fn abilities(&self) -> Abilities {
        let name = self.name();
        let all = Abilities {
            condstore: true,
            qresync: true,
            identity: true,
            labels: false,
        };
        match name.as_str() {
            "cyrus" | "mailsim-full" => all,
            "dovecot" | "mailsim-dovecot" | "mailsim-cyrus" => Abilities {
                identity: false,
                ..all
            },
            "mailsim-gmail" => Abilities {
                condstore: true,
                labels: true,
                ..Abilities::default()
            },
            _ => Abilities::default(),
        }
    }

    pub(crate) fn ca_pem(&self) -> &str {
        match self {
            Self::Real(real) => real.ca_pem(),
            Self::Sim(sim, _) => sim.ca_pem(),
        }
    }

    /// Its port with implicit TLS.
    pub(crate) fn port(&self) -> u16 {
        match self {
            Self::Real(real) => real.imaps_addr().port(),
            Self::Sim(sim, _) => sim.addr().port(),
        }
    }

    pub(crate) async fn deliver(&self, user: &str, mail: Vec<u8>) -> anyhow::Result<()> {
        match self {
            Self::Real(real) => {
                let (real, user) = (real.clone(), user.to_owned());
                tokio::task::spawn_blocking(move || real.deliver(&user, &mail)).await?;
            }
            Self::Sim(sim, _) => {
                sim.deliver(user, mail);
            }
        }
        Ok(())
    }

    /// The Message-IDs of what the user's INBOX holds.
    pub(crate) async fn message_ids(&self, user: &str) -> anyhow::Result<Vec<String>> {
        Ok(match self {
            Self::Real(real) => {
                let (real, user) = (real.clone(), user.to_owned());
                let messages = tokio::task::spawn_blocking(move || real.messages(&user)).await?;
                messages.into_iter().map(|(_, id)| bare(&id)).collect()
            }
            Self::Sim(sim, _) => {
                let messages = sim.messages(user).into_iter();
                messages.map(|message| bare(&message.message_id)).collect()
            }
        })
    }
}

/// A Message-ID without its angle brackets, as events carry it.
pub(crate) fn bare(message_id: &str) -> String {
    message_id.trim_matches(['<', '>']).to_owned()
}
