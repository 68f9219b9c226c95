//! Does the ledger balance? Pure: what was sent, received and logged goes in, a verdict comes out.

use crate::changes::Changes;
use crate::received::Received;
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// A message that the mail server holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Sent {
    pub(crate) message_id: String,
}

/// An event that the log holds at the end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Logged {
    pub(crate) event: String,
    pub(crate) account: String,
    pub(crate) sequence: u64,
    /// The version of the account's cursor after it.
    pub(crate) version: u64,
}

/// What happened to the gateway meanwhile.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct History {
    pub(crate) seed: u64,
    pub(crate) kills: u32,
    /// Kills at a moment when the log had written events that it had not synced; half of them at least.
    pub(crate) kills_in_flight: u32,
    /// Writes that the power cuts dropped.
    pub(crate) dropped_writes: u64,
    /// Requests that an ActiveSync server refused, most of them for a key that it gave long ago: it was lost, and the keys
    /// that came after it were in use before it was stored. Has to be 0.
    pub(crate) refused: u64,
    pub(crate) plant: Option<&'static str>,
}

/// The verdict. Everything from `lost` to `unlogged` has to be 0, and `refused`.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    pub(crate) expected: u64,
    pub(crate) sent: u64,
    pub(crate) received: u64,
    /// Sent, never received.
    pub(crate) lost: u64,
    /// Surplus records of one id in the log.
    pub(crate) log_duplicates: u64,
    /// Mails received under more than one event id.
    pub(crate) duplicates_after_dedupe: u64,
    /// Events received after a later one of the same account.
    pub(crate) out_of_order: u64,
    /// Events that a device received, and that are no longer in the log where they were.
    pub(crate) unlogged: u64,
    #[serde(flatten)]
    pub(crate) history: History,
    /// What came of the changes, if there were any.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) changes: Option<Changes>,
}

impl Verdict {
    pub(crate) fn new(
        expected: u64,
        sent: &[Sent],
        received: &[Received],
        logged: &[Logged],
        history: History,
    ) -> Self {
        let mails: HashMap<&str, HashSet<&str>> = by_mail(received);
        let lost = sent
            .iter()
            .filter(|s| !mails.contains_key(s.message_id.as_str()))
            .count();
        let doubled: usize = mails.values().map(|events| events.len() - 1).sum();
        Self {
            expected,
            sent: sent.len() as u64,
            received: mails.len() as u64,
            lost: lost as u64,
            log_duplicates: log_duplicates(logged),
            duplicates_after_dedupe: doubled as u64,
            out_of_order: out_of_order(received),
            unlogged: unlogged(received, logged),
            history,
            changes: None,
        }
    }

    /// The verdict on mailboxes with changes, where the same mail may be in several folders.
    pub(crate) fn of_changes(
        changes: Changes,
        received: &[Received],
        logged: &[Logged],
        history: History,
    ) -> Self {
        Self {
            expected: changes.came,
            sent: changes.came,
            received: changes.told,
            lost: changes.lost,
            log_duplicates: log_duplicates(logged),
            // Judged one by one, among the violations.
            duplicates_after_dedupe: 0,
            out_of_order: out_of_order(received),
            unlogged: unlogged(received, logged),
            history,
            changes: Some(changes),
        }
    }

    /// Whether everything is accounted for, and the test really tried.
    pub(crate) const fn balances(&self) -> bool {
        self.sent == self.expected
            && self.lost == 0
            && self.log_duplicates == 0
            && self.duplicates_after_dedupe == 0
            && self.out_of_order == 0
            && self.unlogged == 0
            && self.history.refused == 0
            && self.history.kills_in_flight * 2 >= self.history.kills
            && !matches!(&self.changes, Some(changes) if changes.violations > 0)
    }
}

/// Each mail's event ids.
fn by_mail(received: &[Received]) -> HashMap<&str, HashSet<&str>> {
    let mut mails: HashMap<&str, HashSet<&str>> = HashMap::new();
    for event in received {
        if let Some(message_id) = &event.message_id {
            mails.entry(message_id).or_default().insert(&event.event);
        }
    }
    mails
}

fn log_duplicates(logged: &[Logged]) -> u64 {
    let distinct: HashSet<&str> = logged.iter().map(|l| l.event.as_str()).collect();
    (logged.len() - distinct.len()) as u64
}

