use super::*;
use futures::stream;
use pushmail_domain::{
    AccountPhase, CursorStep, Entropy, Event, EventId, EventKind, Position, StreamId, Timestamp,
};
use pushmail_eventlog::Fresh;
use pushmail_seal::TenantKeys;
use std::future::pending;
use std::sync::Arc;
use tokio::sync::oneshot;
use tonic::Code;

const TENANT: TenantId = TenantId::from_bytes([1; 16]);
const ACCOUNT: AccountId = AccountId::from_bytes([2; 16]);

struct Sevens;

impl Entropy for Sevens {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn stored(sequence: u64) -> Stored {
    let phase = AccountPhase::Live;
    let event = Event {
        id: EventId::of_state(ACCOUNT, sequence, phase, ""),
        tenant: TENANT,
        account: ACCOUNT,
        kind: EventKind::AccountState { phase },
        cursor: CursorStep::default(),
        detected_at: Timestamp::default(),
        fetched_at: Timestamp::default(),
        content: b"not sealed".to_vec(),
        trace: None,
    };
    Stored {
        event,
        position: Position {
            stream: StreamId::new(0),
            generation: 1,
            sequence,
        },
        stored_at: Timestamp::default(),
    }
}

/// One that says only how far the mailbox was read.
fn undelivered(sequence: u64) -> Stored {
    let mut stored = stored(sequence);
    stored.event.kind = EventKind::Cursor;
    stored
}

fn live(sequence: u64) -> Live {
    fresh(stored(sequence))
}

fn fresh(stored: Stored) -> Live {
    Live::Event(Fresh {
        stored: Arc::new(stored),
        previous: 0,
    })
}

/// The events in turn, then a sign that all were taken, then silence.
fn then_silence(events: Vec<Live>) -> (BoxStream<'static, Live>, oneshot::Receiver<()>) {
    let (taken, all_taken) = oneshot::channel();
    let silence = stream::once(async move {
        taken.send(()).unwrap();
        pending::<Live>().await
    });
    (stream::iter(events).chain(silence).boxed(), all_taken)
}

fn tail(buffer: usize) -> (Tail, mpsc::Receiver<Item>) {
    let key = TenantKeys::generate(&Sevens).content();
    let source = Source {
        tenant: TENANT,
        account: None,
        key,
    };
    let (to, items) = mpsc::channel(buffer);
    (Tail::new(source, to), items)
}

/// The id of an event, or `None` for the notice that some were left out.
async fn next(items: &mut mpsc::Receiver<Item>) -> Option<String> {
    match items.recv().await.unwrap().unwrap().item.unwrap() {
        response::Item::Event(event) => Some(event.id),
        response::Item::Skipped(_) => None,
    }
}

fn id(sequence: u64) -> Option<String> {
    Some(stored(sequence).event.id.to_string())
}

#[tokio::test]
async fn a_slow_reader_is_told_what_it_missed_and_goes_on() {
    let (tail, mut items) = tail(2);
    let (first, taken) = then_silence((1..=5).map(live).collect());
    let (more, receiver) = mpsc::channel(1);
    let later = tokio_stream::wrappers::ReceiverStream::new(receiver);
    let both = stream::select(first, later).boxed();
    let task = tokio::spawn(tail.run(Vec::new(), both, pending()));
    taken.await.unwrap();

    assert_eq!(next(&mut items).await, id(1));
    assert_eq!(next(&mut items).await, id(2));
    assert_eq!(next(&mut items).await, None);
    more.send(live(6)).await.unwrap();
    assert_eq!(next(&mut items).await, id(6));
    drop(items);
    task.await.unwrap();
}

#[tokio::test]
async fn a_log_that_lagged_is_told_like_a_slow_reader() {
    let (tail, mut items) = tail(8);
    let (events, _taken) = then_silence(vec![live(1), Live::Lagged, live(9)]);
    let task = tokio::spawn(tail.run(Vec::new(), events, pending()));
    assert_eq!(next(&mut items).await, id(1));
    assert_eq!(next(&mut items).await, None);
    assert_eq!(next(&mut items).await, id(9));
    drop(items);
    task.await.unwrap();
}

#[tokio::test]
async fn what_was_replayed_does_not_come_again() {
    let (tail, mut items) = tail(8);
    let (events, _taken) = then_silence((1..=4).map(live).collect());
    let replay = vec![stored(2), stored(3)];
    let task = tokio::spawn(tail.run(replay, events, pending()));
    for sequence in [2, 3, 4] {
        assert_eq!(next(&mut items).await, id(sequence));
    }
    drop(items);
    task.await.unwrap();
}

#[tokio::test]
async fn events_that_are_for_nobody_are_passed_over() {
    let (tail, mut items) = tail(2);
    let hidden = |sequence| fresh(undelivered(sequence));
    let (events, _taken) = then_silence(vec![hidden(4), hidden(5), live(6)]);
    let replay = vec![undelivered(1), stored(2), undelivered(3)];
    let task = tokio::spawn(tail.run(replay, events, pending()));
    for sequence in [2, 6] {
        assert_eq!(next(&mut items).await, id(sequence));
    }
    drop(items);
    task.await.unwrap();
}

#[tokio::test]
async fn an_ended_log_ends_the_tail_with_a_word() {
    let (tail, mut items) = tail(8);
    tail.run(Vec::new(), stream::empty().boxed(), pending())
        .await;
    let ended = items.recv().await.unwrap().unwrap_err();
    assert_eq!(ended.code(), Code::Unavailable);
    assert!(items.recv().await.is_none());
}
