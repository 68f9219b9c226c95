//! What is kept when the log is closed and opened again.

use super::Fixture;
use super::sample::{TENANT, WORKER, Writer, account, message, messages, sequences};
use crate::AppendErrorKind::StaleEpoch;

/// Every event is where it was.
pub async fn reopening_keeps_events_and_their_positions(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let (shard, epoch) = (writer.shard, writer.epoch);
    writer.append(messages(account(1), 1..=5)).await;
    let before = writer.all().await;

    let log = fixture.reopen(log).await;
    let log = &*log;
    let writer = Writer { log, shard, epoch };
    assert_eq!(writer.all().await, before);
    let last = log.last_of_account(TENANT, account(1)).await.unwrap();
    assert_eq!(last.as_ref(), before.last());
}

/// The newest epoch stays good and an older one stale, and later ones are above both.
pub async fn reopening_keeps_fences(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let stale = Writer::take(&*log, account(1)).await.epoch;
    let newest = Writer::take(&*log, account(1)).await;
    let (shard, newest) = (newest.shard, newest.epoch);

    let log = fixture.reopen(log).await;
    let event = || vec![message(account(1), 1)];
    let refused = log.append(shard, stale, event()).await.unwrap_err();
    assert_eq!(refused.kind, StaleEpoch);
    log.append(shard, newest, event()).await.unwrap();
    assert!(log.take(shard, WORKER).await.unwrap().epoch > newest);
}

/// A restart within the window does not make a writer's retry a second record.
pub async fn reopening_keeps_the_dedupe_window(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let first = writer.append(vec![message(account(1), 1)]).await[0];

    let log = fixture.reopen(log).await;
    let writer = Writer::take(&*log, account(1)).await;
    let again = writer.append(vec![message(account(1), 1)]).await[0];
    assert!(again.duplicate);
    assert_eq!(again.position, first.position);
}

/// A sequence is never given out twice, even when its event is gone.
pub async fn sequences_rise_across_reopening_and_purging(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let shard = writer.shard;
    let before = sequences(&writer.append(messages(account(1), 1..=5)).await)[4];
    log.purge_account(TENANT, account(1), None).await.unwrap();

    let log = fixture.reopen(log).await;
    let taken = log.take(shard, WORKER).await.unwrap();
    assert_eq!(taken.last_sequence, 0);
    assert!(taken.stream_last >= before);
    let writer = Writer::take(&*log, account(1)).await;
    assert!(sequences(&writer.append(vec![message(account(1), 6)]).await)[0] > before);
}
