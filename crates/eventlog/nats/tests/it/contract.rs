//! The suite that every adapter passes, on one server.

use crate::alone::Alone;
use pushmail_eventlog::TenantLog;
use pushmail_eventlog::contract::Fixture;
use std::sync::Arc;
use std::time::Duration;

/// The shortest dedupe window that there can be.
const SHORTEST: Duration = Duration::from_millis(100);

/// Reopening kills the server too: what was acknowledged survives.
impl Fixture for Alone {
    async fn open(&self) -> Arc<dyn TenantLog> {
        Arc::new(Self::open(self).await)
    }

    async fn reopen(&self, log: Arc<dyn TenantLog>) -> Arc<dyn TenantLog> {
        assert_eq!(Arc::strong_count(&log), 1);
        drop(log);
        self.restart(&[], |_| ()).await;
        Fixture::open(self).await
    }

    /// The window is in the server, whose clock nobody sets: so it is made short for a while.
    async fn outlast_dedupe_window(&self) {
        let mut short = self.config();
        short.dedupe_window = SHORTEST;
        drop(self.open_with(short).await);
        tokio::time::sleep(SHORTEST * 4).await;
        drop(Self::open(self).await);
    }

    fn live_capacity(&self) -> usize {
        self.config().live_capacity
    }
}

pushmail_eventlog::eventlog_contract!(match Alone::start() {
    Some(alone) => alone,
    None => return,
});
