//! Reading by tenant: complete, in order, bounded, and nobody else's (invariant 6).

use super::Fixture;
use super::sample::{
    ALL, STRANGER, TENANT, Writer, account, accounts_of_distinct_shards, events, message, messages,
    neighbour, sequences,
};
use crate::{Fresh, Live, TenantLog};
use futures::StreamExt as _;
use pushmail_domain::{Event, Shard, StreamId};

/// Every stream of the log.
fn streams() -> impl Iterator<Item = StreamId> {
    (0..StreamId::COUNT).map(StreamId::new)
}

/// Everything that the tenant has, a few at a time, stream by stream.
async fn everything(log: &dyn TenantLog) -> Vec<Event> {
    let mut all = Vec::new();
    for stream in streams() {
        let mut after = 0;
        loop {
            let page = log.read_tenant(TENANT, stream, after, 3).await.unwrap();
            let whole = page.events.len() < 3;
            after = page.through;
            all.extend(events(page.events));
            if whole {
                break;
            }
        }
    }
    all
}

/// All accounts of a stream in log order, from any place.
pub async fn a_tenant_s_events_are_read_stream_by_stream(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let mixed = vec![
        message(account(1), 1),
        message(neighbour(account(1)), 1),
        message(account(1), 2),
    ];
    let at = sequences(&writer.append(mixed.clone()).await);
    let stream = writer.shard.stream();

    let page = log.read_tenant(TENANT, stream, 0, ALL).await.unwrap();
    let read = page.events.iter().map(|s| s.position.sequence);
    assert_eq!(read.collect::<Vec<_>>(), at);
    assert_eq!(events(page.events), mixed);
    let page = log.read_tenant(TENANT, stream, at[0], ALL).await.unwrap();
    assert_eq!(events(page.events), mixed[1..]);
}

/// A full page reaches to its last event, another to the end of the stream.
pub async fn a_page_is_bounded_and_says_how_far_it_reaches(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let stream = writer.shard.stream();
    let empty = log.read_tenant(TENANT, stream, 0, ALL).await.unwrap();
    // A log may number its fences too.
    let begin = log.stream_last(stream).await.unwrap();
    assert_eq!((empty.events, empty.through), (vec![], begin));

    let at = sequences(&writer.append(messages(account(1), 1..=5)).await);
    let last = log.stream_last(stream).await.unwrap();
    assert!(last >= at[4]);
    for (after, limit, count, through) in [
        (0, 2, 2, at[1]),
        (at[1], 3, 3, at[4]),
        (at[1], 4, 3, last),
        (at[4], 2, 0, last),
        (at[1], 0, 0, at[1]),
    ] {
        let page = log.read_tenant(TENANT, stream, after, limit).await;
        let page = page.unwrap();
        assert_eq!((page.events.len(), page.through), (count, through));
    }
}

/// All streams together give each event exactly once.
pub async fn every_event_is_in_one_stream(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let accounts = accounts_of_distinct_shards(40);
    let mut expected = Vec::new();
    for account in &accounts {
        let writer = Writer::take(&*log, *account).await;
        let events = messages(*account, 1..=4);
        writer.append(events.clone()).await;
        expected.extend(events);
    }
    let mut streams: Vec<_> = accounts.iter().map(|a| Shard::of(*a).stream()).collect();
    streams.sort_unstable();
    streams.dedup();
    assert!(streams.len() > 1);

    let mut all = everything(&*log).await;
    all.sort_by_key(|event| event.id);
    expected.sort_by_key(|event| event.id);
    assert_eq!(all, expected);
}

/// Who owns nothing gets nothing, and learns that it has read everything.
pub async fn another_tenant_s_events_move_the_reach_and_are_not_given(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let at = sequences(&writer.append(messages(account(1), 1..=3)).await);
    let stream = writer.shard.stream();
    let page = log.read_tenant(STRANGER, stream, 0, 2).await.unwrap();
    assert_eq!(page.events, []);
    assert!(page.through >= at[2]);
}

/// Positions above a purged event stay good.
pub async fn a_purge_leaves_the_end_of_the_stream(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let at = sequences(&writer.append(messages(account(1), 1..=3)).await);
    log.purge_account(TENANT, account(1), None).await.unwrap();
    let stream = writer.shard.stream();
    assert!(log.stream_last(stream).await.unwrap() >= at[2]);
    let page = log.read_tenant(TENANT, stream, 0, ALL).await.unwrap();
    assert_eq!(page.events, []);
    assert!(page.through >= at[2]);
}

/// A reader that was told of an event finds it, and everything before it.
pub async fn what_comes_live_is_in_the_next_page(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let writer = Writer::take(&*log, account(1)).await;
    let mut live = log.live_of_tenant(TENANT).await.unwrap();
    let mut after = 0;
    for uid in 1..=20 {
        writer.append(vec![message(account(1), uid)]).await;
        let Some(Live::Event(Fresh { stored: told, .. })) = live.next().await else {
            panic!("the event does not come live");
        };
        let stream = told.position.stream;
        let page = log.read_tenant(TENANT, stream, after, ALL).await.unwrap();
        assert_eq!(page.events, [(*told).clone()]);
        assert!(page.through >= told.position.sequence);
        after = page.through;
    }
}

/// A tenant hears of its own events, whatever the account, and of no other tenant's.
pub async fn only_the_tenant_s_events_come_live(fixture: &impl Fixture) {
    let log = fixture.open().await;
    let mut own = log.live_of_tenant(TENANT).await.unwrap();
    let mut others = log.live_of_tenant(STRANGER).await.unwrap();
    for number in 1..=2 {
        let writer = Writer::take(&*log, account(number)).await;
        writer.append(vec![message(account(number), 1)]).await;
        let Some(Live::Event(fresh)) = own.next().await else {
            panic!("the event does not come live");
        };
        assert_eq!(fresh.stored.event, message(account(number), 1));
    }
    let mut strange = message(account(1), 2);
    strange.tenant = STRANGER;
    let writer = Writer::take(&*log, account(1)).await;
    writer.append(vec![strange.clone()]).await;
    let Some(Live::Event(fresh)) = others.next().await else {
        panic!("the event does not come live");
    };
    assert_eq!(fresh.stored.event, strange);
}
