//! A gap is announced until it is acknowledged, never silent.

use super::backend::{Backend, earliest, new, subject};
use crate::world::World;
use pushmail_domain::{Clock as _, Shard, TenantId};
use pushmail_proto::v1::subscribe_request::Open;
use pushmail_proto::v1::subscribe_response::gap::Reason;
use pushmail_registry::{Moved, Subscriptions as _};
use pushmail_runtime::SystemClock;
use std::time::Duration;

/// Sets the subscription's position back to what it was so long ago.
async fn age(world: &World, tenant: &str, by: Duration) {
    let tenant: TenantId = tenant.parse().unwrap();
    let mut left = world
        .sql
        .subscription(tenant, "crm")
        .await
        .unwrap()
        .unwrap();
    for mark in &mut left.marks {
        mark.current_at = SystemClock.now().before(by);
    }
    let moved = world
        .sql
        .move_subscription(tenant, "crm", left.epoch, &left.marks);
    assert_eq!(moved.await.unwrap(), Moved::Stored);
}

#[tokio::test]
async fn being_away_for_longer_than_the_retention_is_a_gap() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    let account = world.account(&tenant).await;
    let (backend, _) = Backend::open(&world, new(&tenant)).await;
    backend.leave().await;
    age(&world, &tenant, Duration::from_secs(8 * 24 * 60 * 60)).await;
    world.append(&world.stored(&account).await, 1).await;

    // Told again as long as it is not acknowledged.
    for _ in 0..2 {
        let (mut backend, opened) = Backend::open(&world, new(&tenant)).await;
        assert!(opened.resumed);
        let gap = backend.gap().await;
        assert_eq!((gap.reason(), &gap.account[..]), (Reason::Expired, ""));
        assert_eq!(backend.take(1).await, ["mail 1"]);
        backend.leave().await;
    }
    let (mut backend, _) = Backend::open(&world, new(&tenant)).await;
    let gap = backend.gap().await;
    assert_eq!(backend.take(1).await, ["mail 1"]);
    backend.ack(&[&gap.id]).await;
    backend.leave().await;

    world.append(&world.stored(&account).await, 1).await;
    let (mut backend, _) = Backend::open(&world, new(&tenant)).await;
    assert_eq!(backend.take(1).await, ["mail 2"], "and no gap");
}

#[tokio::test]
async fn being_away_for_less_is_no_gap() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    let account = world.account(&tenant).await;
    let (backend, _) = Backend::open(&world, new(&tenant)).await;
    backend.leave().await;
    age(&world, &tenant, Duration::from_secs(6 * 24 * 60 * 60)).await;
    world.append(&world.stored(&account).await, 1).await;
    let (mut backend, _) = Backend::open(&world, new(&tenant)).await;
    assert_eq!(backend.take(1).await, ["mail 1"]);
}

#[tokio::test]
async fn a_new_generation_of_the_log_is_a_gap_and_brings_what_was_not_done() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    let account = world.account(&tenant).await;
    let stored = world.stored(&account).await;
    world.append(&stored, 2).await;
    let (mut backend, _) = Backend::open(&world, earliest(&tenant)).await;
    assert_eq!(subject(&backend.delivery().await), "mail 1");
    assert_eq!(subject(&backend.delivery().await), "mail 2");
    let stream = Shard::of(stored.id).stream();
    world.log.raise_generation(stream, 1).await.unwrap();
    world.append(&stored, 1).await;

    let gap = backend.gap().await;
    assert_eq!((gap.reason(), &gap.account[..]), (Reason::LogRebuilt, ""));
    backend.ack(&[&gap.id]).await;
    assert_eq!(backend.take(3).await, ["mail 1", "mail 2", "mail 3"]);
    backend.leave().await;
    world.append(&stored, 1).await;
    let (mut backend, _) = Backend::open(&world, earliest(&tenant)).await;
    assert_eq!(backend.take(1).await, ["mail 4"]);
}

#[tokio::test]
async fn a_position_ahead_of_the_log_is_a_gap() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    let account = world.account(&tenant).await;
    let (backend, _) = Backend::open(&world, new(&tenant)).await;
    backend.leave().await;
    let id: TenantId = tenant.parse().unwrap();
    let mut left = world.sql.subscription(id, "crm").await.unwrap().unwrap();
    left.marks[7].position.sequence = 1_000;
    let moved = world
        .sql
        .move_subscription(id, "crm", left.epoch, &left.marks);
    moved.await.unwrap();
    world.append(&world.stored(&account).await, 1).await;

    let (mut backend, _) = Backend::open(&world, new(&tenant)).await;
    assert_eq!(backend.gap().await.reason(), Reason::LogRebuilt);
    assert_eq!(backend.take(1).await, ["mail 1"]);
}

#[tokio::test]
async fn an_event_that_is_gone_when_it_is_due_again_is_a_gap_of_its_account() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    let account = world.account(&tenant).await;
    let stored = world.stored(&account).await;
    world.append(&stored, 1).await;
    let open = Open {
        ack_deadline: Some(prost_types::Duration {
            seconds: 5,
            nanos: 0,
        }),
        ..earliest(&tenant)
    };
    let (mut backend, _) = Backend::open(&world, open).await;
    let delivery = backend.delivery().await;
    let purged = world.log.purge_account(stored.tenant, stored.id, None);
    purged.await.unwrap();
    let gap = backend.gap().await;
    assert_eq!((gap.reason(), gap.account), (Reason::Removed, account.id));
    assert_eq!(gap.id, delivery.id);
}
