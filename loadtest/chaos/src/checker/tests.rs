use super::*;
use crate::observer::Takeover;
use crate::tally::Tally;

fn event(account: &str, event: &str, sequence: u64, mail: &str) -> Seen {
    Seen::Event {
        account: account.into(),
        event: event.into(),
        sequence,
        mail: Some(mail.into()),
        again: false,
    }
}

fn gap(account: &str) -> Seen {
    Seen::Gap {
        account: account.into(),
    }
}

/// The verdict on a run in which one fault happened, and a stale publish was refused.
fn judge(sent: &[&str], seen: &[Seen], change: impl FnOnce(&mut Run<'_>)) -> Verdict {
    let sent: HashSet<String> = sent.iter().map(|mail| (*mail).to_owned()).collect();
    let mut tally = Tally::default();
    tally.fault(Kind::WatcherFrozen, "watcher-1", Takeover::default());
    let mut run = Run {
        seed: 1,
        plant: None,
        sent: &sent,
        seen,
        log_duplicates: 0,
        stale: Stale {
            attempted: 1,
            ..Stale::default()
        },
        faults: tally.faults(),
        kinds: &[Kind::WatcherFrozen],
        upgrade: None,
        restored: None,
        seconds: 1,
    };
    change(&mut run);
    Verdict::new(run)
}

fn failures(sent: &[&str], seen: &[Seen]) -> Vec<String> {
    judge(sent, seen, |_| {}).failures
}

#[test]
fn what_came_once_and_in_order_is_well() {
    let seen = [
        event("a", "1", 4, "x"),
        event("b", "2", 3, "y"),
        event("a", "3", 5, "z"),
    ];
    assert_eq!(failures(&["x", "y", "z"], &seen), Vec::<String>::new());
}

#[test]
fn what_never_came_is_lost() {
    assert_eq!(failures(&["x", "y"], &[event("a", "1", 1, "x")]), ["lost"]);
}

#[test]
fn an_event_seen_again_is_a_duplicate_unless_the_client_knows_it() {
    let mut again = event("a", "1", 1, "x");
    let twice = [event("a", "1", 1, "x"), again.clone()];
    assert_eq!(failures(&["x"], &twice), ["duplicates_after_dedupe"]);
    if let Seen::Event { again, .. } = &mut again {
        *again = true;
    }
    let known = [event("a", "1", 1, "x"), again];
    assert_eq!(failures(&["x"], &known), Vec::<String>::new());
}

#[test]
fn a_mail_under_two_ids_is_a_duplicate() {
    let seen = [event("a", "1", 1, "x"), event("a", "2", 2, "x")];
    assert_eq!(failures(&["x"], &seen), ["duplicates_after_dedupe"]);
}

#[test]
fn order_begins_anew_after_a_reset_of_the_account_only() {
    let seen = |gap| [event("a", "1", 9, "x"), gap, event("a", "2", 4, "y")];
    assert_eq!(failures(&["x", "y"], &seen(gap("a"))), Vec::<String>::new());
    assert_eq!(failures(&["x", "y"], &seen(gap("b"))), ["out_of_order"]);
}

#[test]
fn duplicates_in_the_log_and_stale_writes_are_failures_of_any_run() {
    for plant in [None, Some("skip-fence".to_owned())] {
        let verdict = judge(&[], &[], |run| {
            run.log_duplicates = 1;
            run.stale.accepted = 1;
            run.plant = plant;
        });
        assert_eq!(verdict.failures, ["log_duplicates", "stale_accepted"]);
    }
}

#[test]
fn what_was_not_tried_is_a_failure_unless_a_rule_was_broken() {
    let untried = |plant: Option<String>| {
        let verdict = judge(&[], &[], |run| {
            (run.stale.attempted, run.plant) = (0, plant);
            run.kinds = &[Kind::WatcherFrozen, Kind::RedisGone];
        });
        verdict.failures
    };
    assert_eq!(
        untried(None),
        ["stale_attempted", "RedisGone never happened"]
    );
    assert_eq!(untried(Some("skip-fold".into())), Vec::<String>::new());
}

#[test]
fn a_replacement_may_send_devices_away_and_no_more() {
    use crate::history::Noticed;
    use crate::upgrade::Upgrade;
    let upgrade = |sent_away, broken| {
        move |run: &mut Run<'_>| {
            run.upgrade = Some(Upgrade {
                passes: Vec::new(),
                noticed: Noticed {
                    sent_away,
                    broken,
                    ..Noticed::default()
                },
            });
        }
    };
    let seen = [event("a", "1", 4, "x")];
    let reset = [event("a", "1", 4, "x"), gap("a")];
    for (seen, change, failures) in [
        (&seen[..], upgrade(2, 0), &[][..]),
        (&seen, upgrade(2, 1), &["broken"]),
        (&seen, upgrade(0, 0), &["not_sent_away"]),
        (&reset, upgrade(2, 0), &["resets"]),
    ] {
        assert_eq!(judge(&["x"], seen, change).failures, failures);
    }
}

#[test]
fn a_restore_has_to_be_told() {
    let restored = |run: &mut Run<'_>| run.restored = Some(crate::restore::Restored::default());
    let seen = [event("a", "1", 4, "x"), gap("a")];
    assert_eq!(judge(&["x"], &seen[..1], restored).failures, ["no_resets"]);
    assert!(judge(&["x"], &seen, restored).failures.is_empty());
}
