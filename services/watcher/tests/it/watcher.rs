//! A running watcher, and waiting for what it does.

use pushmail_runtime::{Lifecycle, Outcome, Telemetry};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::timeout;

/// What takes longer has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Watcher {
    pub(crate) lifecycle: Lifecycle,
    pub(crate) telemetry: Telemetry,
    pub(crate) nudge: Arc<Notify>,
}

impl Watcher {
    /// Ends it as a signal would.
    pub(crate) async fn drain(self) {
        assert_eq!(self.lifecycle.shut_down(PATIENCE).await, Outcome::Clean);
    }

    /// Waits until it ends by itself, as failed.
    pub(crate) async fn fails(self) {
        let draining = self.lifecycle.draining();
        timeout(PATIENCE, draining.cancelled()).await.unwrap();
        assert_eq!(self.lifecycle.shut_down(PATIENCE).await, Outcome::Failed);
    }

    /// The value of a metric, named as scraped, with its label.
    pub(crate) fn metric(&self, name: &str) -> i64 {
        metric(&self.telemetry, name)
    }
}

/// The value of a metric, named as scraped, with its label.
pub(crate) fn metric(telemetry: &Telemetry, name: &str) -> i64 {
    let text = telemetry.render();
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value
        .unwrap_or_else(|| panic!("no metric {name} in\n{text}"))
        .parse()
        .unwrap()
}

/// Waits until this holds.
pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}