/// The first time that each event is received, its sequence is above its account's before.
fn out_of_order(received: &[Received]) -> u64 {
    let mut seen = HashSet::new();
    let mut newest: HashMap<&str, u64> = HashMap::new();
    let mut late = 0;
    for event in received {
        if !seen.insert(event.event.as_str()) {
            continue;
        }
        let newest = newest.entry(&event.account).or_default();
        if event.sequence <= *newest {
            late += 1;
        }
        *newest = (*newest).max(event.sequence);
    }
    late
}

fn unlogged(received: &[Received], logged: &[Logged]) -> u64 {
    let places: HashSet<(&str, u64)> = logged
        .iter()
        .map(|l| (l.event.as_str(), l.sequence))
        .collect();
    let gone = received
        .iter()
        .filter(|r| !places.contains(&(r.event.as_str(), r.sequence)));
    gone.map(|r| (&r.event, r.sequence))
        .collect::<HashSet<_>>()
        .len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(event: &str, mail: &str, sequence: u64) -> Received {
        Received {
            event: event.into(),
            account: "a".into(),
            message_id: Some(mail.into()),
            sequence,
            ..Received::default()
        }
    }

    fn logged(event: &str, sequence: u64) -> Logged {
        Logged {
            event: event.into(),
            account: "a".into(),
            sequence,
            version: sequence,
        }
    }

    fn sent(mails: &[&str]) -> Vec<Sent> {
        mails
            .iter()
            .map(|mail| Sent {
                message_id: (*mail).into(),
            })
            .collect()
    }

    fn verdict(sent_mails: &[&str], got: &[Received], log: &[Logged]) -> Verdict {
        let history = History {
            kills: 1,
            kills_in_flight: 1,
            ..History::default()
        };
        Verdict::new(
            sent_mails.len() as u64,
            &sent(sent_mails),
            got,
            log,
            history,
        )
    }

    #[test]
    fn a_ledger_with_everything_received_once_balances() {
        let got = [received("e1", "m1", 1), received("e2", "m2", 2)];
        assert!(verdict(&["m1", "m2"], &got, &[logged("e1", 1), logged("e2", 2)]).balances());
    }

    #[test]
    fn a_repeat_of_the_same_event_is_no_duplicate() {
        let got = [received("e1", "m1", 1), received("e1", "m1", 1)];
        assert!(verdict(&["m1"], &got, &[logged("e1", 1)]).balances());
    }

    #[test]
    fn a_missing_mail_is_lost() {
        let verdict = verdict(
            &["m1", "m2"],
            &[received("e1", "m1", 1)],
            &[logged("e1", 1)],
        );
        assert_eq!(verdict.lost, 1);
        assert!(!verdict.balances());
    }

    #[test]
    fn an_id_stored_twice_is_a_log_duplicate() {
        let log = [logged("e1", 1), logged("e1", 2)];
        assert_eq!(
            verdict(&["m1"], &[received("e1", "m1", 1)], &log).log_duplicates,
            1
        );
    }

    #[test]
    fn a_mail_under_two_ids_is_a_duplicate() {
        let got = [received("e1", "m1", 1), received("e2", "m1", 2)];
        let verdict = verdict(&["m1"], &got, &[logged("e1", 1), logged("e2", 2)]);
        assert_eq!(verdict.duplicates_after_dedupe, 1);
    }

    #[test]
    fn an_event_behind_a_later_one_is_out_of_order() {
        let got = [received("e2", "m2", 2), received("e1", "m1", 1)];
        let log = [logged("e1", 1), logged("e2", 2)];
        assert_eq!(verdict(&["m1", "m2"], &got, &log).out_of_order, 1);
    }

    #[test]
    fn a_received_event_that_the_log_forgot_is_unlogged() {
        let got = [received("e1", "m1", 1)];
        assert_eq!(verdict(&["m1"], &got, &[logged("e1", 5)]).unlogged, 1);
    }

    #[test]
    fn a_ledger_with_a_request_that_was_refused_does_not_balance() {
        let history = History {
            refused: 1,
            ..History::default()
        };
        assert!(!Verdict::new(0, &[], &[], &[], history).balances());
    }

    #[test]
    fn a_run_with_few_kills_in_flight_proves_nothing() {
        let history = History {
            kills: 10,
            kills_in_flight: 3,
            ..History::default()
        };
        let got = [received("e1", "m1", 1)];
        assert!(!Verdict::new(1, &sent(&["m1"]), &got, &[logged("e1", 1)], history).balances());
    }
}
