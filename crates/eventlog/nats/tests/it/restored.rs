//! A log whose data was replaced by an older copy (invariant 3).

use crate::alone::Alone;
use pushmail_eventlog::AppendErrorKind::{Regressed, StaleEpoch};
use pushmail_eventlog::EventLog as _;
use pushmail_eventlog::contract::sample::{WORKER, Writer, account, events, message, messages};
use pushmail_eventlog_nats::NatsLog;
use pushmail_testkit::Backup;
use std::time::Duration;

/// A copy of the server's data, as it is now.
async fn back_up(alone: &Alone, open: &[&NatsLog]) -> Backup {
    alone.restart(open, |server| server.back_up()).await
}

async fn restore(alone: &Alone, open: &[&NatsLog], backup: &Backup) {
    alone.restart(open, |server| server.restore(backup)).await;
}

#[tokio::test]
async fn a_writer_notices_that_its_events_are_gone() {
    let Some(alone) = Alone::start() else { return };
    let log = alone.open().await;
    let writer = Writer::take(&log, account(1)).await;
    writer.append(messages(account(1), 1..=3)).await;
    let backup = back_up(&alone, &[&log]).await;
    writer.append(messages(account(1), 4..=9)).await;
    restore(&alone, &[&log], &backup).await;

    assert_eq!(
        writer.refused(vec![message(account(1), 10)]).await,
        Regressed
    );
    let mut batch = messages(account(1), 11..=12);
    assert_eq!(writer.refused(batch.clone()).await, Regressed);
    batch.pop();
    assert_eq!(writer.refused(batch).await, Regressed);
}

#[tokio::test]
async fn an_owner_and_a_taker_notice_that_the_fence_is_gone() {
    let Some(alone) = Alone::start() else { return };
    let log = alone.open().await;
    let old = Writer::take(&log, account(1)).await;
    let backup = back_up(&alone, &[&log]).await;
    let owner = Writer::take(&log, account(1)).await;
    owner.append(messages(account(1), 1..=2)).await;
    restore(&alone, &[&log], &backup).await;

    for lost in [messages(account(1), 3..=3), messages(account(1), 3..=5)] {
        assert_eq!(owner.refused(lost).await, Regressed);
    }
    let taken = log.take(owner.shard, WORKER).await.unwrap();
    assert_eq!(taken.before, Some(old.epoch));
    assert!(taken.before < Some(owner.epoch));
}

#[tokio::test]
async fn a_log_that_is_empty_again_is_noticed() {
    let Some(alone) = Alone::start() else { return };
    let first = alone.open().await;
    let empty = back_up(&alone, &[&first]).await;
    let owner = Writer::take(&first, account(1)).await;
    owner.append(messages(account(1), 1..=2)).await;
    restore(&alone, &[&first], &empty).await;

    assert_eq!(owner.refused(messages(account(1), 3..=3)).await, Regressed);
    let taken = first.take(owner.shard, WORKER).await.unwrap();
    assert_eq!((taken.before, taken.stream_last), (None, 0));
}

#[tokio::test]
async fn a_new_generation_makes_restored_fences_worth_nothing() {
    let Some(alone) = Alone::start() else { return };
    let mut forgetful = alone.config();
    forgetful.refresh = Duration::from_secs(3_600);
    let log = alone.open().await;
    let (other, third) = (
        alone.open_with(forgetful.clone()).await,
        alone.open_with(forgetful).await,
    );
    let old = Writer::take(&other, account(1)).await;
    old.append(messages(account(1), 1..=1)).await;
    let backup = back_up(&alone, &[&log, &other, &third]).await;
    let stream = old.shard.stream();
    let lost = Writer::take(&log, account(1)).await;
    lost.append(messages(account(1), 2..=2)).await;

    restore(&alone, &[&log, &other, &third], &backup).await;
    log.raise_generation(stream, 1).await.unwrap();
    assert_eq!(other.generation(stream), 1);
    assert_eq!(old.refused(messages(account(1), 3..=3)).await, StaleEpoch);

    // Restored once more, the fence is back, until somebody takes the shard in the new generation.
    restore(&alone, &[&log, &other, &third], &backup).await;
    let new = Writer::take(&log, account(1)).await;
    assert_eq!(new.epoch.generation, 2);
    let old = Writer { log: &third, ..old };
    assert_eq!(third.generation(stream), 1);
    assert_eq!(old.refused(messages(account(1), 3..=3)).await, StaleEpoch);
    new.append(messages(account(1), 2..=2)).await;
    assert_eq!(events(new.all().await), messages(account(1), 1..=2));
}
