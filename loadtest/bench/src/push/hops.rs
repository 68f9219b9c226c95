//! The way of each mail, from the mail server's store to the device.

use crate::mail_server::{Announced, Stored};
use crate::quantiles::Millis;
use crate::rig::devices::Came;
use anyhow::Context as _;
use pushmail_domain::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long each part of the way took.
#[derive(Debug, Serialize)]
pub(super) struct Hops {
    /// The mail is stored -> the mail server is about to write EXISTS.
    announce_ms: Millis,
    /// -> the gateway has read it.
    notice_ms: Millis,
    /// -> the mail's head is read.
    fetch_ms: Millis,
    /// -> the event is parsed and sealed, and the log takes it.
    log_ms: Millis,
    /// -> it is on disk, and the device has it.
    deliver_ms: Millis,
    /// From the first to the last.
    pub(super) total_ms: Millis,
}

/// Mails by number, with what is known of each.
#[derive(Default)]
pub(super) struct Ways(BTreeMap<u64, Way>);

#[derive(Default)]
struct Way {
    stored: Timestamp,
    announced: Option<Timestamp>,
    came: Option<Came>,
}

/// The number of a mail, which its Message-ID begins with: `order.NUMBER.`.
fn number(message_id: &str) -> Option<u64> {
    message_id
        .strip_prefix("order.")?
        .split('.')
        .next()?
        .parse()
        .ok()
}

impl Ways {
    pub(super) fn stored(&mut self, number: u64, stored: Stored) {
        self.0.entry(number).or_default().stored = stored.at;
    }

    pub(super) fn announced(&mut self, announced: Announced) {
        let number = number(&announced.message_id);
        if let Some(way) = number.and_then(|number| self.0.get_mut(&number)) {
            way.announced = Some(announced.at);
        }
    }

    pub(super) fn came(&mut self, came: Came) {
        let number = number(&came.message_id);
        if let Some(way) = number.and_then(|number| self.0.get_mut(&number)) {
            way.came = Some(came);
        }
    }

    pub(super) fn lost(&self) -> usize {
        self.0.values().filter(|way| way.came.is_none()).count()
    }

    /// From the first one's store until the device had the last one.
    pub(super) fn span(&self) -> Duration {
        let first = self.0.values().map(|way| way.stored).min();
        let came = self.0.values().filter_map(|way| way.came.as_ref());
        let last = came.map(|came| came.received_at).max();
        last.unwrap_or_default().since(first.unwrap_or_default())
    }

    /// Of those that came.
    pub(super) fn hops(&self) -> anyhow::Result<Hops> {
        let mut points: Vec<[Timestamp; 6]> = Vec::new();
        for way in self.0.values() {
            let Some(came) = &way.came else { continue };
            let announced = way
                .announced
                .context("the mail server did not announce a mail")?;
            let Came {
                detected_at,
                fetched_at,
                logged_at,
                received_at,
                ..
            } = *came;
            points.push([
                way.stored,
                announced,
                detected_at,
                fetched_at,
                logged_at,
                received_at,
            ]);
        }
        let between =
            |from: usize, to: usize| Millis::of(points.iter().map(|at| at[to].since(at[from])));
        Ok(Hops {
            announce_ms: between(0, 1)?,
            notice_ms: between(1, 2)?,
            fetch_ms: between(2, 3)?,
            log_ms: between(3, 4)?,
            deliver_ms: between(4, 5)?,
            total_ms: between(0, 5)?,
        })
    }
}

impl std::fmt::Display for Hops {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hops = [
            ("announce", &self.announce_ms),
            ("notice", &self.notice_ms),
            ("fetch", &self.fetch_ms),
            ("log", &self.log_ms),
            ("deliver", &self.deliver_ms),
            ("total", &self.total_ms),
        ];
        for (name, millis) in hops {
            write!(f, "\n    {name}: {millis}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_mail_is_in_its_message_id() {
        let mail = String::from_utf8(pushmail_mailsim::message(17, "a@b.test")).unwrap();
        let id = mail
            .lines()
            .find_map(|line| line.strip_prefix("Message-ID: <"));
        assert_eq!(number(id.unwrap()), Some(17));
        assert_eq!(number("other@b.test"), None);
    }
}
