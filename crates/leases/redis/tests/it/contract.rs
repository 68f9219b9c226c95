//! The suite that every adapter passes.

use futures::StreamExt as _;
use futures::stream::BoxStream;
use pushmail_leases::Leases;
use pushmail_leases::contract::{Fixture, Terms};
use pushmail_leases_redis::{Config, RedisLeases};
use pushmail_testkit::Redis;
use std::sync::Arc;
use std::time::Duration;

/// The short time of the suite's terms, which passes for real.
const SHORT: Duration = Duration::from_millis(500);
/// Longer than any test.
const LONG: Duration = Duration::from_secs(600);

struct Server(Redis);

impl Server {
    fn start() -> Option<Self> {
        Redis::start().map(Self)
    }
}

/// A configuration under which nothing runs out during a test, and nothing settles.
pub(crate) fn steady(url: impl Into<String>) -> Config {
    let mut config = Config::new(url);
    config.ttl = LONG;
    config.settle = Duration::ZERO;
    // A busy machine is not what is tested.
    config.deadline = Duration::from_secs(20);
    config
}

/// A process's handle.
pub(crate) fn handle(config: &Config) -> Arc<dyn Leases> {
    Arc::new(RedisLeases::new(config).unwrap())
}

/// Waits until the bell rings.
///
/// # Panics
/// When it does not within half a minute.
pub(crate) async fn rings(wakes: &mut BoxStream<'static, ()>) {
    let rung = tokio::time::timeout(Duration::from_secs(30), wakes.next());
    rung.await.expect("a ring").expect("no end");
}

impl Fixture for Server {
    async fn open(&self, terms: Terms, handles: usize) -> Vec<Arc<dyn Leases>> {
        let mut config = steady(self.0.url());
        match terms {
            Terms::Steady => {}
            Terms::Brief => config.ttl = SHORT,
            Terms::Settling => config.settle = SHORT,
        }
        (0..handles).map(|_| handle(&config)).collect()
    }

    async fn flush(&self) {
        let client = redis::Client::open(self.0.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let flush = redis::cmd("FLUSHALL").exec_async(&mut connection).await;
        flush.unwrap();
    }

    async fn pass(&self) {
        tokio::time::sleep(SHORT / 5).await;
    }

    async fn outlast_ttl(&self) {
        tokio::time::sleep(SHORT + SHORT / 2).await;
    }
}

pushmail_leases::leases_contract!(Server::start());
