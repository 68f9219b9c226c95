//! A log on one server.

use crate::numbers::Numbers;
use pushmail_eventlog_nats::{Config, NatsLog, OpenError};
use pushmail_testkit::{MockClock, Nats};
use std::sync::{Arc, Mutex, MutexGuard};

/// A server, and what a log on it needs.
pub(crate) struct Alone {
    server: Mutex<Nats>,
    numbers: Arc<Numbers>,
}

impl Alone {
    /// A server of its own; `None` if the tests are run without NATS.
    pub(crate) fn start() -> Option<Self> {
        Nats::start().map(Self::on)
    }

    pub(crate) fn on(server: Nats) -> Self {
        Self {
            server: Mutex::new(server),
            numbers: Arc::default(),
        }
    }

    pub(crate) fn server(&self) -> MutexGuard<'_, Nats> {
        self.server.lock().unwrap()
    }

    /// Kills the server, does something, and starts it again, when all logs that are open have
    /// noticed.
    pub(crate) async fn restart<T>(
        &self,
        open: &[&NatsLog],
        meanwhile: impl FnOnce(&mut Nats) -> T,
    ) -> T {
        self.server().kill();
        while open.iter().any(|log| log.is_connected()) {
            tokio::task::yield_now().await;
        }
        let mut server = self.server();
        let done = meanwhile(&mut server);
        server.start_again();
        done
    }

    pub(crate) fn config(&self) -> Config {
        let mut config = Config::new([self.server().url()]);
        config.live_capacity = 256;
        config
    }

    /// Opens the log as another process would.
    pub(crate) async fn open(&self) -> NatsLog {
        self.open_with(self.config()).await
    }

    pub(crate) async fn open_with(&self, config: Config) -> NatsLog {
        self.try_open(config).await.unwrap()
    }

    pub(crate) async fn try_open(&self, config: Config) -> Result<NatsLog, OpenError> {
        let numbers = self.numbers.clone();
        NatsLog::open(config, numbers, Arc::new(MockClock::new())).await
    }
}
