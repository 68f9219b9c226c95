//! A drain.

use super::backend::{Backend, earliest, subject};
use crate::world::World;
use pushmail_domain::TenantId;
use pushmail_proto::v1::subscribe_response::Frame;
use pushmail_registry::Subscriptions as _;
use pushmail_runtime::Outcome;
use std::time::Duration;

#[tokio::test]
async fn a_drain_says_go_away_takes_the_last_acknowledgements_and_stores_them() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    let account = world.account(&tenant).await;
    world.append(&world.stored(&account).await, 1).await;
    let (mut backend, _) = Backend::open(&world, earliest(&tenant)).await;
    let delivery = backend.delivery().await;
    assert_eq!(subject(&delivery), "mail 1");

    let lifecycle = world.lifecycle.clone();
    let drained = tokio::spawn(async move { lifecycle.shut_down(Duration::from_secs(20)).await });
    let Frame::GoAway(go) = backend.next().await else {
        panic!("the drain is not announced");
    };
    assert!(go.reconnect_after.unwrap().seconds < 5);
    backend.ack(&[&delivery.id]).await;
    assert!(backend.ended().await);
    assert_eq!(drained.await.unwrap(), Outcome::Clean);

    let id: TenantId = tenant.parse().unwrap();
    let left = world.sql.subscription(id, "crm").await.unwrap().unwrap();
    let moved = left.marks.iter().any(|mark| mark.position.sequence > 0);
    assert!(moved && left.marks.iter().all(|mark| mark.acked.is_empty()));
}
