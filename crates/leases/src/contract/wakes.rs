//! Bells: who has something to find is woken.

use super::Fixture;
use super::Terms::{Brief, Steady};
use super::sample::Worker;
use futures::StreamExt as _;
use futures::future::join_all;
use futures::stream::BoxStream;

async fn listen(worker: &Worker) -> BoxStream<'static, ()> {
    worker.leases.wakes(worker.id()).await.unwrap()
}

async fn rings(mut wakes: BoxStream<'static, ()>) {
    wakes.next().await.expect("the stream does not end");
}

/// Who is handed a shard need not wait for its next beat.
pub async fn a_successor_is_woken(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Steady).await;
    one.claim([1]).await;
    two.beat().await;
    let wakes = listen(&two).await;
    one.give(1, Some(two.id())).await;
    rings(wakes).await;
    two.beat().await;
    assert_eq!(two.owned(), [1]);
}

/// Nor who is asked to drain.
pub async fn who_is_asked_to_drain_is_woken(fixture: &impl Fixture) {
    let [one, mut two] = Worker::on(fixture, Steady).await;
    two.beat().await;
    let wakes = listen(&two).await;
    one.leases.drain(two.id()).await.unwrap();
    rings(wakes).await;
}

/// A free shard is there for anybody.
pub async fn all_are_woken_when_a_shard_is_released_to_nobody(fixture: &impl Fixture) {
    let [mut one, mut two, three] = Worker::on(fixture, Steady).await;
    one.claim([1]).await;
    let wakes = [listen(&two).await, listen(&three).await];
    one.give(1, None).await;
    join_all(wakes.map(rings)).await;
    two.claim([1]).await;
    assert_eq!(two.owned(), [1]);
}

/// So are the shards of one that left.
pub async fn all_are_woken_when_a_member_leaves(fixture: &impl Fixture) {
    let [mut one, two, three] = Worker::on(fixture, Steady).await;
    one.claim([1]).await;
    let wakes = [listen(&two).await, listen(&three).await];
    one.leases.leave(one.id()).await.unwrap();
    join_all(wakes.map(rings)).await;
}

/// The beat that removes a member tells the others.
pub async fn somebody_is_woken_when_a_member_is_removed(fixture: &impl Fixture) {
    let [mut one, mut two, three] = Worker::on(fixture, Brief).await;
    one.claim([1]).await;
    let wakes = listen(&three).await;
    two.outlive(one.id(), fixture).await;
    rings(wakes).await;
}

/// A worker may listen more than once, and a subscription outlives its first ring.
pub async fn every_subscription_rings(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Steady).await;
    one.claim([1, 2]).await;
    two.beat().await;
    let mut wakes = [listen(&two).await, listen(&two).await];
    for number in [1, 2] {
        one.give(number, Some(two.id())).await;
        join_all(wakes.iter_mut().map(|wakes| wakes.next())).await;
    }
}
