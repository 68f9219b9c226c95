//! One mail server under the ledger: a real one, or the simulated one in some role.

use anyhow::Context as _;
use pushmail_mailsim::{Config, Mailsim, Profile, eas};
use pushmail_runtime::SystemClock;
use pushmail_testkit::{Kind, MailServer as Real};
use std::sync::Arc;

/// A server that holds some of the mailboxes.
#[derive(Clone)]
pub(crate) enum MailServer {
    Real(Arc<Real>),
    Sim(Arc<Mailsim>, Profile),
    /// The simulated one as a server of Exchange ActiveSync.
    Eas(Arc<Mailsim>),
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
        Ok(Self::Sim(simulate(profile.clone()).await?, profile))
    }

    /// Its name in the verdict.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Real(real) => real.kind().name().to_owned(),
            Self::Sim(_, profile) => format!("mailsim-{}", profile.name()),
            Self::Eas(_) => "mailsim-eas".to_owned(),
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
            Self::Sim(sim, _) | Self::Eas(sim) => sim.ca_pem(),
        }
    }

    /// How `pushmail ctl account create` names the user's mailbox. With TLS from the first byte.
    pub(crate) fn target(&self, user: &str) -> anyhow::Result<String> {
        let (scheme, addr) = match self {
            Self::Real(real) => ("imaps", real.imaps_addr()),
            Self::Sim(sim, _) => ("imaps", sim.addr()),
            Self::Eas(sim) => {
                let addr = sim.eas().addr();
                ("eas", addr.context("the server does not speak ActiveSync")?)
            }
        };
        Ok(format!("{scheme}://{user}@localhost:{}", addr.port()))
    }

    pub(crate) async fn deliver(&self, user: &str, mail: Vec<u8>) -> anyhow::Result<()> {
        match self {
            Self::Real(real) => {
                let (real, user) = (real.clone(), user.to_owned());
                tokio::task::spawn_blocking(move || real.deliver(&user, &mail)).await?;
            }
            Self::Sim(sim, _) | Self::Eas(sim) => {
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
            Self::Sim(sim, _) | Self::Eas(sim) => {
                let messages = sim.messages(user).into_iter();
                messages.map(|message| bare(&message.message_id)).collect()
            }
        })
    }
}

/// A simulated server in this role, with ActiveSync.
pub(crate) async fn simulate(profile: Profile) -> anyhow::Result<Arc<Mailsim>> {
    let config = Config {
        profile,
        eas: Some(eas::Config::default()),
        ..Config::new(Arc::new(SystemClock))
    };
    Ok(Arc::new(Mailsim::start(config).await?))
}

/// A Message-ID without its angle brackets, as events carry it.
pub(crate) fn bare(message_id: &str) -> String {
    message_id.trim_matches(['<', '>']).to_owned()
}
