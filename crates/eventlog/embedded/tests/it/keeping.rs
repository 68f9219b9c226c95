//! What is kept, for how long, and in which generation.

use crate::contract::Embedded;
use pushmail_domain::StreamId;
use pushmail_eventlog::EventLog as _;
use pushmail_eventlog::contract::sample::{
    TENANT, WORKER, Writer, account, events, message, messages,
};

#[tokio::test]
async fn events_past_the_retention_expire_and_younger_ones_stay() {
    let fixture = Embedded::new();
    let log = fixture.open_log();
    let writer = Writer::take(&log, account(1)).await;
    for first in (1..=1_201).step_by(100) {
        let batch = messages(account(1), first..first + 100);
        writer.append(batch).await;
    }
    assert_eq!(log.expire().await.unwrap(), 0);

    fixture.clock.advance(fixture.config().retention);
    writer.append(vec![message(account(1), 1_301)]).await;
    assert_eq!(
        log.expire().await.unwrap(),
        0,
        "they are exactly as old as the retention"
    );
    fixture.clock.advance(std::time::Duration::from_micros(1));
    assert_eq!(log.expire().await.unwrap(), 1_300);
    assert_eq!(events(writer.all().await), [message(account(1), 1_301)]);
}

#[tokio::test]
async fn expiry_does_not_look_like_loss_to_a_taker() {
    let fixture = Embedded::new();
    let log = fixture.open_log();
    let writer = Writer::take(&log, account(1)).await;
    let last = writer.append(messages(account(1), 1..=3)).await[2]
        .position
        .sequence;
    fixture.clock.advance(fixture.config().retention * 2);
    log.expire().await.unwrap();

    let taken = log.take(writer.shard, WORKER).await.unwrap();
    assert_eq!((taken.last_sequence, taken.stream_last), (0, last));
    assert_eq!(log.last_of_account(TENANT, account(1)).await.unwrap(), None);
}

#[tokio::test]
async fn the_generation_is_kept_across_reopening() {
    let fixture = Embedded::new();
    let log = fixture.open_log();
    let stream = StreamId::new(0);
    assert_eq!(log.generation(stream), 1);
    let raised = log.raise_generation(stream, 1).await.unwrap();
    drop(log);
    assert_eq!(fixture.open_log().generation(stream), raised);
}

#[tokio::test]
async fn closing_leaves_everything_in_the_one_file() {
    let fixture = Embedded::new();
    let log = fixture.open_log();
    let writer = Writer::take(&log, account(1)).await;
    writer.append(messages(account(1), 1..=10)).await;
    drop(log);
    let wal = fixture.config().path.with_extension("db-wal");
    let left = std::fs::metadata(wal).map_or(0, |file| file.len());
    assert_eq!(left, 0);
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let (killed, restarted) = (Embedded::new(), Embedded::new());
    let log = killed.open_log();
    let writer = Writer::take(&log, account(1)).await;
    writer.append(messages(account(1), 1..=10)).await;
    // The files as a killed process leaves them: nothing was closed.
    for suffix in ["db", "db-wal"] {
        let file = |fixture: &Embedded| fixture.config().path.with_extension(suffix);
        std::fs::copy(file(&killed), file(&restarted)).unwrap();
    }

    let log = restarted.open_log();
    let stored = log.read_account(TENANT, account(1), 0, 100).await;
    assert_eq!(events(stored.unwrap()), messages(account(1), 1..=10));
}

#[tokio::test]
async fn a_damaged_record_is_an_error_of_the_read() {
    let fixture = Embedded::new();
    let log = fixture.open_log();
    let writer = Writer::take(&log, account(1)).await;
    writer.append(messages(account(1), 1..=2)).await;
    let other = rusqlite::Connection::open(fixture.config().path).unwrap();
    let damage = "UPDATE event SET record = x'ff' WHERE seq = 1";
    other.execute(damage, []).unwrap();

    assert!(log.read_account(TENANT, account(1), 0, 10).await.is_err());
    let last = log.last_of_account(TENANT, account(1)).await.unwrap();
    assert_eq!(last.unwrap().event, message(account(1), 2));
}
