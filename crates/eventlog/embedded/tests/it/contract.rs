//! The suite that every adapter passes.

use crate::clock::TestClock;
use pushmail_eventlog::TenantLog;
use pushmail_eventlog::contract::Fixture;
use pushmail_eventlog_embedded::{Config, EmbeddedLog};
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) struct Embedded {
    directory: TempDir,
    pub(crate) clock: Arc<TestClock>,
}

impl Embedded {
    pub(crate) fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            clock: Arc::default(),
        }
    }

    pub(crate) fn config(&self) -> Config {
        let mut config = Config::new(self.directory.path().join("events.db"));
        config.live_capacity = 256;
        config
    }

    pub(crate) fn open_log(&self) -> EmbeddedLog {
        EmbeddedLog::open(self.config(), self.clock.clone(), None).unwrap()
    }
}

impl Fixture for Embedded {
    async fn open(&self) -> Arc<dyn TenantLog> {
        Arc::new(self.open_log())
    }

    async fn reopen(&self, log: Arc<dyn TenantLog>) -> Arc<dyn TenantLog> {
        assert_eq!(Arc::strong_count(&log), 1);
        drop(log);
        self.open().await
    }

    async fn outlast_dedupe_window(&self) {
        self.clock.advance(self.config().dedupe_window);
    }

    fn live_capacity(&self) -> usize {
        self.config().live_capacity
    }
}

pushmail_eventlog::eventlog_contract!(Embedded::new());
