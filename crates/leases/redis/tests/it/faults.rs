//! Redis comes and goes; nobody loses a shard by it (invariant 4).

use crate::contract::{handle, rings, steady};
use pushmail_domain::WorkerId;
use pushmail_leases::contract::sample::Worker;
use pushmail_leases::{Beat, Version};
use pushmail_leases_redis::{Config, RedisLeases};
use pushmail_testkit::Redis;
use redis::FromRedisValue;
use std::error::Error as _;
use std::time::Duration;

/// For calls that are to fail by it.
const DEADLINE: Duration = Duration::from_millis(200);

/// What the failed beat says.
async fn failure(worker: &Worker) -> String {
    let beat = Beat {
        member: &worker.member,
        held: &[],
        claims: &[],
        releases: &[],
        known: Version::default(),
    };
    let error = worker.leases.beat(beat).await.unwrap_err();
    let cause = error.source().unwrap();
    format!("{error}: {cause} ({error:?})")
}

#[tokio::test]
async fn killed_and_started_again_the_owners_get_theirs_back() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let mut config = steady(redis.url());
    config.settle = Duration::from_secs(600);
    let mut workers = [1, 2, 3].map(|number| Worker::new(handle(&config), number));
    let [one, two, new] = &mut workers;
    one.hold([1, 2]).await;
    let before = two.hold([3]).await;
    redis.kill();
    assert!(failure(one).await.contains("could not be reached"));
    redis.start_again();
    let answer = new.claim([1, 2, 3]).await;
    assert!(answer.whole && new.owned().is_empty());
    assert_ne!(answer.version.incarnation, before.version.incarnation);
    one.hold([1, 2]).await;
    two.hold([3]).await;
    assert_eq!((one.owned(), two.owned()), (vec![1, 2], vec![3]));
}

#[tokio::test]
async fn a_restart_is_another_incarnation_even_if_the_data_survived() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let mut config = steady(redis.url());
    let mut one = Worker::new(handle(&config), 1);
    let before = one.claim([1]).await;
    command::<()>(&redis, &["SAVE"]).await;
    one.claim([2]).await;
    redis.kill();
    redis.start_again();
    config.settle = Duration::from_secs(600);
    let mut two = Worker::new(handle(&config), 2);
    two.claim([2, 3]).await;
    assert!(two.knows(one.id()) && two.owner(1) == Some(one.id()));
    let answer = one.hold([1, 2]).await;
    assert!(answer.whole);
    assert!(answer.version.incarnation > before.version.incarnation);
    assert_eq!((one.owned(), two.owned()), (vec![1, 2], vec![]));
}

#[tokio::test]
async fn a_server_that_hangs_fails_calls_at_the_deadline_and_costs_nobody_a_shard() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let mut config = steady(redis.url());
    config.ttl = Duration::from_millis(500);
    let mut workers = [1, 2].map(|number| Worker::new(handle(&config), number));
    let [one, two] = &mut workers;
    one.claim([1]).await;
    two.claim([2]).await;
    config.deadline = DEADLINE;
    let hasty = Worker::new(handle(&config), 3);
    redis.pause();
    for _ in 0..4 {
        assert!(
            failure(&hasty)
                .await
                .contains("did not answer within 200ms")
        );
    }
    redis.resume();
    two.claim([1]).await;
    assert_eq!((two.owned(), two.owner(1)), (vec![2], Some(one.id())));
    one.beat().await;
}

#[tokio::test]
async fn scripts_that_the_server_forgot_are_loaded_again() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let mut one = Worker::new(handle(&steady(redis.url())), 1);
    one.claim([1]).await;
    command::<()>(&redis, &["SCRIPT", "FLUSH"]).await;
    one.claim([2]).await;
    assert_eq!(one.owned(), [1, 2]);
}

#[tokio::test]
async fn wakes_come_back_and_ring_once_for_what_was_missed() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let config = steady(redis.url());
    let mut workers = [1, 2].map(|number| Worker::new(handle(&config), number));
    let [one, two] = &mut workers;
    let mut wakes = two.leases.wakes(two.id()).await.unwrap();
    redis.kill();
    assert!(two.leases.wakes(two.id()).await.is_err());
    redis.start_again();
    rings(&mut wakes).await;
    two.beat().await;
    one.claim([1]).await;
    one.give(1, Some(two.id())).await;
    rings(&mut wakes).await;
}

