use super::*;
use pushmail_domain::{AccountPhase, CursorStep, Event, EventId, EventKind, StreamId, TenantId};
use std::sync::Arc;

const ACCOUNT: AccountId = AccountId::from_bytes([1; 16]);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

/// The log at second 100, keeping what is younger than second 50.
fn log(last: impl Into<Option<u64>>) -> Standing {
    Standing {
        last: last.into(),
        generation: 1,
        retained_since: at(50),
        at: at(100),
    }
}

fn token(generation: u32, sequence: u64, confirmed_at: i64) -> Resume {
    Resume {
        account: ACCOUNT,
        position: Position {
            stream: Shard::of(ACCOUNT).stream(),
            generation,
            sequence,
        },
        confirmed_at: at(confirmed_at),
    }
}

pub(crate) fn fresh(sequence: u64, previous: u64) -> Fresh {
    Fresh {
        stored: Arc::new(stored(sequence)),
        previous,
    }
}

pub(crate) fn stored(sequence: u64) -> Stored {
    let phase = AccountPhase::Live;
    Stored {
        event: Event {
            id: EventId::of_state(ACCOUNT, sequence, phase, ""),
            tenant: TenantId::from_bytes([2; 16]),
            account: ACCOUNT,
            kind: EventKind::AccountState { phase },
            cursor: CursorStep::default(),
            detected_at: at(1),
            fetched_at: at(1),
            content: Vec::new(),
            trace: None,
        },
        position: Position {
            stream: StreamId::new(0),
            generation: 1,
            sequence,
        },
        stored_at: at(90),
    }
}

#[test]
fn an_account_without_a_token_starts_with_what_comes_next() {
    let (mut lane, reason) = Lane::start(ACCOUNT, None, &log(7));
    assert_eq!((reason, lane.behind()), (None, false));
    assert_eq!(lane.judge(&fresh(7, 3)), Verdict::Pass);
    assert_eq!(lane.judge(&fresh(9, 7)), Verdict::Deliver);
}

#[test]
fn a_device_that_has_the_newest_event_is_even_however_old_its_token() {
    let (lane, reason) = Lane::start(ACCOUNT, Some(&token(1, 7, 1)), &log(7));
    assert_eq!((reason, lane.behind()), (None, false));
}

#[test]
fn a_device_that_was_away_is_behind_until_everything_was_read() {
    let (mut lane, reason) = Lane::start(ACCOUNT, Some(&token(1, 3, 60)), &log(7));
    assert_eq!((reason, lane.behind()), (None, true));
    assert_eq!(lane.judge(&fresh(9, 7)), Verdict::Pass);
    lane.advance(&stored(7));
    assert!(lane.behind());
    assert!(lane.replays(7) && !lane.replays(9));
    lane.advance(&stored(9));
    assert!(!lane.behind());
}

#[test]
fn a_token_older_than_the_log_is_expired_and_what_is_left_is_read() {
    let (lane, reason) = Lane::start(ACCOUNT, Some(&token(1, 3, 49)), &log(7));
    assert_eq!((reason, lane.behind()), (Some(Reason::Expired), true));
    // Coming back with the position of the Reset announces the gap again only if it grew.
    assert_eq!(lane.resume(at(50)).confirmed_at, at(50));
}

#[test]
fn an_account_whose_events_all_expired_is_no_rebuilt_log() {
    let (lane, reason) = Lane::start(ACCOUNT, Some(&token(1, 3, 60)), &log(None));
    assert_eq!((reason, lane.behind(), lane.sequence()), (None, false, 3));
}

#[test]
fn a_position_ahead_of_the_log_says_that_the_log_was_rebuilt() {
    let (lane, reason) = Lane::start(ACCOUNT, Some(&token(1, 8, 60)), &log(7));
    assert_eq!((reason, lane.sequence()), (Some(Reason::LogRebuilt), 7));
}

