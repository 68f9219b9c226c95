//! What was sent and what devices saw, as it happens.

use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A mail that takes longer is late.
const LATE: Duration = Duration::from_secs(1);

/// What a device saw, in the order in which it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    /// An event.
    Event {
        account: String,
        event: String,
        /// Its place in the log.
        sequence: u64,
        /// The Message-ID, if it is about a new mail.
        mail: Option<String>,
        /// Whether the client knew that it had it already.
        again: bool,
    },
    /// The gateway said that events of the account may be missing (`Reset`).
    Gap { account: String },
}

/// How a device's session ended, or did not come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parted {
    /// The gateway said that it goes (`GoAway`).
    SentAway,
    /// It was open, and ended otherwise.
    Broken,
    /// It was not open yet.
    Refused,
}

/// Sessions of all devices that ended, and mails that took long.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Noticed {
    /// Sessions that the gateway ended in order.
    pub(crate) sent_away: u64,
    /// Sessions that ended otherwise.
    pub(crate) broken: u64,
    /// Attempts that opened none.
    pub(crate) refused: u64,
    /// The longest time for which a device had no session.
    pub(crate) longest_without_ms: u64,
    /// The longest time from a mail's arrival in its mailbox to the device.
    pub(crate) slowest_mail_ms: u64,
    /// Mails that took longer than a second.
    pub(crate) late: u64,
}

#[derive(Default)]
struct State {
    /// What was sent and is not received yet, since when.
    missing: HashMap<String, Instant>,
    noticed: Noticed,
    sent: u64,
    seen: Vec<Seen>,
    /// Accounts of devices that connected at least once: what comes from then on reaches them.
    connected: HashSet<String>,
    /// Distinct mails received.
    received: u64,
}

/// Shared by who sends and who receives.
#[derive(Default)]
pub(crate) struct History(Mutex<State>);

impl History {
    /// The mail server is about to have this mail.
    pub(crate) fn sends(&self, mail: String) {
        let mut state = self.lock();
        state.sent += 1;
        state.missing.insert(mail, Instant::now());
    }

    /// A device saw this.
    pub(crate) fn saw(&self, seen: Seen) {
        let mut state = self.lock();
        if let Seen::Event {
            mail: Some(mail), ..
        } = &seen
            && let Some(since) = state.missing.remove(mail)
        {
            state.received += 1;
            state.noticed.took(since.elapsed());
        }
        state.seen.push(seen);
    }

    /// A device of these accounts has connected.
    pub(crate) fn connected(&self, accounts: Vec<String>) {
        self.lock().connected.extend(accounts);
    }

    /// A device's session ended.
    pub(crate) fn parted(&self, how: Parted) {
        let mut state = self.lock();
        let noticed = &mut state.noticed;
        let count = match how {
            Parted::SentAway => &mut noticed.sent_away,
            Parted::Broken => &mut noticed.broken,
            Parted::Refused => &mut noticed.refused,
        };
        *count += 1;
    }

    /// A device has a session again after so long.
    pub(crate) fn was_without(&self, time: Duration) {
        let mut state = self.lock();
        let longest = &mut state.noticed.longest_without_ms;
        *longest = (*longest).max(millis(time));
    }

    /// What there was to notice so far.
    pub(crate) fn noticed(&self) -> Noticed {
        self.lock().noticed
    }

    /// From here on it is noticed anew.
    pub(crate) fn notice_anew(&self) {
        self.lock().noticed = Noticed::default();
    }

    /// How many accounts have a device that connected.
    pub(crate) fn count_connected(&self) -> usize {
        self.lock().connected.len()
    }

    /// What was sent and not received.
    pub(crate) fn missing(&self) -> HashSet<String> {
        self.lock().missing.keys().cloned().collect()
    }

    /// How much of that is still not received.
    pub(crate) fn still_missing(&self, of: &HashSet<String>) -> usize {
        let state = self.lock();
        of.iter()
            .filter(|mail| state.missing.contains_key(*mail))
            .count()
    }

    /// How many were sent.
    pub(crate) fn count_sent(&self) -> u64 {
        self.lock().sent
    }

    /// How many mails came.
    pub(crate) fn count_received(&self) -> u64 {
        self.lock().received
    }

    /// Everything that devices saw.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.lock().seen.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Noticed {
    fn took(&mut self, time: Duration) {
        self.slowest_mail_ms = self.slowest_mail_ms.max(millis(time));
        self.late += u64::from(time > LATE);
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
