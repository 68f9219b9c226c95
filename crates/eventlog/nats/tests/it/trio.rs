//! A log on a cluster of three servers.

use crate::numbers::Numbers;
use crate::raw;
use pushmail_domain::StreamId;
use pushmail_eventlog::TenantLog;
use pushmail_eventlog::contract::Fixture;
use pushmail_eventlog_nats::{Config, NatsLog};
use pushmail_testkit::{MockClock, NatsCluster};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// Three servers, and what a log on them needs.
pub(crate) struct Trio {
    servers: Mutex<NatsCluster>,
    numbers: Mutex<Arc<Numbers>>,
}

impl Trio {
    /// Servers of their own; `None` if the tests are run without NATS.
    pub(crate) fn start() -> Option<Self> {
        Some(Self {
            servers: Mutex::new(NatsCluster::start(3)?),
            numbers: Mutex::default(),
        })
    }

    pub(crate) fn servers(&self) -> MutexGuard<'_, NatsCluster> {
        self.servers.lock().unwrap()
    }

    pub(crate) fn config(&self) -> Config {
        let mut config = Config::new(self.servers().urls());
        config.replicas = 3;
        config.live_capacity = 256;
        // Three servers on a busy machine may need an election.
        config.publish_timeout = Duration::from_secs(20);
        config.read_timeout = Duration::from_secs(20);
        config
    }

    pub(crate) async fn open_with(&self, config: Config) -> NatsLog {
        let numbers = self.numbers.lock().unwrap().clone();
        let clock = Arc::new(MockClock::new());
        NatsLog::open(config, numbers, clock).await.unwrap()
    }

    pub(crate) async fn open(&self) -> NatsLog {
        self.open_with(self.config()).await
    }

    /// Kills the server that leads the stream and starts it again.
    pub(crate) fn replace_leader(&self, stream: StreamId) {
        let mut servers = self.servers();
        let leader = servers.leader_of(&name(stream));
        servers.node_mut(leader).kill();
        servers.node_mut(leader).start_again();
        servers.wait_ready();
    }

    /// The address of a server that does not lead the stream.
    pub(crate) fn follower_of(&self, stream: StreamId) -> String {
        let mut servers = self.servers();
        let leader = servers.leader_of(&name(stream));
        servers.node((leader + 1) % 3).url()
    }

    fn has_streams(&self, node: usize) -> bool {
        self.servers().node(node).monitor("/jsz")["streams"] != 0
    }

    /// As it was at first.
    pub(crate) async fn clear(&self) {
        raw::clear(&raw::connect(&self.config().urls).await).await;
        // A leader that has not heard of it yet still says that its stream is there.
        while (0..3).any(|node| self.has_streams(node)) {
            tokio::task::yield_now().await;
        }
        *self.numbers.lock().unwrap() = Arc::default();
    }
}

fn name(stream: StreamId) -> String {
    format!("EVENTS_{}", stream.number())
}

impl Fixture for Trio {
    async fn open(&self) -> Arc<dyn TenantLog> {
        Arc::new(Self::open(self).await)
    }

    async fn reopen(&self, log: Arc<dyn TenantLog>) -> Arc<dyn TenantLog> {
        drop(log);
        Fixture::open(self).await
    }

    async fn outlast_dedupe_window(&self) {
        unreachable!("no promise that is tested here asks for it");
    }

    fn live_capacity(&self) -> usize {
        self.config().live_capacity
    }
}
