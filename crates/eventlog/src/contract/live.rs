//! The live tail: every event once, in order per account (invariant 5), and never in the way.

use super::Fixture;
use super::sample::{ALL, TENANT, Writer, account, events, message, messages, neighbour};
use crate::{Fresh, Live, Stored, TenantLog};
use futures::StreamExt as _;
use futures::future::join;
use futures::stream::BoxStream;
use pushmail_domain::{AccountId, Event, Shard};

async fn next(live: &mut BoxStream<'static, Live>) -> Fresh {
    match live.next().await {
        Some(Live::Event(fresh)) => fresh,
        other => panic!("expected an event, got {other:?}"),
    }
}

/// The next event, without its place.
async fn next_event(live: &mut BoxStream<'static, Live>) -> Event {
    next(live).await.stored.event.clone()
}

/// A subscription of these accounts' shards.
async fn follow(log: &dyn TenantLog, accounts: &[AccountId]) -> BoxStream<'static, Live> {
    let tail = log.live().await.unwrap();
    for account in accounts {
        tail.follow.add(Shard::of(*account)).await.unwrap();
    }
    tail.live
}

/// What was appended before the subscription is not given; everything after is, as it is stored.
pub async fn every_later_event_comes_once_and_in_order(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let one = Writer::take(&*log, account(1)).await;
    let two = Writer::take(&*log, account(2)).await;
    one.append(messages(account(1), 1..=2)).await;
    let mut live = follow(&*log, &[account(1), account(2)]).await;
    for uid in [3, 5] {
        let first = one.append(messages(account(1), uid..uid + 2));
        let second = two.append(messages(account(2), uid..uid + 2));
        join(first, second).await;
    }
    one.append(vec![message(account(1), 7)]).await;

    let mut seen = Vec::new();
    for _ in 0..9 {
        seen.push(Stored::clone(&next(&mut live).await.stored));
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
    let mut live = follow(&*log, &[account(1)]).await;
    let watch = async {
        for _ in 0..20 {
            let event = next(&mut live).await.stored;
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
    let mut live = follow(&*log, &[account(1)]).await;
    stale.refused(vec![message(account(1), 9)]).await;
    writer.append(vec![message(account(1), 1)]).await;
    writer.append(messages(account(1), 1..=2)).await;

    for uid in 1..=2 {
        assert_eq!(next_event(&mut live).await, message(account(1), uid));
    }
}

/// Subscribers do not take events from each other.
pub async fn every_subscriber_gets_every_event(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let accounts = [account(1)];
    let mut subscribers = [
        follow(&*log, &accounts).await,
        follow(&*log, &accounts).await,
    ];
    writer.append(messages(account(1), 1..=3)).await;
    for live in &mut subscribers {
        for uid in 1..=3 {
            assert_eq!(next_event(live).await, message(account(1), uid));
        }
    }
}

/// A subscription gives what it follows, from when it follows it until it does no more.
pub async fn only_followed_shards_come_live(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let one = Writer::take(&*log, account(1)).await;
    let two = Writer::take(&*log, account(2)).await;
    one.append(vec![message(account(1), 1)]).await;
    let tail = log.live().await.unwrap();
    let (follow, mut live) = (tail.follow, tail.live);
    follow.add(one.shard).await.unwrap();
    follow.add(one.shard).await.unwrap();
    two.append(vec![message(account(2), 1)]).await;
    one.append(vec![message(account(1), 2)]).await;
    assert_eq!(next_event(&mut live).await, message(account(1), 2));

    follow.add(two.shard).await.unwrap();
    follow.remove(one.shard).await.unwrap();
    one.append(vec![message(account(1), 3)]).await;
    two.append(vec![message(account(2), 2)]).await;
    assert_eq!(next_event(&mut live).await, message(account(2), 2));
}

/// Each event names the one before it of its account, whatever lies between.
pub async fn previous_links_the_events_of_an_account(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let mut live = follow(&*log, &[account(1)]).await;
    writer.append(messages(account(1), 1..=2)).await;
    for uid in 3..=4 {
        let between = message(neighbour(account(1)), uid);
        writer.append(vec![between, message(account(1), uid)]).await;
    }

    let mut before = 0;
    for _ in 0..6 {
        let fresh = next(&mut live).await;
        if fresh.stored.event.account == account(1) {
            assert_eq!(fresh.previous, before);
            before = fresh.stored.position.sequence;
        }
    }
    assert!(before > 0);
}

/// A subscriber that does not read delays no append, is told once it does, and then goes on.
pub async fn a_slow_subscriber_is_told_and_holds_up_nobody(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let mut live = follow(&*log, &[account(1)]).await;
    let count = u32::try_from(fixture.live_capacity()).unwrap() * 2 + 100;
    let all = messages(account(1), 1..=count);
    for batch in all.chunks(100) {
        writer.append(batch.to_vec()).await;
    }

    let mut lagged = 0;
    let mut came = Vec::new();
    while came.last() != all.last() {
        match live.next().await.unwrap() {
            Live::Event(fresh) => came.push(fresh.stored.event.clone()),
            Live::Lagged => lagged += 1,
        }
    }
    assert!(lagged > 0 && came.len() < all.len());
    assert!(came.is_sorted_by_key(|event| event.cursor.version));

    let last = vec![message(account(1), count + 1)];
    writer.append(last.clone()).await;
    assert_eq!([next_event(&mut live).await], last[..]);
    assert_eq!(events(writer.all().await).len(), all.len() + 1);
}
