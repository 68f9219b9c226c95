//! Failing over to a replica.

use crate::contract::{handle, steady};
use futures::StreamExt as _;
use pushmail_leases::contract::sample::Worker;
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

    wakes.next().await.unwrap();
    one.give(1, Some(two.id())).await;
    wakes.next().await.unwrap();
    two.beat().await;
    assert_eq!(two.owned(), [1]);
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
    wakes.next().await.unwrap();
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
