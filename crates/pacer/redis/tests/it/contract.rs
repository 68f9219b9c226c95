//! The suite that every adapter passes.

use pushmail_pacer::Workers;
use pushmail_pacer::contract::{Fixture, Process};
use pushmail_pacer_redis::{Config, RedisDevices, RedisPacer};
use pushmail_testkit::Redis;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// For how long a device counts as seen, which passes for real.
const SEEN_WITHIN: Duration = Duration::from_millis(1_500);

struct Server {
    redis: Redis,
    began: Instant,
}

impl Server {
    fn start() -> Option<Self> {
        Some(Self {
            redis: Redis::start()?,
            began: Instant::now(),
        })
    }
}

/// A configuration that waits for nothing but Redis.
pub(crate) fn config(url: impl Into<String>) -> Config {
    let mut config = Config::new(url);
    config.call_every = Duration::ZERO;
    config.seen_within = SEEN_WITHIN;
    // A busy machine is not what is tested.
    config.deadline = Duration::from_secs(20);
    config
}

/// A process's handles.
pub(crate) fn process(config: &Config) -> Process {
    Process {
        pacer: Arc::new(RedisPacer::new(config, Workers::default()).unwrap()),
        devices: Arc::new(RedisDevices::new(config).unwrap()),
    }
}

impl Fixture for Server {
    async fn open(&self, processes: usize) -> Vec<Process> {
        let config = config(self.redis.url());
        (0..processes).map(|_| process(&config)).collect()
    }

    fn seen_within(&self) -> Duration {
        SEEN_WITHIN
    }

    async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

pushmail_pacer::pacer_contract!(Server::start());
