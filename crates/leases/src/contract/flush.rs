//! The table is lost (invariant 4): nobody loses a shard that they work for.

use super::sample::Worker;
use super::{
    Fixture,
    Terms::{Settling, Steady},
};
use std::time::Duration;

/// Everybody notices a flush at the next beat, and is told everything anew.
pub async fn a_flushed_table_is_another_one(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Steady).await;
    one.claim([1]).await;
    two.claim([2]).await;
    let old = two.known.version.incarnation;
    fixture.flush().await;
    let answer = two.beat().await;
    assert!(answer.whole);
    assert_ne!(answer.version.incarnation, old);
    assert_eq!((two.known.owners.len(), two.knows(one.id())), (0, false));
    assert!(one.beat().await.whole);
    two.beat().await;
    assert!(two.knows(one.id()));
}

/// After a flush a newcomer that beats first gets nothing; owners get theirs as they beat.
pub async fn owners_get_theirs_back_while_claims_are_refused(fixture: &impl Fixture) {
    let [mut one, mut two, mut new] = Worker::on(fixture, Settling).await;
    one.hold([1, 2]).await;
    two.hold([3]).await;
    fixture.flush().await;
    let mut answer = new.claim([1, 2, 3, 4]).await;
    assert!(answer.settling > Duration::ZERO);
    assert!(new.owned().is_empty());
    one.hold([1, 2]).await;
    two.hold([3]).await;
    while new.owner(4).is_none() {
        fixture.pass().await;
        answer = new.claim([1, 2, 3, 4]).await;
    }
    assert_eq!(answer.settling, Duration::ZERO);
    assert_eq!(new.owned(), [4]);
    one.beat().await;
    two.beat().await;
    assert_eq!((one.owned(), two.owned()), (vec![1, 2], vec![3]));
}

/// A table that is new says for how much longer it settles, and means it.
pub async fn claims_are_refused_exactly_while_a_table_settles(fixture: &impl Fixture) {
    let [mut one] = Worker::on(fixture, Settling).await;
    let mut answer = one.claim([1]).await;
    assert!(answer.settling > Duration::ZERO);
    while answer.settling > Duration::ZERO {
        assert_eq!(one.owner(1), None);
        fixture.pass().await;
        let next = one.claim([1]).await;
        assert!(next.settling < answer.settling);
        answer = next;
    }
    assert_eq!(one.owner(1), Some(one.id()));
    let view = one.leases.view().await.unwrap();
    assert_eq!(view.settling, Duration::ZERO);
}

/// Two that both believe to own a shard: the table names one, and the other learns it.
pub async fn the_first_holder_gets_a_shard_that_two_hold(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Settling).await;
    one.hold([1]).await;
    two.hold([1]).await;
    assert_eq!(two.owner(1), Some(one.id()));
    one.hold([1]).await;
    assert_eq!(one.owned(), [1]);
}
