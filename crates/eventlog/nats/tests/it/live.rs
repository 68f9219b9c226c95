//! What comes live, between processes.

use crate::alone::Alone;
use futures::StreamExt as _;
use pushmail_eventlog::contract::sample::{Writer, accounts_of_distinct_shards, message};
use pushmail_eventlog::{EventLog as _, Live};
use pushmail_eventlog_nats::NatsLog;
use std::time::Duration;

/// Follows shards, and has another process append to each at once: nothing may be missing.
pub(crate) async fn every_next_event_comes(
    reader: &NatsLog,
    writer: &NatsLog,
    uid: u32,
    shards: usize,
) {
    let mut tail = reader.live().await.unwrap();
    for account in accounts_of_distinct_shards(shards) {
        let writer = Writer::take(writer, account).await;
        tail.follow.add(writer.shard).await.unwrap();
        writer.append(vec![message(account, uid)]).await;
        let next = tokio::time::timeout(Duration::from_secs(60), tail.live.next()).await;
        let Some(Live::Event(fresh)) = next.expect("the event comes") else {
            panic!("the subscription lagged or ended");
        };
        assert_eq!(fresh.stored.event, message(account, uid));
        tail.follow.remove(writer.shard).await.unwrap();
    }
}

#[tokio::test]
async fn the_next_event_of_a_followed_shard_comes_whoever_appends_it() {
    let Some(alone) = Alone::start() else { return };
    let (reader, writer) = (alone.open().await, alone.open().await);
    every_next_event_comes(&reader, &writer, 1, 200).await;
}

#[tokio::test]
async fn a_subscription_ends_with_its_log() {
    let Some(alone) = Alone::start() else { return };
    let log = alone.open().await;
    let mut tail = log.live().await.unwrap();
    let shard = Writer::take(&log, accounts_of_distinct_shards(1)[0])
        .await
        .shard;
    tail.follow.add(shard).await.unwrap();
    drop(log);
    assert!(tail.live.next().await.is_none());
    assert!(tail.follow.add(shard).await.is_err());
}
