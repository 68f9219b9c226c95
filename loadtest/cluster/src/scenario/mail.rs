//! The mail server, simulated, and who sends mail.

use super::ledger::Ledger;
use crate::plane::MAIL_SERVER;
use pushmail_mailsim::{Config, Mailsim, eas};
use pushmail_runtime::SystemClock;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// The password of every mailbox.
pub(super) const PASSWORD: &str = "secret";

/// The mail server with a sender.
pub(super) struct Mail {
    pub(super) server: Mailsim,
    ledger: Arc<Ledger>,
    number: AtomicU64,
    /// How many mailboxes get mail.
    pub(super) mailboxes: AtomicU32,
}

impl Mail {
    pub(super) async fn start(ledger: &Arc<Ledger>) -> anyhow::Result<Arc<Self>> {
        let config = Config {
            bind: (MAIL_SERVER.parse::<std::net::IpAddr>()?, 0).into(),
            eas: Some(eas::Config::default()),
            ..Config::new(Arc::new(SystemClock))
        };
        Ok(Arc::new(Self {
            server: Mailsim::start(config).await?,
            ledger: Arc::clone(ledger),
            number: AtomicU64::new(1),
            mailboxes: AtomicU32::new(0),
        }))
    }

    /// Sends a mail to a mailbox.
    fn send(&self, mailbox: u32) {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let user = user(mailbox);
        let dotted = |c: char| if c.is_ascii_alphanumeric() { c } else { '.' };
        let recipient: String = user.chars().map(dotted).collect();
        self.ledger
            .sends(format!("order.{number}.{recipient}@mailsim.test"));
        self.server
            .deliver(&user, pushmail_mailsim::message(number, &user));
    }

    /// Sends so many mails a second, to one mailbox after the other, for ever.
    pub(super) async fn go_on(self: Arc<Self>, rate: u32) {
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate.max(1));
        for turn in 0.. {
            ticks.tick().await;
            self.send(turn % self.mailboxes.load(Ordering::Relaxed).max(1));
        }
    }
}

/// The login name of a mailbox.
pub(super) fn user(mailbox: u32) -> String {
    format!("user{mailbox}@tenant1.test")
}
