//! Reading by shard and by account, and what each tenant may see (invariant 6).

use super::Fixture;
use super::sample::{
    ALL, STRANGER, TENANT, Writer, account, events, message, messages, neighbour, sequences,
};

/// Above `after`, up to `through`, at most `limit`, oldest first.
pub async fn a_shard_is_read_within_its_bounds(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let at = sequences(&writer.append(messages(account(1), 1..=6)).await);
    let read = async |after, through, limit| {
        let stored = log.read_shard(writer.shard, after, through, limit).await;
        let stored = stored.unwrap().into_iter();
        stored.map(|s| s.position.sequence).collect::<Vec<_>>()
    };

    assert_eq!(read(0, u64::MAX, ALL).await, at);
    assert_eq!(read(at[1], at[4], ALL).await, at[2..=4]);
    assert_eq!(read(at[1], at[4], 2).await, at[2..=3]);
    assert_eq!(read(at[5], u64::MAX, ALL).await, []);
    assert_eq!(read(at[4], at[1], ALL).await, []);
    assert_eq!(read(0, u64::MAX, 0).await, []);
}

/// All accounts of the shard, in the order they were appended, and no other shard's.
pub async fn a_shard_gives_only_its_own_events(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let other = Writer::take(&*log, account(2)).await;
    other.append(messages(account(2), 1..=3)).await;
    let writer = Writer::take(&*log, account(1)).await;
    let mixed = vec![
        message(account(1), 1),
        message(neighbour(account(1)), 1),
        message(account(1), 2),
    ];
    writer.append(mixed.clone()).await;
    assert_eq!(events(writer.all().await), mixed);
}

/// Above `after`, at most `limit`, oldest first, only that account.
pub async fn an_account_is_read_from_any_place(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    writer.append(messages(neighbour(account(1)), 1..=3)).await;
    let at = sequences(&writer.append(messages(account(1), 1..=5)).await);
    let read = async |after, limit| {
        let stored = log.read_account(TENANT, account(1), after, limit).await;
        events(stored.unwrap())
    };

    assert_eq!(read(0, ALL).await, messages(account(1), 1..=5));
    assert_eq!(read(at[1], 2).await, messages(account(1), 3..=4));
    assert_eq!(read(at[4], ALL).await, []);
    assert_eq!(read(0, 0).await, []);
}

/// The newest event and the newest few, also where there are fewer than asked for.
pub async fn the_newest_events_of_an_account_come_oldest_first(fixture: &impl Fixture) {
    let log = fixture.open().await;
    assert_eq!(log.last_of_account(TENANT, account(1)).await.unwrap(), None);
    let writer = Writer::take(&*log, account(1)).await;
    writer.append(messages(account(1), 1..=5)).await;
    writer.append(messages(neighbour(account(1)), 1..=5)).await;

    let last = log.last_of_account(TENANT, account(1)).await.unwrap();
    assert_eq!(last.unwrap().event, message(account(1), 5));
    for (limit, first) in [(2, 4), (ALL, 1), (0, 6)] {
        let newest = log.newest_of_account(TENANT, account(1), limit).await;
        assert_eq!(events(newest.unwrap()), messages(account(1), first..=5));
    }
}

/// A sequence is one shard's, or nobody's.
pub async fn a_record_tells_whose_it_is(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let one = Writer::take(&*log, account(1)).await;
    let first = sequences(&one.append(messages(account(1), 1..=2)).await);
    let other = Writer::take(&*log, neighbour(account(1))).await;
    let second = sequences(&other.append(messages(neighbour(account(1)), 1..=2)).await);
    let stream = one.shard.stream();
    for sequence in first.iter().chain(&second) {
        let shard = log.shard_at(stream, *sequence).await.unwrap();
        assert_eq!(shard, Some(one.shard));
    }
    assert_eq!(log.shard_at(stream, second[1] + 1).await.unwrap(), None);
    log.purge_account(TENANT, account(1), None).await.unwrap();
    assert_eq!(log.shard_at(stream, first[1]).await.unwrap(), None);
}

/// An account's id alone opens nothing: the tenant has to be its owner.
pub async fn another_tenant_reads_nothing(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    writer.append(messages(account(1), 1..=3)).await;

    let read = log.read_account(STRANGER, account(1), 0, ALL).await;
    assert_eq!(read.unwrap(), []);
    let newest = log.newest_of_account(STRANGER, account(1), ALL).await;
    assert_eq!(newest.unwrap(), []);
    assert_eq!(
        log.last_of_account(STRANGER, account(1)).await.unwrap(),
        None
    );
}

/// Purging takes all of one account, and writing goes on after it.
pub async fn a_purge_removes_one_account_and_no_other(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let kept = neighbour(account(1));
    writer.append(messages(account(1), 1..=20)).await;
    writer.append(messages(kept, 1..=3)).await;

    log.purge_account(TENANT, account(1), None).await.unwrap();
    assert_eq!(log.last_of_account(TENANT, account(1)).await.unwrap(), None);
    assert_eq!(events(writer.all().await), messages(kept, 1..=3));
    writer.append(vec![message(kept, 4)]).await;
    assert_eq!(events(writer.all().await), messages(kept, 1..=4));
}

/// Of a wiped account the record that says so stays.
pub async fn a_purge_below_a_record_leaves_it_and_what_came_later(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let kept = neighbour(account(1));
    writer.append(vec![message(kept, 1)]).await;
    let at = sequences(&writer.append(messages(account(1), 1..=5)).await);
    let purged = log.purge_account(TENANT, account(1), Some(at[3])).await;
    purged.unwrap();
    let read = log.read_account(TENANT, account(1), 0, ALL).await;
    assert_eq!(events(read.unwrap()), messages(account(1), 4..=5));
    writer.append(vec![message(account(1), 6)]).await;
    let mut all = vec![message(kept, 1)];
    all.extend(messages(account(1), 4..=6));
    assert_eq!(events(writer.all().await), all);
}

/// A tenant cannot remove what is not its own.
pub async fn another_tenant_purges_nothing(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    writer.append(messages(account(1), 1..=3)).await;
    log.purge_account(STRANGER, account(1), None).await.unwrap();
    assert_eq!(writer.all().await.len(), 3);
}
