//! Subscriptions, taken and moved at once.

use super::ROUNDS;
use pushmail_domain::{Position, StreamId};
use pushmail_registry::contract::sample::*;
use pushmail_registry::{Mark, Moved, Subscriptions, TakenSubscription};
use pushmail_registry_sql::SqlRegistry;
use tokio::join;

/// Marks of all streams at this sequence.
fn marks(sequence: u64) -> Vec<Mark> {
    let mark = |stream| Mark {
        position: Position {
            stream: StreamId::new(stream),
            generation: 1,
            sequence,
        },
        current_at: moment(1),
        acked: Vec::new(),
    };
    (0..StreamId::COUNT).map(mark).collect()
}

async fn take(registry: &SqlRegistry, name: &str, limit: u32) -> TakenSubscription {
    registry
        .take_subscription(tenant_id(1), name, &marks(1), moment(1), limit)
        .await
        .unwrap()
}

/// The epoch that a taker got, and whether the subscription was made for it.
fn epoch(taken: TakenSubscription) -> (u64, bool) {
    match taken {
        TakenSubscription::Made(subscription) => (subscription.epoch, true),
        TakenSubscription::Resumed(subscription) => (subscription.epoch, false),
        TakenSubscription::TooMany => panic!("there is room for it"),
    }
}

pub(super) async fn one_taker_makes_it_and_all_resume_it_in_turn(
    one: &SqlRegistry,
    other: &SqlRegistry,
) {
    with_tenants(one, &[1]).await;
    for round in 0..ROUNDS {
        let name = format!("name-{round}");
        // Just enough room for the one that both take.
        let limit = round + 1;
        let (a, b, c, d) = join!(
            take(one, &name, limit),
            take(other, &name, limit),
            take(one, &name, limit),
            take(other, &name, limit),
        );
        let mut epochs = [a, b, c, d].map(epoch);
        epochs.sort_unstable();
        assert_eq!(epochs, [(1, true), (2, false), (3, false), (4, false)]);
    }
}

pub(super) async fn no_more_are_made_than_allowed(one: &SqlRegistry, other: &SqlRegistry) {
    for round in 0..ROUNDS {
        let tenant = tenant_id(round);
        with_tenants(one, &[round]).await;
        let take = async |registry: &SqlRegistry, name: &str| {
            let start = marks(1);
            let taken = registry.take_subscription(tenant, name, &start, moment(1), 2);
            usize::from(taken.await.unwrap() != TakenSubscription::TooMany)
        };
        let (a, b, c, d) = join!(
            take(one, "a"),
            take(other, "b"),
            take(one, "c"),
            take(other, "d"),
        );
        assert_eq!(a + b + c + d, 2);
        assert_eq!(one.list_subscriptions(tenant).await.unwrap().len(), 2);
    }
}

pub(super) async fn an_older_taker_never_moves_it_back(one: &SqlRegistry, other: &SqlRegistry) {
    with_tenants(one, &[1]).await;
    let (mut held, _) = epoch(take(one, "crm", 1).await);
    for round in 1..=ROUNDS {
        let (old, new) = (marks(100), marks(u64::from(round) + 200));
        let newer = async {
            let (epoch, _) = epoch(take(other, "crm", 1).await);
            let moved = other.move_subscription(tenant_id(1), "crm", epoch, &new);
            assert_eq!(moved.await.unwrap(), Moved::Stored);
            epoch
        };
        let (_, newest) = join!(
            one.move_subscription(tenant_id(1), "crm", held, &old),
            newer
        );
        let stands = one.subscription(tenant_id(1), "crm").await.unwrap();
        assert_eq!(stands.unwrap().marks, new);
        held = newest;
    }
}
