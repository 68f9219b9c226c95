//! One writer per shard (invariant 3).

use super::Fixture;
use super::sample::{WORKER, Writer, account, cousin, message, messages, sequences};
use crate::AppendErrorKind::{Regressed, StaleEpoch};
use pushmail_domain::{Shard, WorkerId};

/// After a shard was taken, an append with the epoch before is refused and stores nothing.
pub async fn a_stale_epoch_is_refused_and_stores_nothing(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let old = Writer::take(&*log, account(1)).await;
    let new = Writer::take(&*log, account(1)).await;

    assert_eq!(old.refused(messages(account(1), 1..3)).await, StaleEpoch);
    assert_eq!(new.all().await, []);
    new.append(messages(account(1), 1..3)).await;
    assert_eq!(new.all().await.len(), 2);
}

/// A duplicate id is no way past the fence: the writer must learn that it is stale.
pub async fn a_stale_epoch_is_refused_even_if_the_id_is_logged(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let old = Writer::take(&*log, account(1)).await;
    old.append(vec![message(account(1), 1)]).await;
    let new = Writer::take(&*log, account(1)).await;

    assert_eq!(old.refused(vec![message(account(1), 1)]).await, StaleEpoch);
    assert_eq!(new.all().await.len(), 1);
}

/// An epoch is good for its own shard only, and a shard that nobody took has none. Fences are numbered
/// by stream, so that nothing is promised between shards of different streams.
pub async fn an_epoch_of_another_shard_is_refused(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let mut writer = Writer::take(&*log, account(1)).await;
    let cousin = cousin(account(1));
    writer.shard = Shard::of(cousin);
    assert_ne!(writer.shard, Shard::of(account(1)));

    // As an epoch that the log never gave out it may also be taken for one that the log lost.
    let refused = writer.refused(vec![message(cousin, 1)]).await;
    assert!(matches!(refused, StaleEpoch | Regressed));
    let owner = Writer::take(&*log, cousin).await;
    let refused = writer.refused(vec![message(cousin, 1)]).await;
    assert!(matches!(refused, StaleEpoch | Regressed));
    assert_eq!(owner.all().await, []);
}

/// Whoever takes a shard gets a higher epoch than everyone before.
pub async fn taking_again_raises_the_epoch_even_for_the_same_worker(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let shard = Shard::of(account(1));
    let first = log.take(shard, WORKER).await.unwrap().epoch;
    let again = log.take(shard, WORKER).await.unwrap().epoch;
    let other = WorkerId::from_bytes([9; 16]);
    let third = log.take(shard, other).await.unwrap().epoch;

    assert!(first < again && again < third);
    assert_eq!(first.generation, log.generation(shard.stream()));
}

/// Taking tells where the fold has to end, and how far the stream ever came.
pub async fn taking_tells_the_last_sequence_of_the_shard(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let shard = Shard::of(account(1));
    let empty = log.take(shard, WORKER).await.unwrap();
    assert_eq!((empty.last_sequence, empty.stream_last), (0, 0));

    let writer = Writer::take(&*log, account(1)).await;
    let last = sequences(&writer.append(messages(account(1), 1..4)).await)[2];
    let elsewhere = Writer::take(&*log, account(2)).await;
    elsewhere.append(messages(account(2), 1..4)).await;

    let taken = log.take(shard, WORKER).await.unwrap();
    assert_eq!(taken.last_sequence, last);
    assert!(taken.stream_last >= last);
}

/// Taking tells whose place is taken: no epoch, or the newest before.
pub async fn taking_tells_the_epoch_before(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let shard = Shard::of(account(1));
    let first = log.take(shard, WORKER).await.unwrap();
    assert_eq!(first.before, None);
    let second = log.take(shard, WORKER).await.unwrap();
    assert_eq!(second.before, Some(first.epoch));
}

/// Who asks sees the newest epoch, also one that somebody else took.
pub async fn the_newest_epoch_of_a_shard_can_be_asked_for(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let shard = Shard::of(account(1));
    assert_eq!(log.fence(shard).await.unwrap(), None);
    for _ in 0..2 {
        let epoch = log.take(shard, WORKER).await.unwrap().epoch;
        assert_eq!(log.fence(shard).await.unwrap(), Some(epoch));
    }
    log.raise_generation(shard.stream(), log.generation(shard.stream()))
        .await
        .unwrap();
    assert_eq!(log.fence(shard).await.unwrap(), None);
}

/// Whoever notices the same loss raises the same generation.
pub async fn a_generation_that_was_seen_is_raised_once(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let stream = Shard::of(account(1)).stream();
    let seen = log.generation(stream);
    let raised = log.raise_generation(stream, seen).await.unwrap();
    assert_eq!(log.raise_generation(stream, seen).await.unwrap(), raised);
    assert_eq!(log.generation(stream), raised);
    let far = log.raise_generation(stream, raised + 5).await.unwrap();
    assert!(far > raised + 5);
}

/// A new generation is above all before it, and only epochs of it may write.
pub async fn a_new_generation_makes_every_epoch_stale(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let old = Writer::take(&*log, account(1)).await;
    old.append(vec![message(account(1), 1)]).await;
    let stream = old.shard.stream();
    let before = log.generation(stream);

    let raised = log.raise_generation(stream, before).await.unwrap();
    assert!(raised > before);
    assert_eq!(log.generation(stream), raised);
    assert_eq!(old.refused(vec![message(account(1), 2)]).await, StaleEpoch);

    let new = Writer::take(&*log, account(1)).await;
    assert!(new.epoch > old.epoch);
    let appended = new.append(vec![message(account(1), 2)]).await;
    assert_eq!(appended[0].position.generation, raised);
}
