//! What is looked at when everything has settled.

use super::{History, Judge};
use crate::log::{Server, Stream};
use pushmail_domain::{AccountId, EventId, EventKind, Shard};
use std::collections::{BTreeMap, BTreeSet};

/// What came of the mail of a world.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Sums {
    /// Mail that came after its mailbox was live for the first time.
    pub mails: u64,
    /// Mail that fell into a gap which was announced, since a restore removed all that was known of the mailbox.
    pub in_gaps: u64,
    /// Streams whose last restore nobody noticed.
    pub unnoticed: u64,
}

impl Sums {
    /// Adds another world's.
    pub fn add(&mut self, other: Self) {
        self.mails += other.mails;
        self.in_gaps += other.in_gaps;
        self.unnoticed += other.unnoticed;
    }
}

impl Judge {
    /// Whether every mail is in the log, or excused: there is nothing to wait for.
    pub(crate) fn all_told(&self, log: &Server, last_uids: &BTreeMap<AccountId, u32>) -> bool {
        let state = self.lock();
        last_uids.iter().all(|(account, last)| {
            let stream = Shard::of(*account).stream();
            let Some(history) = state.accounts.get(account) else {
                return false;
            };
            let told = log.with(stream, |stream| told(stream, *account));
            let begun = !history.baselines.is_empty();
            begun
                && history
                    .owed(*last)
                    .all(|mail| told.contains(&mail) || history.skipped(mail))
        })
    }

    /// Looks at all of it.
    pub(crate) fn conclude(&self, log: &Server, last_uids: &BTreeMap<AccountId, u32>) -> Sums {
        let state = self.lock();
        let (nothing, none) = (History::default(), BTreeSet::new());
        let mut sums = Sums::default();
        let mut broken = Vec::new();
        let unnoticed = state.restored.iter();
        let unnoticed =
            unnoticed.filter(|(stream, generation)| state.generation(**stream) == **generation);
        sums.unnoticed = unnoticed.count() as u64;
        for (account, last) in last_uids {
            let stream = Shard::of(*account).stream();
            let history = state.accounts.get(account).unwrap_or(&nothing);
            let restored = state.restored.contains_key(&stream);
            let unknowing = state.unknowing.get(&stream).unwrap_or(&none);
            log.with(stream, |stream| {
                let case = Case {
                    account: *account,
                    history,
                    restored,
                    unknowing,
                };
                case.conclude(stream, *last, &mut sums, &mut broken);
            });
        }
        drop(state);
        broken.into_iter().for_each(|what| self.trace.broken(what));
        sums
    }
}

struct Case<'a> {
    account: AccountId,
    history: &'a History,
    restored: bool,
    /// Where events stand that were stored by an owner which did not know that the log had lost some. They count as
    /// told, and may be out of order, or come twice: devices are told by `Reset`.
    unknowing: &'a BTreeSet<u64>,
}

impl Case<'_> {
    fn conclude(&self, stream: &Stream, last: u32, sums: &mut Sums, broken: &mut Vec<String>) {
        let account = self.account;
        let mut ids: BTreeSet<EventId> = BTreeSet::new();
        let mut uids: Vec<u32> = Vec::new();
        let told = told(stream, account);
        for (sequence, record) in stream.of_account(account) {
            if self.unknowing.contains(&sequence) {
                continue;
            }
            if !ids.insert(record.event.id) {
                broken.push(format!(
                    "{account}: the event at {sequence} is stored twice"
                ));
            }
            uids.extend(uid(&record.event.kind));
        }
        if uids.windows(2).any(|pair| pair[0] >= pair[1]) {
            broken.push(format!("{account}: mail is out of order: {uids:?}"));
        }
        if self.history.baselines.is_empty() {
            broken.push(format!("{account}: it never was live"));
        }
        for mail in self.history.owed(last) {
            sums.mails += 1;
            if told.contains(&mail) {
                continue;
            }
            if self.restored && self.history.skipped(mail) {
                sums.in_gaps += 1;
            } else {
                broken.push(format!("{account}: mail {mail} is lost"));
            }
        }
    }
}

/// The mails of which the log tells.
fn told(stream: &Stream, account: AccountId) -> BTreeSet<u32> {
    let records = stream.of_account(account);
    records
        .filter_map(|(_, record)| uid(&record.event.kind))
        .collect()
}

fn uid(kind: &EventKind) -> Option<u32> {
    match kind {
        EventKind::MessageNew { message, .. } => Some(message.uid),
        _ => None,
    }
}
