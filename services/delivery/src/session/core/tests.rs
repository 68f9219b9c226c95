use super::*;
use crate::session::lane::tests::{fresh, stored};
use proptest::prelude::*;
use std::collections::BTreeSet;

const ACCOUNT: AccountId = AccountId::from_bytes([1; 16]);

fn log(last: Option<u64>) -> Standing {
    Standing {
        last,
        generation: 1,
        retained_since: Timestamp::default(),
        at: Timestamp::from_micros(1),
    }
}

fn sequences(core: &mut Core) -> Vec<u64> {
    let mut sequences = Vec::new();
    while let Some(out) = core.pop() {
        if let Out::Event { stored, .. } = out {
            sequences.push(stored.position.sequence);
        }
    }
    sequences
}

fn live(stored: Stored, previous: u64) -> Fresh {
    Fresh {
        stored: Arc::new(stored),
        previous,
    }
}

fn page(logged: &[u64], after: u64, limit: usize) -> Vec<Stored> {
    let rest = logged
        .iter()
        .filter(|sequence| **sequence > after)
        .take(limit);
    rest.map(|s| stored(*s)).collect()
}

proptest! {
    /// Events become durable in order; live loses any of them; pages are read in between; at the
    /// end the session compares and reads on.
    #[test]
    fn whatever_live_loses_every_event_is_sent_once_and_in_order(
        steps in prop::collection::vec((1u64..4, any::<bool>(), any::<bool>()), 1..60),
        limit in 1usize..5,
    ) {
        let mut core = Core::new(8);
        core.open(ACCOUNT, None, false, &log(None));
        let (mut logged, mut sent) = (Vec::new(), Vec::new());
        for (gap, arrives, reads) in steps {
            let previous = logged.last().copied().unwrap_or(0);
            logged.push(previous + gap);
            if arrives {
                core.live(fresh(previous + gap, previous), Timestamp::default());
            }
            if let Some((account, after)) = core.behind().filter(|_| reads) {
                core.page(account, page(&logged, after, limit));
            }
            sent.extend(sequences(&mut core));
        }
        core.compare(ACCOUNT, &log(logged.last().copied()));
        while let Some((account, after)) = core.behind() {
            core.page(account, page(&logged, after, limit));
        }
        sent.extend(sequences(&mut core));
        prop_assert_eq!(sent, logged);
    }
}

#[test]
fn an_event_stored_twice_is_sent_once() {
    let mut core = Core::new(8);
    core.open(ACCOUNT, None, false, &log(None));
    let mut again = stored(2);
    again.event.id = stored(1).event.id;
    core.live(fresh(1, 0), Timestamp::default());
    core.live(live(again, 1), Timestamp::default());
    assert_eq!(sequences(&mut core), [1]);
}

#[test]
fn a_filtered_event_is_passed_over_and_the_position_moves_on() {
    let mut core = Core::new(8);
    core.open(ACCOUNT, None, false, &log(None));
    core.set_filter(filter_of(&[v1::EventType::MessageNew]))
        .unwrap();
    core.live(fresh(1, 0), Timestamp::default());
    assert!(core.idle());
    core.pong(Vec::new());
    let Some(Out::Pong { resume, .. }) = core.pop() else {
        panic!("a pong");
    };
    assert_eq!(resume[0].position.sequence, 1);
}

/// The next event says only how far the mailbox was read.
fn undelivered(sequence: u64) -> Stored {
    let mut stored = stored(sequence);
    stored.event.kind = pushmail_domain::EventKind::Cursor;
    stored
}

#[test]
fn an_event_that_is_for_nobody_is_passed_over_live_and_replayed_and_the_position_moves_on() {
    let mut core = Core::new(8);
    core.open(ACCOUNT, None, false, &log(None));
    core.live(live(undelivered(1), 0), Timestamp::default());
    core.live(fresh(2, 1), Timestamp::default());
    assert_eq!(sequences(&mut core), [2]);

    core.live(fresh(5, 4), Timestamp::default());
    assert_eq!(core.behind(), Some((ACCOUNT, 2)));
    let page = vec![undelivered(3), stored(4), undelivered(5)];
    core.page(ACCOUNT, page);
    assert_eq!(core.behind(), None);
    assert_eq!(sequences(&mut core), [4]);
    core.pong(Vec::new());
    let Some(Out::Pong { resume, .. }) = core.pop() else {
        panic!("a pong");
    };
    assert_eq!(resume[0].position.sequence, 5);
}

#[test]
fn every_type_of_event_can_be_filtered_for_alone() {
    let types = (1..).map_while(|number| v1::EventType::try_from(number).ok());
    let types: Vec<v1::EventType> = types.collect();
    assert_eq!(types.len(), 19);
    for kind in &types {
        let filter = filter_of(&[*kind]);
        let wanted = types.iter().filter(|other| filter.wants(**other, ACCOUNT));
        assert_eq!(wanted.collect::<Vec<_>>(), [kind]);
    }
}

fn filter_of(types: &[v1::EventType]) -> Filter {
    let request = v1::ConnectRequest {
        frame: Some(v1::connect_request::Frame::SetFilter(v1::SetFilter {
            types: types.iter().map(|kind| (*kind).into()).collect(),
            accounts: Vec::new(),
        })),
    };
    match crate::session::Request::check(request) {
        Ok(crate::session::Request::SetFilter(filter)) => filter,
        _ => panic!("a valid filter"),
    }
}

#[test]
fn an_account_of_another_device_cannot_be_filtered_for() {
    let mut core = Core::new(8);
    core.open(ACCOUNT, None, false, &log(None));
    let other = AccountId::from_bytes([9; 16]);
    let filter = Filter::of_accounts(BTreeSet::from([other]));
    assert_eq!(
        core.set_filter(filter).unwrap_err().code(),
        tonic::Code::InvalidArgument
    );
}

#[test]
fn what_waits_for_acknowledgement_is_bounded() {
    let mut core = Core::new(2);
    core.open(ACCOUNT, None, false, &log(None));
    for sequence in 1..10 {
        core.live(fresh(sequence, sequence - 1), Timestamp::default());
        let sent = Sent {
            sequence,
            context: None,
            at: Timestamp::default(),
        };
        core.sent(ACCOUNT, sent);
    }
    assert_eq!(core.unacked, 2);
    core.remove(ACCOUNT);
    assert_eq!(core.unacked, 0);
}

#[test]
fn a_token_that_nobody_knows_resets_the_accounts_without_one() {
    let mut core = Core::new(8);
    core.open(ACCOUNT, None, true, &log(Some(5)));
    let Some(Out::Reset { reason, resume, .. }) = core.pop() else {
        panic!("a reset");
    };
    assert_eq!(reason, Reason::UnknownToken);
    assert_eq!(resume.unwrap().position.sequence, 5);
}
