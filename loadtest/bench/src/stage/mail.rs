//! Mail that arrives at a steady rate.

use super::world::Mailboxes;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How often mail is delivered that is due.
const TICK: Duration = Duration::from_millis(2);
/// The number of the first mail.
const FIRST: u64 = 1;

/// Mails numbered from 1 on, to the mailboxes in turn: a mailbox gets every so-manieth, and whoever knows how many
/// mailboxes there are can tell whether one is missing.
pub(super) struct Mail {
    mailboxes: u64,
    /// Mails a second.
    rate: u32,
    /// How many were delivered.
    sent: u64,
}

impl Mail {
    pub(super) const fn new(mailboxes: usize, rate: u32) -> Self {
        Self {
            mailboxes: mailboxes as u64,
            rate,
            sent: 0,
        }
    }

    /// Delivers what is due, again and again, until it is over; how many that were.
    pub(super) async fn deliver(
        mut self,
        mut mailboxes: Mailboxes,
        mut is_over: oneshot::Receiver<()>,
    ) -> anyhow::Result<(Mailboxes, u64)> {
        let begun = Instant::now();
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = &mut is_over => return Ok((mailboxes, self.sent)),
            }
            let due = self.due(begun.elapsed());
            if !due.is_empty() {
                mailboxes.servers().deliver(&due).await?;
                self.sent += due.len() as u64;
            }
        }
    }

    /// The mails that are missing after this time, by number, and their mailboxes.
    fn due(&self, after: Duration) -> Vec<(u64, usize)> {
        let due = after.as_micros() * u128::from(self.rate) / 1_000_000;
        let due = u64::try_from(due).unwrap_or(u64::MAX);
        let numbers = FIRST + self.sent..FIRST + due;
        let mailbox = |number| usize::try_from(number % self.mailboxes).unwrap_or_default();
        numbers.map(|number| (number, mailbox(number))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_follows_the_rate_and_goes_to_mailboxes_in_turn() {
        let mut mail = Mail::new(3, 10);
        assert!(mail.due(Duration::from_millis(99)).is_empty());
        let due = mail.due(Duration::from_millis(450));
        assert_eq!(due, [(1, 1), (2, 2), (3, 0), (4, 1)]);
        mail.sent = 4;
        assert_eq!(mail.due(Duration::from_millis(500)), [(5, 2)]);
        assert!(Mail::new(3, 0).due(Duration::from_secs(60)).is_empty());
    }
}
