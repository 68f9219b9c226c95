//! A full log refuses, and works again when there is room.

use crate::alone::Alone;
use pushmail_domain::AccountId;
use pushmail_eventlog::AppendErrorKind::Full;
use pushmail_eventlog::EventLog as _;
use pushmail_eventlog::contract::sample::{TENANT, Writer, account, events, message, messages};
use pushmail_eventlog_nats::{Config, NatsLog};
use pushmail_testkit::Nats;

/// Appends, one event or many at a time, until the log is full; how many it took.
async fn fill(writer: &Writer<'_>, account: AccountId, at_once: u32) -> u32 {
    let mut stored = 0;
    loop {
        let batch = messages(account, stored + 1..=stored + at_once);
        match writer.try_append(batch).await {
            Ok(_) => stored += at_once,
            Err(error) => {
                assert_eq!(error.kind, Full, "{error:?}");
                return stored;
            }
        }
    }
}

async fn fills_and_empties(log: &NatsLog, at_once: u32) {
    let writer = Writer::take(log, account(1)).await;
    let stored = fill(&writer, account(1), at_once).await;
    assert!(stored >= at_once);
    assert_eq!(events(writer.all().await), messages(account(1), 1..=stored));
    log.purge_account(TENANT, account(1), None).await.unwrap();
    writer.append(vec![message(account(1), stored + 1)]).await;
    assert_eq!(
        events(writer.all().await),
        [message(account(1), stored + 1)]
    );
}

async fn with_small_streams(at_once: u32) {
    let Some(alone) = Alone::start() else { return };
    let config = Config {
        max_bytes: Some(64 << 10),
        ..alone.config()
    };
    fills_and_empties(&alone.open_with(config).await, at_once).await;
}

#[tokio::test]
async fn a_full_stream_refuses_single_events() {
    with_small_streams(1).await;
}

#[tokio::test]
async fn a_full_stream_refuses_batches_whole() {
    with_small_streams(10).await;
}

#[tokio::test]
async fn a_full_server_refuses_events() {
    let Some(server) = Nats::with_max_file_store(256 << 10) else {
        return;
    };
    let alone = Alone::on(server);
    fills_and_empties(&alone.open().await, 1).await;
}
