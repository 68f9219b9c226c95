//! Lost answers, lost connections, lost ownership.

use crate::alone::Alone;
use futures::StreamExt as _;
use pushmail_domain::Shard;
use pushmail_eventlog::AppendErrorKind::{Ambiguous, StaleEpoch};
use pushmail_eventlog::contract::sample::{
    TENANT, Writer, account, events, message, messages, sequences,
};
use pushmail_eventlog::{EventLog as _, Live};
use std::time::Duration;

#[tokio::test]
async fn an_append_whose_answer_is_lost_is_ambiguous_and_settles() {
    let Some(alone) = Alone::start() else { return };
    let mut config = alone.config();
    config.publish_timeout = Duration::from_millis(300);
    let log = alone.open_with(config).await;
    let writer = Writer::take(&log, account(1)).await;
    for (uids, stored) in [(1..=1, 1), (2..=4, 4)] {
        let unanswered = messages(account(1), uids);
        alone.server().pause();
        assert_eq!(writer.refused(unanswered.clone()).await, Ambiguous);
        alone.server().resume();

        let again = writer.append(unanswered.clone()).await;
        assert!(again.iter().all(|appended| appended.duplicate));
        let last = log.last_of_account(TENANT, account(1)).await.unwrap();
        assert_eq!(Some(last.unwrap().event), unanswered.last().cloned());
        assert_eq!(events(writer.all().await), messages(account(1), 1..=stored));
    }
}

#[tokio::test]
async fn a_log_goes_on_after_its_server_was_killed_and_tells_its_subscribers() {
    let Some(alone) = Alone::start() else { return };
    let log = alone.open().await;
    let writer = Writer::take(&log, account(1)).await;
    let mut tail = log.live().await.unwrap();
    tail.follow.add(writer.shard).await.unwrap();
    writer.append(vec![message(account(1), 1)]).await;
    assert!(matches!(tail.live.next().await, Some(Live::Event(_))));

    alone.restart(&[&log], |_| ()).await;
    let appended = writer.append(vec![message(account(1), 2)]).await;
    assert!(!appended[0].duplicate);
    assert!(log.is_connected());
    assert!(matches!(tail.live.next().await, Some(Live::Lagged)));
    writer.append(vec![message(account(1), 3)]).await;
    let fresh = loop {
        if let Some(Live::Event(fresh)) = tail.live.next().await
            && fresh.stored.event == message(account(1), 3)
        {
            break fresh;
        }
    };
    assert_eq!(fresh.previous, sequences(&appended)[0]);
}

#[tokio::test]
async fn another_process_s_epoch_makes_this_one_s_stale() {
    let Some(alone) = Alone::start() else { return };
    let (one, other) = (alone.open().await, alone.open().await);
    let old = Writer::take(&one, account(1)).await;
    old.append(messages(account(1), 1..=2)).await;
    let new = Writer::take(&other, account(1)).await;

    for refused in [messages(account(1), 1..=1), messages(account(1), 1..=3)] {
        assert_eq!(old.refused(refused).await, StaleEpoch);
    }
    let newest = one.fence(Shard::of(account(1))).await.unwrap();
    assert_eq!(newest, Some(new.epoch));
    assert_eq!(events(new.all().await), messages(account(1), 1..=2));
}

#[tokio::test]
async fn a_generation_that_another_process_raised_is_learned_from_its_events() {
    let Some(alone) = Alone::start() else { return };
    let mut config = alone.config();
    config.refresh = Duration::from_secs(3_600);
    let (one, other) = (alone.open_with(config).await, alone.open().await);
    let old = Writer::take(&one, account(1)).await;
    let stream = old.shard.stream();
    let raised = other.raise_generation(stream, 1).await.unwrap();
    assert_eq!(one.generation(stream), 1);
    assert_eq!(old.refused(messages(account(1), 1..=1)).await, StaleEpoch);

    let new = Writer::take(&other, account(1)).await;
    new.append(messages(account(1), 1..=1)).await;
    let read = one.last_of_account(TENANT, account(1)).await.unwrap();
    assert_eq!(read.unwrap().position.generation, raised);
    assert_eq!(one.generation(stream), raised);
}
