//! Mail for some of the mailboxes that wait: each has to come into the event log, once.

use crate::mail_server::Protocol;
use crate::parked::Parked;
use crate::quantiles::Millis;
use crate::rig::arrivals::{Arrivals, Arrived};
use anyhow::Context as _;
use pushmail_domain::{AccountId, Entropy as _, Timestamp};
use pushmail_runtime::SystemEntropy;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How many mails are delivered in a second.
const RATE: u32 = 500;
/// How many are delivered together.
const TOGETHER: usize = 10;
/// After the last one was delivered, all have to be in the log within this.
const WITHIN: Duration = Duration::from_secs(60);
/// After the last one came, until it is said that none came twice.
const SETTLE: Duration = Duration::from_secs(5);
/// Between two looks into the log.
const LOOK: Duration = Duration::from_millis(500);

/// What became of mails to random mailboxes, one each.
#[derive(Serialize)]
pub(crate) struct Pushed {
    pushed: usize,
    /// How many are not in the log a minute after the last was delivered.
    pub(super) lost: usize,
    /// How many are in the log more than once.
    pub(super) duplicated: usize,
    /// Mails in the log that nobody delivered.
    pub(super) unexpected: usize,
    /// From the mail server's store to the event log's.
    deliver_to_log_ms: Millis,
    /// From the first delivery until the last mail was seen in the log.
    in_all_s: f64,
}

/// Mails on their way.
struct Sent {
    /// When each was stored, by account and UID.
    stored: HashMap<(AccountId, u32), Timestamp>,
    /// When the log took it, each time that it did.
    logged: HashMap<(AccountId, u32), Vec<Timestamp>>,
}

pub(super) async fn measure(
    parked: &mut Parked,
    accounts: &[String],
    (protocol, count): (Protocol, usize),
) -> anyhow::Result<Pushed> {
    let mut arrivals = Arrivals::from_now(&parked.rig, parked.operator.tenant.id()).await?;
    let begun = Instant::now();
    let mut sent = Sent::deliver(parked, accounts, (protocol, count)).await?;
    let delivered = Instant::now();
    while sent.logged.len() < sent.stored.len() && delivered.elapsed() < WITHIN {
        sent.take(arrivals.next().await?);
        sleep(LOOK).await;
    }
    let in_all_s = begun.elapsed().as_secs_f64();
    sleep(SETTLE).await;
    sent.take(arrivals.next().await?);
    sent.judge(in_all_s)
}

/// This many different numbers below `limit`, or all.
fn drawn(count: usize, limit: usize) -> BTreeSet<usize> {
    let mut drawn = BTreeSet::new();
    while drawn.len() < count.min(limit) {
        drawn.insert(usize::try_from(SystemEntropy.below(limit as u64)).unwrap_or(0));
    }
    drawn
}

impl Sent {
    /// A mail for each of so many random mailboxes, evenly.
    async fn deliver(
        parked: &mut Parked,
        accounts: &[String],
        (protocol, count): (Protocol, usize),
    ) -> anyhow::Result<Self> {
        let numbers = drawn(count, accounts.len());
        let mails: Vec<(u64, usize)> = (1..).zip(numbers).collect();
        let mut stored = HashMap::with_capacity(mails.len());
        let mut pace = tokio::time::interval(Duration::from_secs(TOGETHER as u64) / RATE);
        for some in mails.chunks(TOGETHER) {
            pace.tick().await;
            for ((_, mailbox), at) in some.iter().zip(parked.servers.deliver(some).await?) {
                let account = accounts.get(*mailbox).context("no such mailbox")?;
                // With ActiveSync a mail has another name: each mailbox gets one.
                let uid = if protocol == Protocol::Imap {
                    at.uid
                } else {
                    0
                };
                stored.insert((account.parse()?, uid), at.at);
            }
        }
        Ok(Self {
            stored,
            logged: HashMap::new(),
        })
    }

    fn take(&mut self, arrived: Vec<Arrived>) {
        for one in arrived {
            let times = self.logged.entry((one.account, one.uid)).or_default();
            times.push(one.logged_at);
        }
    }

    fn judge(&self, in_all_s: f64) -> anyhow::Result<Pushed> {
        let came = |mail| self.logged.get(mail).and_then(|times| times.first());
        let took = self.stored.iter();
        let took = took.filter_map(|(mail, stored)| Some(came(mail)?.since(*stored)));
        let known = |mail: &&(AccountId, u32)| self.stored.contains_key(*mail);
        let known = self.logged.keys().filter(known).count();
        Ok(Pushed {
            pushed: self.stored.len(),
            lost: self.stored.len() - known,
            duplicated: self.logged.values().filter(|times| times.len() > 1).count(),
            unexpected: self.logged.len() - known,
            deliver_to_log_ms: Millis::of(took)?,
            in_all_s,
        })
    }
}

impl Pushed {
    /// Whether each came once, and nothing else.
    pub(super) const fn is_exact(&self) -> bool {
        self.lost == 0 && self.duplicated == 0 && self.unexpected == 0
    }
}

impl std::fmt::Display for Pushed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            pushed,
            lost,
            duplicated,
            unexpected,
            ..
        } = self;
        write!(
            f,
            "{pushed} pushed, {lost} lost, {duplicated} duplicated, {unexpected} unexpected; delivery to log: {}",
            self.deliver_to_log_ms
        )
    }
}
