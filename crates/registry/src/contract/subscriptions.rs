//! Promises about subscriptions.

use super::sample::*;
use crate::{
    Mark, Moved, Registry, RegistryError, RegistryErrorKind, Subscription, Subscriptions,
    TakenSubscription,
};
use pushmail_domain::{Position, StreamId, TenantId};

const OWNER: TenantId = tenant_id(1);
const STRANGER: TenantId = tenant_id(2);
const LIMIT: u32 = 3;

/// A mark of this stream at this sequence, with two sequences acknowledged above it.
fn mark(stream: u8, sequence: u64) -> Mark {
    Mark {
        position: Position {
            stream: StreamId::new(stream),
            generation: 7,
            sequence,
        },
        current_at: moment(u32::from(stream)),
        acked: vec![sequence + 2, sequence + 5],
    }
}

/// Marks of all streams.
fn marks(sequence: u64) -> Vec<Mark> {
    (0..StreamId::COUNT)
        .map(|stream| mark(stream, sequence))
        .collect()
}

async fn take(
    registry: &dyn Subscriptions,
    tenant: TenantId,
    name: &str,
    sequence: u64,
) -> TakenSubscription {
    registry
        .take_subscription(tenant, name, &marks(sequence), moment(9), LIMIT)
        .await
        .unwrap()
}

/// What became of moving the tenant's `crm`.
async fn moved(
    registry: &dyn Subscriptions,
    tenant: TenantId,
    epoch: u64,
    marks: Vec<Mark>,
) -> Result<Moved, RegistryError> {
    registry
        .move_subscription(tenant, "crm", epoch, &marks)
        .await
}

fn subscription(name: &str, epoch: u64, marks: Vec<Mark>) -> Subscription {
    Subscription {
        tenant: OWNER,
        name: name.to_owned(),
        created_at: moment(9),
        epoch,
        marks,
    }
}

/// The first taker finds it where it wanted it to start.
pub async fn a_subscription_is_made_where_its_first_taker_starts<R: Registry + Subscriptions>(
    registry: &R,
) {
    with_tenants(registry, &[1]).await;
    assert_eq!(registry.subscription(OWNER, "crm").await.unwrap(), None);
    let made = take(registry, OWNER, "crm", 5).await;
    let expected = subscription("crm", 1, marks(5));
    assert_eq!(made, TakenSubscription::Made(expected.clone()));
    let found = registry.subscription(OWNER, "crm").await.unwrap();
    assert_eq!(found, Some(expected));
}

/// Whoever takes it again goes on where it stands, wherever it would have started.
pub async fn a_subscription_taken_again_is_where_it_was_left<R: Registry + Subscriptions>(
    registry: &R,
) {
    with_tenants(registry, &[1]).await;
    take(registry, OWNER, "crm", 5).await;
    let moved = moved(registry, OWNER, 1, vec![mark(3, 8), mark(4, 9)]).await;
    assert_eq!(moved.unwrap(), Moved::Stored);

    let mut left = marks(5);
    left[3] = mark(3, 8);
    left[4] = mark(4, 9);
    let taken = take(registry, OWNER, "crm", 100).await;
    assert_eq!(
        taken,
        TakenSubscription::Resumed(subscription("crm", 2, left))
    );
}

/// The newest taker wins, and the one before is told.
pub async fn an_older_taker_moves_nothing<R: Registry + Subscriptions>(registry: &R) {
    with_tenants(registry, &[1]).await;
    take(registry, OWNER, "crm", 5).await;
    take(registry, OWNER, "crm", 5).await;
    for (epoch, marks, expected) in [
        (1, vec![mark(0, 9)], Moved::StaleEpoch),
        (1, vec![], Moved::StaleEpoch),
        (2, vec![], Moved::Stored),
    ] {
        let moved = moved(registry, OWNER, epoch, marks).await;
        assert_eq!(moved.unwrap(), expected);
    }
    let found = registry.subscription(OWNER, "crm").await.unwrap();
    assert_eq!(found, Some(subscription("crm", 2, marks(5))));
}

/// One more is refused; one that exists is taken all the same.
pub async fn a_tenant_has_so_many_subscriptions_and_no_more<R: Registry + Subscriptions>(
    registry: &R,
) {
    with_tenants(registry, &[1, 2]).await;
    for name in ["c", "a", "b"] {
        take(registry, OWNER, name, 1).await;
    }
    let refused = take(registry, OWNER, "d", 1).await;
    assert_eq!(refused, TakenSubscription::TooMany);
    assert_eq!(registry.subscription(OWNER, "d").await.unwrap(), None);
    let resumed = take(registry, OWNER, "b", 1).await;
    assert!(matches!(resumed, TakenSubscription::Resumed(_)));
    let other = take(registry, STRANGER, "d", 1).await;
    assert!(matches!(other, TakenSubscription::Made(_)));
    let listed = registry.list_subscriptions(OWNER).await.unwrap();
    let names: Vec<_> = listed.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

/// It is gone for its taker too, and the name starts anew.
pub async fn a_deleted_subscription_is_gone<R: Registry + Subscriptions>(registry: &R) {
    with_tenants(registry, &[1]).await;
    take(registry, OWNER, "crm", 5).await;
    registry.delete_subscription(OWNER, "crm").await.unwrap();
    assert_eq!(registry.subscription(OWNER, "crm").await.unwrap(), None);
    let moved = moved(registry, OWNER, 1, vec![mark(0, 9)]).await;
    fails(moved, RegistryErrorKind::NotFound);
    let again = registry.delete_subscription(OWNER, "crm").await;
    fails(again, RegistryErrorKind::NotFound);
    let made = take(registry, OWNER, "crm", 6).await;
    assert_eq!(
        made,
        TakenSubscription::Made(subscription("crm", 1, marks(6)))
    );
}

/// Its tenant's end is its own.
pub async fn deleting_a_tenant_removes_its_subscriptions<R: Registry + Subscriptions>(
    registry: &R,
) {
    with_tenants(registry, &[1, 2]).await;
    take(registry, OWNER, "crm", 5).await;
    take(registry, STRANGER, "crm", 5).await;
    registry.delete_tenant(OWNER).await.unwrap();
    assert_eq!(registry.subscription(OWNER, "crm").await.unwrap(), None);
    assert_eq!(registry.list_subscriptions(OWNER).await.unwrap(), []);
    let other = registry.list_subscriptions(STRANGER).await.unwrap();
    assert_eq!(other.len(), 1);
    let taken = registry
        .take_subscription(OWNER, "crm", &marks(5), moment(9), LIMIT)
        .await;
    fails(taken, RegistryErrorKind::InvalidReference);
}

/// The same name of two tenants is two subscriptions (invariant 6).
pub async fn another_tenant_does_not_find_or_move_the_subscription<R: Registry + Subscriptions>(
    registry: &R,
) {
    with_tenants(registry, &[1, 2]).await;
    take(registry, OWNER, "crm", 5).await;
    assert_eq!(registry.subscription(STRANGER, "crm").await.unwrap(), None);
    assert_eq!(registry.list_subscriptions(STRANGER).await.unwrap(), []);
    let moved = moved(registry, STRANGER, 1, marks(50)).await;
    fails(moved, RegistryErrorKind::NotFound);
    let deleted = registry.delete_subscription(STRANGER, "crm").await;
    fails(deleted, RegistryErrorKind::NotFound);
    let found = registry.subscription(OWNER, "crm").await.unwrap();
    assert_eq!(found, Some(subscription("crm", 1, marks(5))));
}