#[test]
fn another_generation_says_so_and_reads_everything_kept() {
    for generation in [0, 2] {
        let token = token(generation, 7, 60);
        let (lane, reason) = Lane::start(ACCOUNT, Some(&token), &log(7));
        assert_eq!(
            (reason, lane.behind(), lane.sequence()),
            (Some(Reason::LogRebuilt), true, 0)
        );
    }
}

#[test]
fn a_missing_predecessor_is_read_from_the_log() {
    let (mut lane, _) = Lane::start(ACCOUNT, None, &log(7));
    assert_eq!(lane.judge(&fresh(12, 9)), Verdict::Pass);
    assert!(lane.behind());
    lane.advance(&stored(9));
    lane.advance(&stored(12));
    assert!(!lane.behind());
}

#[test]
fn an_expired_predecessor_is_no_gap() {
    let (mut lane, _) = Lane::start(ACCOUNT, None, &log(7));
    assert_eq!(lane.judge(&fresh(12, 0)), Verdict::Deliver);
}

#[test]
fn comparing_finds_what_live_dropped() {
    let (mut lane, _) = Lane::start(ACCOUNT, None, &log(7));
    assert_eq!(lane.compare(&log(7)), None);
    assert!(!lane.behind());
    assert_eq!(lane.compare(&log(8)), None);
    assert!(lane.behind());
}

#[test]
fn a_slow_session_passes_over_what_was_dropped_and_says_so() {
    let (mut lane, _) = Lane::start(ACCOUNT, None, &log(7));
    assert_eq!(lane.skip(&log(90)), Some(Reason::SlowConsumer));
    assert_eq!((lane.sequence(), lane.behind()), (90, false));
}

#[test]
fn a_session_that_reads_the_log_anyway_has_no_gap_when_live_overflows() {
    let (mut lane, _) = Lane::start(ACCOUNT, Some(&token(1, 3, 60)), &log(7));
    assert_eq!(lane.skip(&log(90)), None);
    assert_eq!((lane.sequence(), lane.behind()), (3, true));
}

#[test]
fn a_newer_generation_in_live_reads_everything_kept() {
    let (mut lane, _) = Lane::start(ACCOUNT, None, &log(7));
    let mut rebuilt = stored(3);
    rebuilt.position.generation = 2;
    let rebuilt = Fresh {
        stored: Arc::new(rebuilt),
        previous: 0,
    };
    assert_eq!(lane.judge(&rebuilt), Verdict::Rebuilt);
    assert_eq!((lane.sequence(), lane.behind()), (0, true));
}

#[test]
fn acknowledgements_only_rise_and_cover_what_was_sent() {
    let (mut lane, _) = Lane::start(ACCOUNT, None, &log(7));
    for sequence in 8..12 {
        lane.judge(&fresh(sequence, sequence - 1));
        let sent = Sent {
            sequence,
            context: None,
            at: at(0),
        };
        assert!(lane.sent(sent, true));
    }
    let ack = |lane: &mut Lane, sequence| {
        let covered = lane.ack(token(1, sequence, 0).position)?;
        Some(covered.iter().map(|sent| sent.sequence).collect::<Vec<_>>())
    };
    assert_eq!(ack(&mut lane, 9), Some(vec![8, 9]));
    assert_eq!(ack(&mut lane, 8), Some(vec![]));
    assert_eq!(ack(&mut lane, 12), None);
    assert_eq!(ack(&mut lane, 11), Some(vec![10, 11]));
}

#[test]
fn without_room_the_oldest_unacknowledged_event_makes_place() {
    let (mut lane, _) = Lane::start(ACCOUNT, None, &log(0));
    let sent = |sequence| Sent {
        sequence,
        context: None,
        at: at(0),
    };
    assert!(!lane.sent(sent(1), false));
    assert!(lane.sent(sent(2), true));
    assert!(!lane.sent(sent(3), false));
    assert_eq!(lane.forget(), 1);
}
