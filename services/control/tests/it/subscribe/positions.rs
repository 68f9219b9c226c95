//! What comes, what comes again, and what does not.

use super::backend::{Backend, earliest, new, subject};
use crate::world::World;
use futures::future::join_all;
use pushmail_domain::{StreamId, TenantId};
use pushmail_proto::v1::EventType;
use pushmail_proto::v1::subscribe_request::Open;
use pushmail_proto::v1::subscribe_response::Frame;
use pushmail_registry::Subscriptions as _;
use std::collections::BTreeMap;

async fn world() -> (World, String) {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    (world, tenant)
}

/// Waits until the stored position says that everything logged so far is done.
async fn read_to_the_end(world: &World, tenant: &str) {
    let tenant: TenantId = tenant.parse().unwrap();
    let streams = (0..StreamId::COUNT).map(StreamId::new);
    let ends = join_all(streams.map(|stream| world.log.stream_last(stream))).await;
    loop {
        let subscription = world.sql.subscription(tenant, "crm").await.unwrap();
        let mut marks = subscription.unwrap().marks.into_iter().zip(&ends);
        if marks.all(|(mark, end)| mark.position.sequence >= *end.as_ref().unwrap()) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_new_one_begins_with_what_comes_and_goes_on_where_it_was_left() {
    let (world, tenant) = world().await;
    let account = world.account(&tenant).await;
    let stored = world.stored(&account).await;
    world.append(&stored, 2).await;
    let (mut backend, opened) = Backend::open(&world, new(&tenant)).await;
    assert!(!opened.resumed && opened.position_time.is_some());
    world.append(&stored, 2).await;
    assert_eq!(backend.take(2).await, ["mail 3", "mail 4"]);
    backend.leave().await;
    world.append(&stored, 1).await;
    let (mut backend, opened) = Backend::open(&world, new(&tenant)).await;
    assert!(opened.resumed);
    assert_eq!(backend.take(1).await, ["mail 5"]);
}

#[tokio::test]
async fn the_earliest_start_brings_all_accounts_each_in_order_and_goes_on_live() {
    let (world, tenant) = world().await;
    let mut accounts = Vec::new();
    for _ in 0..20 {
        let account = world.account(&tenant).await;
        accounts.push(world.stored(&account).await);
    }
    for account in &accounts {
        world.append(account, 80).await;
    }
    let (mut backend, _) = Backend::open(&world, earliest(&tenant)).await;
    let mut by_account: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for received in 0..20 * 81 {
        if received == 800 {
            for account in &accounts {
                world.append(account, 1).await;
            }
        }
        let delivery = backend.delivery().await;
        assert_eq!(delivery.attempt, 1);
        backend.send_ack(Vec::new(), &delivery.id).await;
        let account = delivery.event.clone().unwrap().account;
        by_account
            .entry(account)
            .or_default()
            .push(subject(&delivery));
    }
    let expected: Vec<_> = (1..=81).map(|uid| format!("mail {uid}")).collect();
    assert_eq!(by_account.len(), 20);
    assert!(by_account.values().all(|subjects| *subjects == expected));
}

#[tokio::test]
async fn what_was_acknowledged_does_not_come_again_and_the_rest_does() {
    let (world, tenant) = world().await;
    let account = world.account(&tenant).await;
    world.append(&world.stored(&account).await, 4).await;
    let (mut backend, _) = Backend::open(&world, earliest(&tenant)).await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(backend.delivery().await.id);
    }
    backend.ack(&[&ids[1], &ids[3]]).await;
    backend.leave().await;

    let (mut backend, _) = Backend::open(&world, earliest(&tenant)).await;
    let first = backend.delivery().await;
    let second = backend.delivery().await;
    assert_eq!([subject(&first), subject(&second)], ["mail 1", "mail 3"]);
    backend.ack(&[&ids[0], &second.id]).await;
    backend.leave().await;
    world.append(&world.stored(&account).await, 1).await;
    let (mut backend, _) = Backend::open(&world, earliest(&tenant)).await;
    assert_eq!(
        backend.take(1).await,
        ["mail 5"],
        "an earlier id counts too"
    );
}

#[tokio::test]
async fn a_broken_stream_s_unacknowledged_events_come_to_the_next() {
    let (world, tenant) = world().await;
    let account = world.account(&tenant).await;
    world.append(&world.stored(&account).await, 3).await;
    let (mut backend, _) = Backend::open(&world, earliest(&tenant)).await;
    assert_eq!(backend.take(1).await, ["mail 1"]);
    backend.delivery().await;
    drop(backend);
    let (mut backend, _) = Backend::open(&world, earliest(&tenant)).await;
    // What was acknowledged last may have been lost with the connection: at least once.
    let mut subjects = backend.take(2).await;
    if subjects[0] == "mail 1" {
        subjects.extend(backend.take(1).await);
    }
    assert_eq!(subjects[subjects.len() - 2..], ["mail 2", "mail 3"]);
}

#[tokio::test]
async fn what_the_filter_leaves_out_is_done() {
    let (world, tenant) = world().await;
    let foreign = world.tenant("two").await;
    let (wanted, other) = (world.account(&tenant).await, world.account(&tenant).await);
    let stranger = world.account(&foreign).await;
    for account in [&wanted, &other, &stranger] {
        world.append(&world.stored(account).await, 2).await;
    }
    let of_account = Open {
        accounts: vec![wanted.id.clone()],
        types: vec![EventType::MessageNew.into()],
        ..earliest(&tenant)
    };
    let (mut backend, _) = Backend::open(&world, of_account).await;
    assert_eq!(backend.take(2).await, ["mail 1", "mail 2"]);
    read_to_the_end(&world, &tenant).await;
    backend.leave().await;

    world.append(&world.stored(&other).await, 1).await;
    let (mut backend, _) = Backend::open(&world, earliest(&tenant)).await;
    assert_eq!(backend.take(1).await, ["mail 3"]);
    backend.leave().await;
    let of_state = Open {
        types: vec![EventType::AccountState.into()],
        ..earliest(&tenant)
    };
    world.append(&world.stored(&wanted).await, 1).await;
    let (backend, _) = Backend::open(&world, of_state).await;
    read_to_the_end(&world, &tenant).await;
    backend.leave().await;
    world.append(&world.stored(&wanted).await, 1).await;
    let (mut backend, _) = Backend::open(&world, earliest(&tenant)).await;
    assert_eq!(backend.take(1).await, ["mail 4"]);
}

#[tokio::test]
async fn the_newest_subscriber_wins() {
    let (world, tenant) = world().await;
    let account = world.account(&tenant).await;
    world.append(&world.stored(&account).await, 3).await;
    let (mut first, _) = Backend::open(&world, earliest(&tenant)).await;
    assert_eq!(first.take(1).await, ["mail 1"]);
    for subject_of in ["mail 2", "mail 3"] {
        assert_eq!(subject(&first.delivery().await), subject_of);
    }
    let (mut second, opened) = Backend::open(&world, new(&tenant)).await;
    assert!(opened.resumed);
    assert!(matches!(first.next().await, Frame::Superseded(_)));
    assert!(first.ended().await);
    assert_eq!(second.take(2).await, ["mail 2", "mail 3"]);
}

#[tokio::test]
async fn no_more_than_asked_for_is_unacknowledged() {
    let (world, tenant) = world().await;
    let account = world.account(&tenant).await;
    world.append(&world.stored(&account).await, 6).await;
    let open = Open {
        max_unacked: 2,
        ..earliest(&tenant)
    };
    let (mut backend, _) = Backend::open(&world, open).await;
    let first = backend.delivery().await;
    let second = backend.delivery().await;
    let early = tokio::time::timeout(std::time::Duration::from_millis(200), backend.next());
    assert!(early.await.is_err(), "two are unacknowledged");
    backend.ack(&[&first.id]).await;
    assert_eq!(subject(&backend.delivery().await), "mail 3");
    backend.send_ack(Vec::new(), &second.id).await;
    assert_eq!(subject(&backend.delivery().await), "mail 4");
}

#[tokio::test]
async fn an_event_not_acknowledged_in_time_comes_again_and_says_so() {
    let (world, tenant) = world().await;
    let account = world.account(&tenant).await;
    world.append(&world.stored(&account).await, 2).await;
    let open = Open {
        ack_deadline: Some(prost_types::Duration {
            seconds: 5,
            nanos: 0,
        }),
        ..earliest(&tenant)
    };
    let (mut backend, _) = Backend::open(&world, open).await;
    let first = backend.delivery().await;
    let second = backend.delivery().await;
    backend.ack(&[&second.id]).await;
    let again = backend.delivery().await;
    assert_eq!((&again.id, again.attempt), (&first.id, 2));
    assert_eq!(again.event, first.event);
    let metrics = world.telemetry.render();
    for line in [
        "pushmail_subscription_deliveries_total{attempt=\"first\"} 2",
        "pushmail_subscription_deliveries_total{attempt=\"again\"} 1",
        "pushmail_open_subscriptions 1",
        "pushmail_subscription_lag_seconds_count 2",
    ] {
        assert!(metrics.contains(line), "{line} is not in {metrics}");
    }
}
