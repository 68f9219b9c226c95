//! Answers give only what changed, and miss nothing.

use super::sample::{Orders, Worker, release, shards};
use super::{Fixture, Terms::Steady};
use crate::{Known, Release};
use pushmail_domain::WorkerId;

/// A beat that changes nothing costs nothing: neither a version nor an answer.
pub async fn renewing_changes_nothing(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Steady).await;
    one.claim([1]).await;
    let before = two.claim([2]).await.version;
    one.beat().await;
    for _ in 0..3 {
        let answer = one.hold([1]).await;
        assert_eq!(answer.version, before);
        assert_eq!((answer.whole, answer.members), (false, vec![]));
        assert_eq!(answer.owners, []);
    }
}

/// Draining, another capacity, another name: the others learn of it.
pub async fn a_member_that_changes_is_told(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Steady).await;
    one.beat().await;
    two.beat().await;
    one.member.draining = true;
    one.member.capacity = u32::MAX;
    one.member.name = "a \"name\", with\n more".to_owned();
    one.beat().await;
    let answer = two.beat().await;
    assert_eq!((answer.whole, answer.owners), (false, vec![]));
    assert_eq!(two.members(), [one.member.clone(), two.member.clone()]);
}

/// A version of another incarnation is worth nothing.
pub async fn a_view_of_another_table_is_answered_whole(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Steady).await;
    one.claim([1]).await;
    two.beat().await;
    two.known.version.incarnation += 1;
    let answer = two.beat().await;
    assert!(answer.whole && answer.members.len() == 2);
    assert_eq!(answer.owners.len(), 1);
    assert_eq!(two.known.version.incarnation, one.known.version.incarnation);
}

/// A version that the table has not reached is of a table that lost changes.
pub async fn a_view_ahead_of_the_table_is_answered_whole(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Steady).await;
    one.claim([1]).await;
    two.beat().await;
    two.known.version.change += 1_000;
    let answer = two.beat().await;
    assert!(answer.whole && answer.members.len() == 2);
    assert_eq!(answer.owners.len(), 1);
}

/// Random beats of five workers: whoever takes in the answers, however rarely it beats itself, has
/// what the view shows.
pub async fn changes_add_up_to_the_view(fixture: &impl Fixture) {
    let mut dice = Dice(1);
    let mut workers: [Worker; 5] = Worker::on(fixture, Steady).await;
    for _ in 0..300 {
        let ids = workers.each_ref().map(Worker::id);
        let worker = &mut workers[dice.below(5)];
        if dice.below(12) == 0 {
            worker.leases.leave(worker.id()).await.unwrap();
        } else {
            worker.member.draining = dice.below(2) == 0;
            worker.order(dice.orders(&ids)).await;
        }
        compare(&mut workers[dice.below(5)]).await;
    }
}

/// However much happened since, an old view gets right.
pub async fn one_that_missed_much_is_told_all_the_same(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Steady).await;
    two.beat().await;
    one.claim([1]).await;
    compare(&mut two).await;
    one.leases.leave(one.id()).await.unwrap();
    for number in 0..1_100_u16 {
        let mut id = [9; 16];
        id[..2].copy_from_slice(&number.to_be_bytes());
        one.member.worker = WorkerId::from_bytes(id);
        one.claim([number, 2_000]).await;
        one.leases.leave(one.id()).await.unwrap();
    }
    compare(&mut two).await;
    assert_eq!((two.members().len(), two.known.owners.len()), (1, 0));
}

/// One member that leaves and comes back again and again does not make another's leaving forgotten.
pub async fn one_that_comes_and_goes_hides_nobody(fixture: &impl Fixture) {
    let [mut one, mut two, mut three, mut four] = Worker::on(fixture, Steady).await;
    one.claim([1]).await;
    two.beat().await;
    one.leases.leave(one.id()).await.unwrap();
    for _ in 0..1_100 {
        three.beat().await;
        three.leases.leave(three.id()).await.unwrap();
    }
    compare(&mut four).await;
    compare(&mut two).await;
    assert_eq!(two.members(), [two.member.clone(), four.member.clone()]);
}

async fn compare(follower: &mut Worker) {
    let answer = follower.beat().await;
    let view = follower.leases.view().await.unwrap();
    assert_eq!(answer.version, view.version);
    assert_eq!(Vec::from_iter(follower.known.owners.clone()), view.owners);
    let members: Vec<_> = view.members.into_iter().map(|seen| seen.member).collect();
    assert_eq!(follower.members(), members);
}

/// An operator who looks is no event.
pub async fn viewing_changes_nothing(fixture: &impl Fixture) {
    let [mut one, mut two] = Worker::on(fixture, Steady).await;
    let empty = two.leases.view().await.unwrap();
    assert_eq!((empty.members, empty.owners), (vec![], vec![]));
    let beaten = one.claim([1]).await;
    for _ in 0..2 {
        let view = two.leases.view().await.unwrap();
        assert_eq!(view.version, beaten.version);
    }
    let answer = one.beat().await;
    assert_eq!((answer.whole, answer.version), (false, beaten.version));
    two.known = Known::default();
    assert!(two.beat().await.whole);
}

/// Chance that is the same at each run (an LCG with the constants of Knuth's MMIX).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    /// Up to this many of twenty shards, none twice.
    fn some(&mut self, limit: usize) -> Vec<u16> {
        let mut numbers: Vec<u16> = (0..self.below(limit + 1))
            .map(|_| u16::try_from(self.below(20)).unwrap())
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    fn orders(&mut self, ids: &[WorkerId]) -> Orders {
        let releases = self.some(4).into_iter();
        let releases: Vec<Release> = releases
            .map(|number| release(number, ids.get(self.below(7)).copied()))
            .collect();
        Orders {
            held: shards(self.some(4)),
            claims: shards(self.some(6)),
            releases,
        }
    }
}
