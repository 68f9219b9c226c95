//! All or none, in order.

use super::Fixture;
use super::sample::{
    ALL, TENANT, Writer, account, accounts_of_distinct_shards, events, message, messages, sequences,
};
use crate::AppendErrorKind::Invalid;
use futures::future::join_all;

/// What was appended is read back whole, in order, each event above the one before.
pub async fn events_are_stored_in_order_with_rising_sequences(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let mut appended = writer.append(messages(account(1), 1..=100)).await;
    appended.extend(writer.append(vec![message(account(1), 101)]).await);

    let stored = writer.all().await;
    let positions: Vec<_> = stored.iter().map(|s| s.position).collect();
    assert_eq!(
        positions,
        appended.iter().map(|a| a.position).collect::<Vec<_>>()
    );
    assert!(sequences(&appended).is_sorted_by(|a, b| a < b));
    assert!(sequences(&appended)[0] > 0);
    assert!(appended.iter().all(|a| !a.duplicate));
    assert!(positions.iter().all(|p| p.stream == writer.shard.stream()));
    assert_eq!(events(stored), messages(account(1), 1..=101));
}

/// Nothing cannot be appended.
pub async fn an_empty_append_is_invalid(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    assert_eq!(writer.refused(Vec::new()).await, Invalid);
}

/// 101 events are refused, and none is stored.
pub async fn more_than_a_hundred_events_are_invalid(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    assert_eq!(writer.refused(messages(account(1), 1..=101)).await, Invalid);
    assert_eq!(writer.all().await, []);
}

/// One event in the wrong place keeps the others from being stored.
pub async fn an_event_of_another_shard_makes_all_invalid(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let mixed = vec![message(account(1), 1), message(account(2), 1)];
    assert_eq!(writer.refused(mixed).await, Invalid);
    assert_eq!(writer.all().await, []);
}

/// Writers of many shards at once lose nothing and mix nothing up.
pub async fn concurrent_appends_to_many_shards_are_all_stored(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let accounts = accounts_of_distinct_shards(60);
    let write = async |account| {
        let writer = Writer::take(&*log, account).await;
        for uid in [1, 3, 5] {
            writer.append(messages(account, uid..uid + 2)).await;
        }
    };
    join_all(accounts.iter().map(|account| write(*account))).await;

    for account in accounts {
        let stored = log.read_account(TENANT, account, 0, ALL).await;
        assert_eq!(events(stored.unwrap()), messages(account, 1..=6));
    }
    assert_eq!(log.surplus_records().await.unwrap(), []);
}
