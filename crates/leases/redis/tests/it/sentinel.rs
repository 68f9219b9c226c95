//! Failing over to a replica.

use crate::contract::{handle, rings, steady};
use pushmail_leases::contract::sample::{Worker, member};
use pushmail_leases_redis::Config;
use pushmail_testkit::RedisSentinel;
use std::time::Duration;

fn config(redis: &RedisSentinel) -> Config {
    let sentinels = redis.sentinel_addrs();
    let sentinels: Vec<String> = sentinels.iter().map(ToString::to_string).collect();
    let (hosts, primary) = (sentinels.join(","), redis.primary_name());
    let mut config = steady(format!("redis+sentinel://{hosts}/{primary}"));
    config.settle = Duration::from_secs(600);
    config
}

#[tokio::test]
async fn when_the_primary_dies_the_replica_is_found_and_owners_keep_theirs() {
    let Some(mut redis) = RedisSentinel::start(3) else {
        return;
    };
    let config = config(&redis);
    let mut workers = [1, 2].map(|number| Worker::new(handle(&config), number));
    let [one, two] = &mut workers;
    let mut wakes = two.leases.wakes(two.id()).await.unwrap();
    let before = one.hold([1, 2]).await;

    redis.node_mut(0).kill();
    redis.wait_failed_over(0);
    // What the replica did not get yet is lost: the shard may be anybody's.
    let answer = two.claim([1, 2, 3]).await;
    assert_ne!(answer.version.incarnation, before.version.incarnation);
    assert!(answer.settling > Duration::ZERO && two.owned().is_empty());
    assert!(one.hold([1, 2]).await.whole);
    assert_eq!(one.owned(), [1, 2]);

    rings(&mut wakes).await;
    one.give(1, Some(two.id())).await;
    rings(&mut wakes).await;
    two.beat().await;
    assert_eq!(two.owned(), [1]);
}

/// The connections to one that hangs stay open: the deadline ends them.
#[tokio::test]
async fn when_the_primary_hangs_the_replica_is_found() {
    let Some(mut redis) = RedisSentinel::start(3) else {
        return;
    };
    let mut config = config(&redis);
    config.deadline = Duration::from_secs(1);
    let leases = handle(&config);
    let mut wakes = leases.wakes(member(1).worker).await.unwrap();
    leases.view().await.unwrap();
    redis.node_mut(0).pause();
    redis.wait_failed_over(0);
    let mut attempts = 1;
    while leases.view().await.is_err() {
        attempts += 1;
        assert!(attempts < 20, "the hung primary is not given up");
    }
    assert!(attempts > 1, "the primary did not hang");
    rings(&mut wakes).await;
}

/// For some seconds the old primary still takes writes of those who are connected to it. That is why
/// a table that was failed over settles, even if nothing was lost.
#[tokio::test]
async fn when_the_primary_is_moved_the_connections_follow() {
    let Some(mut redis) = RedisSentinel::start(3) else {
        return;
    };
    let config = config(&redis);
    let mut one = Worker::new(handle(&config), 1);
    let mut wakes = one.leases.wakes(one.id()).await.unwrap();
    let before = one.hold([1]).await;
    redis.fail_over();
    redis.wait_replicated();
    rings(&mut wakes).await;
    let answer = one.hold([1]).await;
    assert_ne!(answer.version.incarnation, before.version.incarnation);
    assert_eq!(one.owned(), [1]);
}

#[tokio::test]
async fn a_sentinel_that_is_away_is_done_without() {
    let Some(mut redis) = RedisSentinel::start(2) else {
        return;
    };
    redis.sentinel_mut(0).kill();
    let mut one = Worker::new(handle(&config(&redis)), 1);
    one.hold([1]).await;
    assert_eq!(one.owned(), [1]);
    drop(one.leases.wakes(one.id()).await.unwrap());
}