#[tokio::test]
async fn a_login_that_is_refused_is_told_without_the_password() {
    let Some(redis) = Redis::start() else {
        return;
    };
    command::<()>(&redis, &["CONFIG", "SET", "requirepass", "c0rrect"]).await;
    for (login, said) in [
        ("", "NOAUTH"),
        (":hunter2@", "authentication failed"),
        ("ann:hunter2@", "authentication failed"),
    ] {
        let url = redis.url().replace("//", &format!("//{login}"));
        let config = steady(url);
        let refused = Worker::new(handle(&config), 1);
        let said_all = failure(&refused).await;
        assert!(
            said_all.contains("refuses the user or password"),
            "{said_all}"
        );
        assert!(said_all.contains(said), "{said_all}");
        assert!(!said_all.contains("hunter2"), "{said_all}");
        assert!(!format!("{config:?}").contains("hunter2"));
        let deaf = refused.leases.wakes(refused.id()).await.err().unwrap();
        assert!(
            deaf.source().unwrap().to_string().contains(said),
            "{deaf:?}"
        );
    }
    let url = redis.url().replace("//", "//:c0rrect@");
    Worker::new(handle(&steady(url)), 1).beat().await;
}

#[tokio::test]
async fn two_fleets_share_a_server_by_prefix() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let config = steady(redis.url());
    let other = Config {
        prefix: "other".to_owned(),
        ..config.clone()
    };
    let mut one = Worker::new(handle(&config), 1);
    let mut two = Worker::new(handle(&other), 2);
    one.claim([1]).await;
    two.claim([1]).await;
    assert_eq!((one.owned(), two.owned()), (vec![1], vec![1]));
    assert_eq!(two.members().len(), 1);
}

#[tokio::test]
async fn a_table_without_its_state_is_another_one_with_nothing_of_it_left() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let mut workers = [1, 2].map(|number| Worker::new(handle(&steady(redis.url())), number));
    let [one, two] = &mut workers;
    one.claim([1]).await;
    command::<usize>(&redis, &["DEL", "{pushmail:fleet}:state"]).await;
    let answer = two.beat().await;
    assert!(answer.whole && !two.knows(one.id()));
    assert_eq!(answer.owners, []);
}

#[tokio::test]
async fn workers_that_come_and_go_do_not_fill_the_server() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let mut worker = Worker::new(handle(&steady(redis.url())), 1);
    for number in 0..1_200_u16 {
        let mut id = [9; 16];
        id[..2].copy_from_slice(&number.to_be_bytes());
        worker.member.worker = WorkerId::from_bytes(id);
        worker.beat().await;
        worker.leases.leave(worker.id()).await.unwrap();
    }
    for (length, key) in [("ZCARD", "changes"), ("LLEN", "gone")] {
        let key = format!("{{pushmail:fleet}}:{key}");
        assert_eq!(command::<usize>(&redis, &[length, &key]).await, 1_000);
    }
}

#[tokio::test]
async fn what_another_program_wrote_is_named() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let mut one = Worker::new(handle(&steady(redis.url())), 1);
    one.beat().await;
    command::<()>(
        &redis,
        &["HSET", "{pushmail:fleet}:entries", "4096", "wrk_x"],
    )
    .await;
    let error = one.leases.view().await.unwrap_err();
    let said = error.source().unwrap().to_string();
    assert!(said.contains("\"4096\" is not as this version"), "{said}");
}

#[test]
fn a_configuration_that_cannot_work_is_refused() {
    let mut config = steady("redis+sentinel://:hunter2@one");
    let error = RedisLeases::new(&config).err().unwrap();
    assert!(error.source().unwrap().to_string().contains("/PRIMARY"));
    config = steady("redis://one");
    config.prefix = "a{b}".to_owned();
    assert!(RedisLeases::new(&config).is_err());
}

async fn command<T: FromRedisValue>(redis: &Redis, words: &[&str]) -> T {
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]);
    command.query_async(&mut connection).await.unwrap()
}
