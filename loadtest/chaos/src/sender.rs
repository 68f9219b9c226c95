//! Mail, one after the other, for as long as the run lasts.

use crate::history::History;
use pushmail_domain::Entropy as _;
use pushmail_mailsim::Mailsim;
use pushmail_testkit::SeededEntropy;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Who sends.
pub(crate) struct Sender {
    mail: Arc<Mailsim>,
    history: Arc<History>,
    number: AtomicU64,
}

impl Sender {
    pub(crate) fn new(mail: Arc<Mailsim>, history: Arc<History>) -> Self {
        Self {
            mail,
            history,
            number: AtomicU64::new(1),
        }
    }

    /// Sends a mail to the mailbox.
    pub(crate) fn send(&self, mailbox: u32) {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let user = user(mailbox);
        let recipient: String = user
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '.' })
            .collect();
        self.history
            .sends(format!("order.{number}.{recipient}@mailsim.test"));
        self.mail
            .deliver(&user, pushmail_mailsim::message(number, &user));
    }

    /// Sends to one of so many mailboxes after the other, with this pause, for ever.
    pub(crate) async fn go_on(self: Arc<Self>, mailboxes: u32, every: Duration, seed: u64) {
        let entropy = SeededEntropy::new(seed);
        let mut ticks = tokio::time::interval(every);
        loop {
            ticks.tick().await;
            let mailbox = entropy.below(mailboxes.into());
            self.send(u32::try_from(mailbox).unwrap_or_default());
        }
    }
}

/// The login name of a mailbox.
pub(crate) fn user(mailbox: u32) -> String {
    format!("user{mailbox}@tenant1.test")
}
