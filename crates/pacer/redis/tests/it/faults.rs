//! Redis comes and goes, and what else lies in it.

use crate::contract::{config, process};
use futures::future::join_all;
use pushmail_domain::{AccountId, Shard};
use pushmail_pacer::contract::Process;
use pushmail_pacer::{Ask, Bucket, Grant, Pacer as _, PacerError, Rate, Workers};
use pushmail_pacer_redis::{Config, RedisDevices, RedisPacer};
use pushmail_testkit::Redis;
use redis::FromRedisValue;
use std::error::Error as _;
use std::time::Duration;

const RATE: Rate = Rate {
    burst: 5,
    every: Duration::from_secs(60),
};
const KEY: &str = "{pushmail:pacer}:provider:a";

fn bucket() -> Bucket {
    Bucket::Provider {
        provider: "a".to_owned(),
        egress: None,
    }
}

async fn take(process: &Process, rate: Rate, tokens: u32) -> Result<Grant, PacerError> {
    let ask = Ask {
        bucket: &bucket(),
        rate,
        tokens,
        unused: 0,
    };
    Ok(process.pacer.take(&[ask]).await?[0])
}

async fn command<T: FromRedisValue>(redis: &Redis, words: &[&str]) -> T {
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]);
    command.query_async(&mut connection).await.unwrap()
}

#[tokio::test]
async fn killed_it_fails_and_started_again_buckets_are_full() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let one = process(&config(redis.url()));
    assert_eq!(take(&one, RATE, 5).await.unwrap().tokens, 5);
    redis.kill();
    let error = take(&one, RATE, 5).await.unwrap_err();
    assert!(error.source().unwrap().to_string().contains("127.0.0.1"));
    assert!(
        one.devices
            .note(&[AccountId::from_bytes([1; 16])])
            .await
            .is_err()
    );
    redis.start_again();
    assert_eq!(take(&one, RATE, 9).await.unwrap().tokens, 5);
}

#[tokio::test]
async fn one_that_hangs_is_waited_for_until_the_deadline() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let mut config = config(redis.url());
    config.deadline = Duration::from_millis(200);
    let one = process(&config);
    redis.pause();
    let error = take(&one, RATE, 1).await.unwrap_err();
    let said = error.source().unwrap().to_string();
    assert!(said.contains("did not answer within 200ms"), "{said}");
    assert!(one.devices.seen(Shard::new(1).unwrap()).await.is_err());
}

#[tokio::test]
async fn a_bucket_s_key_lasts_until_it_is_full_and_a_full_one_has_none() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let one = process(&config(redis.url()));
    take(&one, RATE, 2).await.unwrap();
    let left: i64 = command(&redis, &["PTTL", KEY]).await;
    assert!((60_000..=120_000).contains(&left), "{left}");
    let back = Ask {
        bucket: &bucket(),
        rate: RATE,
        tokens: 0,
        unused: 2,
    };
    one.pacer.take(&[back]).await.unwrap();
    assert_eq!(
        command::<Vec<String>>(&redis, &["KEYS", "*"]).await,
        [""; 0]
    );
    one.devices
        .note(&[AccountId::from_bytes([1; 16])])
        .await
        .unwrap();
    let keys: Vec<String> = command(&redis, &["KEYS", "*"]).await;
    assert_eq!(keys.len(), 1);
    let left: i64 = command(&redis, &["PTTL", &keys[0]]).await;
    assert!(left > 0, "{left}");
}

/// After a failover the clock may be another one.
#[tokio::test]
async fn a_clock_that_was_ahead_keeps_nobody_out() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let one = process(&config(redis.url()));
    command::<()>(&redis, &["SET", KEY, "9000000000000000"]).await;
    let none = take(&one, RATE, 1).await.unwrap();
    assert_eq!(none.tokens, 0);
    assert!(none.again_in <= RATE.every, "{none:?}");
}

#[tokio::test]
async fn what_another_program_wrote_is_an_error() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let one = process(&config(redis.url()));
    command::<()>(&redis, &["HSET", KEY, "a", "b"]).await;
    assert!(take(&one, RATE, 1).await.is_err());
    command::<()>(
        &redis,
        &["ZADD", "{pushmail:seen:0}:1", "9000000000000000", "x"],
    )
    .await;
    let error = one.devices.seen(Shard::new(1).unwrap()).await.unwrap_err();
    let said = error.source().unwrap().to_string();
    assert!(said.contains("does another program"), "{said}");
}

#[tokio::test]
async fn calls_are_spaced() {
    let mut config = config("redis://127.0.0.1:1");
    config.call_every = Duration::from_millis(100);
    let one = process(&config);
    let began = tokio::time::Instant::now();
    join_all((0..10).map(|_| one.pacer.ready())).await;
    // Four at once, and six more.
    assert!(began.elapsed() >= Duration::from_millis(590));
}

#[tokio::test(start_paused = true)]
async fn many_workers_call_no_more_often_together_than_few() {
    let config = Config::new("redis://127.0.0.1:1");
    let workers = Workers::default();
    let pacer = RedisPacer::new(&config, workers.clone()).unwrap();
    let ten = async || {
        let began = tokio::time::Instant::now();
        join_all((0..10).map(|_| pacer.ready())).await;
        began.elapsed().as_millis()
    };
    for (count, pause) in [(1, 50), (100, 50), (1_000, 500)] {
        workers.set(count);
        // What is to be had at once is had.
        ten().await;
        let took = ten().await;
        // Each pause may be a millisecond too long.
        let least = 10 * pause;
        assert!((least..=least + 10).contains(&took), "{count}: {took}");
    }
}

#[test]
fn a_configuration_that_cannot_work_is_refused() {
    let mut config = config("http://one");
    let is_refused = |config: &Config| {
        let pacer = RedisPacer::new(config, Workers::default());
        pacer.is_err() && RedisDevices::new(config).is_err()
    };
    assert!(is_refused(&config));
    config = crate::contract::config("redis://one");
    config.prefix = "a{b}".to_owned();
    assert!(is_refused(&config));
}
