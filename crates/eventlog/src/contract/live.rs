//! The live tail: every event once, in order per account (invariant 5), and never in the way.

use super::Fixture;
use super::sample::{ALL, TENANT, Writer, account, events, message, messages};
use crate::{Live, Stored};
use futures::StreamExt as _;
use futures::future::join;
use futures::stream::BoxStream;
use std::sync::Arc;

async fn next(live: &mut BoxStream<'static, Live>) -> Arc<Stored> {
    match live.next().await {
        Some(Live::Event(stored)) => stored,
        other => panic!("expected an event, got {other:?}"),
    }
}

/// What was appended before the subscription is not given; everything after is, as it is stored.
pub async fn every_later_event_comes_once_and_in_order(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let one = Writer::take(&*log, account(1)).await;
    let two = Writer::take(&*log, account(2)).await;
    one.append(messages(account(1), 1..=2)).await;
    let mut live = log.live().await.unwrap();
    for uid in [3, 5] {
        let first = one.append(messages(account(1), uid..uid + 2));
        let second = two.append(messages(account(2), uid..uid + 2));
        join(first, second).await;
    }
    one.append(vec![message(account(1), 7)]).await;

    let mut seen = Vec::new();
    for _ in 0..9 {
        seen.push(Stored::clone(&*next(&mut live).await));
    }
    for (number, uids) in [(1, 3..=7), (2, 3..=6)] {
        let all = log.read_account(TENANT, account(number), 0, ALL).await;
        let mut expected = all.unwrap();
        expected.retain(|s| uids.contains(&u32::try_from(s.event.cursor.version).unwrap()));
        let of_account = seen.iter().filter(|s| s.event.account == account(number));
        assert_eq!(of_account.cloned().collect::<Vec<_>>(), expected);
    }
}

/// Nothing comes live before it is durable: what came can be read.
pub async fn a_live_event_can_already_be_read(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let mut live = log.live().await.unwrap();
    let watch = async {
        for _ in 0..20 {
            let event = next(&mut live).await;
            let after = event.position.sequence - 1;
            let read = log.read_account(TENANT, account(1), after, 1).await;
            assert_eq!(read.unwrap(), [Stored::clone(&event)]);
        }
    };
    let write = async {
        for uid in 1..=20 {
            writer.append(vec![message(account(1), uid)]).await;
        }
    };
    join(watch, write).await;
}

/// Only stored events come live.
pub async fn refused_and_duplicate_events_do_not_come_live(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let stale = Writer::take(&*log, account(1)).await;
    let writer = Writer::take(&*log, account(1)).await;
    let mut live = log.live().await.unwrap();
    stale.refused(vec![message(account(1), 9)]).await;
    writer.append(vec![message(account(1), 1)]).await;
    writer.append(messages(account(1), 1..=2)).await;

    assert_eq!(next(&mut live).await.event, message(account(1), 1));
    assert_eq!(next(&mut live).await.event, message(account(1), 2));
}

/// Subscribers do not take events from each other.
pub async fn every_subscriber_gets_every_event(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let mut subscribers = [log.live().await.unwrap(), log.live().await.unwrap()];
    writer.append(messages(account(1), 1..=3)).await;
    for live in &mut subscribers {
        for uid in 1..=3 {
            assert_eq!(next(live).await.event, message(account(1), uid));
        }
    }
}

/// A subscriber that does not read delays no append, is told once it does, and then goes on.
pub async fn a_slow_subscriber_is_told_and_holds_up_nobody(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let mut live = log.live().await.unwrap();
    let count = u32::try_from(fixture.live_capacity()).unwrap() * 2 + 100;
    let all = messages(account(1), 1..=count);
    for batch in all.chunks(100) {
        writer.append(batch.to_vec()).await;
    }

    let mut lagged = 0;
    let mut came = Vec::new();
    while came.last() != all.last() {
        match live.next().await.unwrap() {
            Live::Event(stored) => came.push(stored.event.clone()),
            Live::Lagged => lagged += 1,
        }
    }
    assert!(lagged > 0 && came.len() < all.len());
    assert!(came.is_sorted_by_key(|event| event.cursor.version));

    let last = vec![message(account(1), count + 1)];
    writer.append(last.clone()).await;
    assert_eq!([next(&mut live).await.event.clone()], last[..]);
    assert_eq!(events(writer.all().await).len(), all.len() + 1);
}
