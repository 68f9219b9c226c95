//! Does it balance? Pure: what was sent, seen, logged and done goes in, a verdict comes out.
//!
//! What is allowed, and when:
//!
//! - A mail may be seen any number of times under one event id: the client's dedupe passes over it.
//!   Whatever it does not know again is a duplicate, as is a mail under two ids.
//! - Nothing may be lost, not even by a log that is restored from a backup: what it lost is announced
//!   anew under the same ids, since every mailbox has an event in every backup that is taken. So a
//!   mail is lost if no device ever saw it.
//! - A device sees an account's events in the order of the log; the first time that each is seen
//!   counts. After a `Reset` for the account the order begins anew: a restored log gives sequences out
//!   again, of a new generation.
//! - While nothing fails and processes are only replaced, a device may be sent away (`GoAway`), and an attempt to connect may
//!   come to nothing; no session may end otherwise, and no `Reset` may come.
//! - After a restore, devices have to be told by `Reset`.
//! - The log at the end holds each id once. A restored log lacks what it lost, which is stored again.

#[cfg(test)]
mod tests;

use crate::history::Seen;
use crate::kind::Kind;
use crate::restore::Restored;
use crate::tally::{Fault, Stale};
use crate::upgrade::Upgrade;
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// What is known of a run at its end.
pub(crate) struct Run<'a> {
    pub(crate) seed: u64,
    pub(crate) plant: Option<String>,
    /// The Message-IDs that the mail server holds.
    pub(crate) sent: &'a HashSet<String>,
    pub(crate) seen: &'a [Seen],
    /// Surplus records of one id in the log.
    pub(crate) log_duplicates: u64,
    pub(crate) stale: Stale,
    pub(crate) faults: Vec<Fault>,
    /// The kinds that have to have happened.
    pub(crate) kinds: &'a [Kind],
    /// What was replaced, if nothing was to fail.
    pub(crate) upgrade: Option<Upgrade>,
    /// What was restored, if nothing was to fail.
    pub(crate) restored: Option<Restored>,
    pub(crate) seconds: u64,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    pub(crate) seed: u64,
    pub(crate) plant: Option<String>,
    pub(crate) sent: u64,
    /// Distinct mails.
    pub(crate) received: u64,
    /// Sent, and seen by no device.
    pub(crate) lost: u64,
    /// Surplus records of one id in the log.
    pub(crate) log_duplicates: u64,
    /// Events seen again and not known again, and mails seen under more than one event id.
    pub(crate) duplicates_after_dedupe: u64,
    /// Events seen after a later one of the same account, without a `Reset` in between.
    pub(crate) out_of_order: u64,
    /// How often the gateway said `Reset`.
    pub(crate) resets: u64,
    #[serde(flatten)]
    pub(crate) stale: Stale,
    pub(crate) faults: Vec<Fault>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) upgrade: Option<Upgrade>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) restored: Option<Restored>,
    /// For how long faults happened, or processes were replaced.
    pub(crate) seconds: u64,
    /// Why this is not as it has to be: the names of the counters. None if all is well.
    pub(crate) failures: Vec<String>,
}

impl Verdict {
    /// Judges a run. That something was never tried is no failure of a planted run: only what the
    /// broken rule did is.
    pub(crate) fn new(run: Run<'_>) -> Self {
        let mails = by_mail(run.seen);
        let lost = run
            .sent
            .iter()
            .filter(|mail| !mails.contains_key(mail.as_str()));
        let doubled: usize = mails.values().map(|events| events.len() - 1).sum();
        let mut verdict = Self {
            lost: lost.count() as u64,
            sent: run.sent.len() as u64,
            received: mails.len() as u64,
            log_duplicates: run.log_duplicates,
            duplicates_after_dedupe: doubled as u64 + seen_again(run.seen),
            out_of_order: out_of_order(run.seen),
            resets: run
                .seen
                .iter()
                .filter(|seen| matches!(seen, Seen::Gap { .. }))
                .count() as u64,
            stale: run.stale,
            seed: run.seed,
            plant: run.plant,
            faults: run.faults,
            upgrade: run.upgrade,
            restored: run.restored,
            seconds: run.seconds,
            failures: Vec::new(),
        };
        verdict.failures = verdict.wrong();
        if verdict.plant.is_none() {
            verdict.failures.extend(verdict.untried(run.kinds));
        }
        verdict
    }

    fn wrong(&self) -> Vec<String> {
        let counters = [
            ("lost", self.lost),
            ("log_duplicates", self.log_duplicates),
            ("duplicates_after_dedupe", self.duplicates_after_dedupe),
            ("out_of_order", self.out_of_order),
            ("stale_accepted", self.stale.accepted),
        ];
        let none_noticed = self.upgrade.iter().flat_map(|upgrade| {
            [
                ("resets", self.resets),
                ("broken", upgrade.noticed.broken),
                ("not_sent_away", u64::from(upgrade.noticed.sent_away == 0)),
            ]
        });
        let untold = self.restored.is_some() && self.resets == 0;
        let counters = counters.into_iter().chain(none_noticed);
        let counters = counters.chain([("no_resets", u64::from(untold))]);
        let wrong = counters.filter(|(_, count)| *count > 0);
        wrong.map(|(name, _)| name.to_owned()).collect()
    }

    fn untried(&self, kinds: &[Kind]) -> Vec<String> {
        let may_be_stale = [Kind::WatcherFrozen, Kind::CutWatcherRedis];
        let mut untried = Vec::new();
        if self.stale.attempted == 0 && kinds.iter().any(|kind| may_be_stale.contains(kind)) {
            untried.push("stale_attempted".to_owned());
        }
        let happened = |kind: &Kind| self.faults.iter().any(|fault| fault.kind == *kind);
        let missed = kinds.iter().filter(|kind| !happened(kind));
        untried.extend(missed.map(|kind| format!("{kind:?} never happened")));
        untried
    }
}

/// Each mail's event ids.
fn by_mail(seen: &[Seen]) -> HashMap<&str, HashSet<&str>> {
    let mut mails: HashMap<&str, HashSet<&str>> = HashMap::new();
    for seen in seen {
        if let Seen::Event {
            mail: Some(mail),
            event,
            ..
        } = seen
        {
            mails.entry(mail).or_default().insert(event);
        }
    }
    mails
}

/// Events that were seen before, and that the client took for new.
fn seen_again(all: &[Seen]) -> u64 {
    let mut known = HashSet::new();
    let mut again = 0;
    for seen in all {
        if let Seen::Event {
            event,
            again: is_known,
            ..
        } = seen
            && !known.insert(event)
            && !is_known
        {
            again += 1;
        }
    }
    again
}

fn out_of_order(all: &[Seen]) -> u64 {
    let mut known = HashSet::new();
    let mut newest: HashMap<&str, u64> = HashMap::new();
    let mut late = 0;
    for seen in all {
        match seen {
            Seen::Gap { account } => {
                newest.remove(account.as_str());
            }
            Seen::Event {
                account,
                event,
                sequence,
                ..
            } if known.insert(event) => {
                let before = newest.entry(account).or_default();
                late += u64::from(*sequence <= *before);
                *before = (*before).max(*sequence);
            }
            Seen::Event { .. } => {}
        }
    }
    late
}
