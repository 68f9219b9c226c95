//! An id is stored once within the dedupe window (invariant 2).

use super::Fixture;
use super::sample::{Writer, account, events, message, messages, sequences};

/// The answer to a repeated id is its first position.
pub async fn an_id_within_the_window_is_not_stored_again(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let first = writer.append(vec![message(account(1), 1)]).await[0];
    writer.append(vec![message(account(1), 2)]).await;

    let again = writer.append(vec![message(account(1), 1)]).await[0];
    assert_eq!(again.position, first.position);
    assert!(again.duplicate && !first.duplicate);
    assert_eq!(events(writer.all().await), messages(account(1), 1..=2));
    assert_eq!(log.surplus_records().await.unwrap(), []);
}

/// A repeated id does not keep its batch from being stored.
pub async fn a_batch_of_new_and_logged_ids_stores_the_new_ones(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let first = writer.append(messages(account(1), 1..=2)).await;

    let mixed = writer.append(messages(account(1), 1..=4)).await;
    let duplicates: Vec<_> = mixed.iter().map(|a| a.duplicate).collect();
    assert_eq!(duplicates, [true, true, false, false]);
    assert_eq!(sequences(&mixed)[..2], sequences(&first)[..]);
    assert_eq!(events(writer.all().await), messages(account(1), 1..=4));
}

/// The window covers the batch itself.
pub async fn an_id_twice_in_one_batch_is_stored_once(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let twice = vec![message(account(1), 1), message(account(1), 1)];
    let appended = writer.append(twice).await;

    assert_eq!(appended[0].position, appended[1].position);
    assert!(!appended[0].duplicate && appended[1].duplicate);
    assert_eq!(writer.all().await.len(), 1);
}

/// The window is shorter than an outage; what comes later is stored again, and a checker finds it.
pub async fn an_id_outside_the_window_is_stored_again_and_reported(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let event = message(account(1), 1);
    writer.append(messages(account(1), 1..=2)).await;

    for _ in 0..2 {
        fixture.outlast_dedupe_window().await;
        let again = writer.append(vec![event.clone()]).await[0];
        assert!(!again.duplicate);
    }
    assert_eq!(writer.all().await.len(), 4);
    let surplus = log.surplus_records().await.unwrap();
    assert_eq!(surplus, [event.id, event.id]);
}
