//! Heartbeats run out, and what follows.

use super::Fixture;
use super::Terms::{Brief, Steady};
use super::sample::{Worker, shard};
use std::time::Duration;

/// A worker that is not heard any more loses its shards, and others can take them.
pub async fn a_member_that_falls_silent_is_removed_and_its_shards_are_free(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Brief).await;
    one.claim([1, 2]).await;
    two.claim([3]).await;
    two.outlive(one.id(), fixture).await;
    assert_eq!((two.owner(1), two.owner(2)), (None, None));
    two.claim([1, 2]).await;
    assert_eq!(two.owned(), [1, 2, 3]);
}

/// Workers that go on beating keep their shards, for longer than the TTL.
pub async fn members_that_beat_stay(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Brief).await;
    one.claim([1]).await;
    two.claim([2]).await;
    for _ in 0..12 {
        fixture.pass().await;
        let answer = one.beat().await;
        assert!(answer.owners.iter().all(|(_, owner)| owner.is_some()));
        two.claim([1]).await;
    }
    assert_eq!((two.owned(), two.owner(1)), (vec![2], Some(one.id())));
}

/// A worker learns when to look again.
pub async fn the_next_expiry_is_that_of_the_others(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Steady).await;
    let ttl = one.leases.ttl();
    assert_eq!(one.beat().await.next_expiry, None);
    let of_one = two.beat().await.next_expiry.unwrap();
    assert!(of_one > Duration::ZERO && of_one <= ttl);
    let seen = two.leases.view().await.unwrap().members;
    assert!(seen.iter().all(|seen| seen.expires_in <= ttl));

    two.leases.leave(two.id()).await.unwrap();
    assert_eq!(one.beat().await.next_expiry, None);
}

/// A zombie is a member again, and its shards are its own if they stayed free.
pub async fn one_that_comes_back_holds_what_nobody_claimed(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Brief).await;
    one.claim([1, 2]).await;
    two.outlive(one.id(), fixture).await;
    one.hold([1, 2]).await;
    two.beat().await;
    assert!(two.knows(one.id()));
    assert_eq!(two.owner(1), Some(one.id()));
    assert_eq!(one.owned(), [1, 2]);
}

/// A zombie does not get back what another took meanwhile, and learns it at once.
pub async fn one_that_comes_back_is_told_what_others_claimed(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Brief).await;
    one.claim([1, 2]).await;
    two.outlive(one.id(), fixture).await;
    two.claim([2]).await;
    let answer = one.hold([1, 2]).await;
    assert!(answer.owners.contains(&(shard(2), Some(two.id()))));
    assert_eq!(one.owned(), [1]);
}

/// When all were silent it was the table that was away: who beats first afterwards gets nothing of
/// those who are about to.
pub async fn after_a_silence_of_all_nobody_is_removed_at_once(fixture: &impl Fixture) {
    let [mut one, mut two, mut three] = Worker::on(fixture, Brief).await;
    one.claim([1]).await;
    two.claim([2]).await;
    fixture.outlast_ttl().await;
    three.claim([1, 2, 3]).await;
    assert_eq!(three.owned(), [3]);
    assert!(three.knows(one.id()) && three.knows(two.id()));
    let answer = one.hold([1]).await;
    assert!(!answer.whole);
    assert_eq!(one.owned(), [1]);
}

/// Who does not come back after that either is removed.
pub async fn one_that_stays_away_after_a_silence_of_all_is_removed(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Brief).await;
    one.claim([1]).await;
    two.beat().await;
    fixture.outlast_ttl().await;
    two.outlive(one.id(), fixture).await;
    two.claim([1]).await;
    assert_eq!(two.owned(), [1]);
}
