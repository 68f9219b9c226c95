//! Who owns a shard: one worker at most, and everybody can know.

use super::sample::{Orders, Worker, release, shard, shards};
use super::{Fixture, Terms::Steady};
use futures::future::join_all;
use pushmail_domain::{Shard, WorkerId};
use std::collections::BTreeMap;

/// Who knows nothing is told everything.
pub async fn the_first_answer_is_whole(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Steady).await;
    let answer = one.claim([1, 2]).await;
    assert!(answer.whole && answer.version.incarnation != 0);
    assert_eq!(one.members(), [one.member.clone()]);

    let answer = two.beat().await;
    assert!(answer.whole);
    assert_eq!(answer.version.incarnation, one.known.version.incarnation);
    assert_eq!(two.members(), [one.member.clone(), two.member.clone()]);
    let owned = [1, 2].map(|number| (shard(number), Some(one.id())));
    assert_eq!(answer.owners, owned);
}

/// Claiming takes what is free.
pub async fn a_free_shard_becomes_the_claimant_s(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Steady).await;
    one.beat().await;
    let answer = one.claim([7, 4_095]).await;
    assert!(!answer.whole);
    assert_eq!(one.owned(), [7, 4_095]);
    two.beat().await;
    assert_eq!(two.owner(7), Some(one.id()));
    assert_eq!(two.owner(8), None);
}

/// Claiming takes nothing from anybody, and the claimant learns whose it is.
pub async fn an_owned_shard_is_not_claimed(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Steady).await;
    two.beat().await;
    one.claim([1]).await;
    two.claim([1, 2]).await;
    assert_eq!((two.owner(1), two.owned()), (Some(one.id()), vec![2]));
    one.beat().await;
    assert_eq!(one.owned(), [1]);
}

/// A lease lives as long as its owner's heartbeat, whether it is named or not.
pub async fn owning_needs_only_the_heartbeat(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Steady).await;
    one.claim([1]).await;
    one.beat().await;
    one.hold([2]).await;
    two.claim([1]).await;
    assert_eq!(two.owner(1), Some(one.id()));
}

/// Holding takes what is free.
pub async fn a_held_shard_that_is_free_becomes_the_caller_s(fixture: &impl Fixture) {
    let [mut one] = Worker::on(fixture, Steady).await;
    one.hold([1, 2]).await;
    assert_eq!(one.owned(), [1, 2]);
    let answer = one.hold([1, 2]).await;
    assert_eq!(answer.owners, []);
}

/// A holder that is wrong is told at each beat, even if nothing changed since the last.
pub async fn a_held_shard_of_another_stays_that_one_s_and_is_told_each_time(
    fixture: &impl Fixture,
) {
    let [mut one, mut two] = Worker::on(fixture, Steady).await;
    one.claim([1, 2]).await;
    two.beat().await;
    for _ in 0..2 {
        let answer = two.hold([1, 3]).await;
        assert!(!answer.whole);
        assert!(answer.owners.contains(&(shard(1), Some(one.id()))));
    }
    assert_eq!(two.owned(), [3]);
    one.beat().await;
    assert_eq!(one.owned(), [1, 2]);
}

/// A shard is handed over without being free in between.
pub async fn a_released_shard_becomes_the_successor_s(fixture: &impl Fixture) {
    let [mut one, mut two, mut three] = Worker::on(fixture, Steady).await;
    one.claim([1, 2]).await;
    two.beat().await;
    one.give(1, Some(two.id())).await;
    assert_eq!(one.owner(1), Some(two.id()));
    three.claim([1]).await;
    two.beat().await;
    assert_eq!((two.owned(), three.owned()), (vec![1], vec![]));
    one.beat().await;
    assert_eq!(one.owned(), [2]);
}

/// A successor that left or never was gets nothing: the shard is there for anybody.
pub async fn a_released_shard_without_a_live_successor_is_free(fixture: &impl Fixture) {
    let [mut one, mut two, mut three] = Worker::on(fixture, Steady).await;
    one.claim([1, 2, 3]).await;
    two.beat().await;
    two.leases.leave(two.id()).await.unwrap();
    let never = WorkerId::from_bytes([99; 16]);
    one.give(1, Some(two.id())).await;
    one.give(2, Some(never)).await;
    let answer = one.give(3, None).await;
    assert_eq!(answer.owners, [(shard(3), None)]);
    assert!(one.owned().is_empty());
    three.claim([1, 2, 3]).await;
    assert_eq!(three.owned(), [1, 2, 3]);
}

/// Nobody gives away what is not theirs.
pub async fn another_s_shard_is_not_released(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Steady).await;
    one.claim([1]).await;
    two.give(1, None).await;
    two.give(1, Some(two.id())).await;
    two.give(2, Some(one.id())).await;
    one.beat().await;
    assert_eq!((one.owned(), one.owner(2)), (vec![1], None));
}

/// The parts of one beat see what the parts before them did.
pub async fn one_beat_holds_then_releases_then_claims(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Steady).await;
    two.beat().await;
    let orders = Orders {
        held: shards([1, 2, 3]),
        releases: vec![release(2, Some(two.id())), release(3, None)],
        claims: shards([2, 3, 4]),
    };
    one.order(orders).await;
    assert_eq!((one.owned(), one.owner(2)), (vec![1, 3, 4], Some(two.id())));
}

/// Who leaves is not waited for.
pub async fn leaving_frees_shards_at_once(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Steady).await;
    one.claim([1, 2]).await;
    two.claim([3]).await;
    one.leases.leave(one.id()).await.unwrap();
    one.leases.leave(one.id()).await.unwrap();
    two.claim([1, 2]).await;
    assert!(!two.knows(one.id()));
    assert_eq!(two.owned(), [1, 2, 3]);
}

/// Whoever claims at the same time, each shard gets exactly one owner, and all agree on it.
pub async fn fifty_claimants_get_each_shard_once(fixture: &impl Fixture) {
    let mut workers: [Worker; 50] = Worker::on(fixture, Steady).await;
    join_all(workers.iter_mut().map(|worker| worker.claim(0..200))).await;
    let owned: Vec<Vec<u16>> = workers.iter().map(Worker::owned).collect();
    let mut all: Vec<u16> = owned.concat();
    all.sort_unstable();
    assert_eq!(all, Vec::from_iter(0..200));

    let view = workers[0].leases.view().await.unwrap();
    let owners: BTreeMap<Shard, WorkerId> = view.owners.into_iter().collect();
    join_all(workers.iter_mut().map(Worker::beat)).await;
    assert!(workers.iter().all(|worker| worker.known.owners == owners));
}

/// An operator's wish reaches the worker it is for, and nobody else, and not the one after it.
pub async fn who_is_asked_to_drain_is_told_until_it_leaves(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Steady).await;
    assert!(!one.leases.drain(two.id()).await.unwrap(), "no member yet");
    one.beat().await;
    assert!(
        !two.beat().await.drain,
        "what was asked before it came is forgotten"
    );
    assert!(one.leases.drain(two.id()).await.unwrap());
    for _ in 0..2 {
        assert!(two.beat().await.drain);
        assert!(!one.beat().await.drain);
    }
    two.leases.leave(two.id()).await.unwrap();
    assert!(!two.beat().await.drain);
}
