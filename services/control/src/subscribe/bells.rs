//! One live subscription of the log per process, which rings for the tenants that have events.
//!
//! A bell holds one bit for each stream, whatever happens: it needs no queue, and nothing waits for it.

use pushmail_domain::TenantId;
use pushmail_eventlog::{Live, TenantLog};
use pushmail_runtime::{Gauge, Lifecycle, Telemetry};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_stream::StreamExt as _;

/// How long to wait before subscribing again.
const RESUBSCRIBE: Duration = Duration::from_secs(1);
/// Every stream.
pub(crate) const ALL: u16 = u16::MAX;

/// The bells of all open subscriptions.
#[derive(Default)]
pub(crate) struct Bells {
    by_tenant: Mutex<HashMap<TenantId, Vec<Arc<Bell>>>>,
}

/// Which streams have events for one subscription.
#[derive(Default)]
struct Bell {
    streams: AtomicU16,
    ring: Notify,
}

/// A subscription's place at its bell, given up when dropped.
pub(crate) struct Listener {
    bells: Arc<Bells>,
    tenant: TenantId,
    bell: Arc<Bell>,
}

impl Bells {
    /// Rings for every event of the tenant that becomes durable from now on.
    pub(crate) fn listen(self: &Arc<Self>, tenant: TenantId) -> Listener {
        let bell = Arc::new(Bell::default());
        let mut table = self.table();
        table.entry(tenant).or_default().push(Arc::clone(&bell));
        drop(table);
        Listener {
            bells: Arc::clone(self),
            tenant,
            bell,
        }
    }

    /// Follows the log's live tail until the process stops, subscribing again whenever it ends.
    pub(crate) async fn follow(
        self: Arc<Self>,
        log: Arc<dyn TenantLog>,
        telemetry: Telemetry,
        lifecycle: Lifecycle,
    ) {
        let stopping = lifecycle.stopping();
        let following = async {
            loop {
                self.subscription(&*log, &telemetry).await;
                tokio::time::sleep(RESUBSCRIBE).await;
            }
        };
        stopping.run_until_cancelled(following).await;
    }

    /// One live subscription from its beginning to its end.
    async fn subscription(&self, log: &dyn TenantLog, telemetry: &Telemetry) {
        let mut live = match log.live().await {
            Ok(live) => live,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "no live subscription; trying again");
                return;
            }
        };
        telemetry.gauge(Gauge::LiveSubscriptions, "", 1);
        // Who listened before this moment may have missed events.
        self.ring_all();
        while let Some(item) = live.next().await {
            match item {
                Live::Event(stored) => {
                    let stream = 1 << stored.position.stream.number();
                    self.ring(stored.event.tenant, stream);
                }
                Live::Lagged => self.ring_all(),
            }
        }
        telemetry.gauge(Gauge::LiveSubscriptions, "", -1);
        tracing::warn!("the live subscription ended; subscribing again");
    }

    fn ring(&self, tenant: TenantId, streams: u16) {
        if let Some(bells) = self.table().get(&tenant) {
            bells.iter().for_each(|bell| bell.ring(streams));
        }
    }

    fn ring_all(&self) {
        let table = self.table();
        table.values().flatten().for_each(|bell| bell.ring(ALL));
    }

    fn table(&self) -> MutexGuard<'_, HashMap<TenantId, Vec<Arc<Bell>>>> {
        self.by_tenant
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bell {
    fn ring(&self, streams: u16) {
        self.streams.fetch_or(streams, Ordering::AcqRel);
        self.ring.notify_one();
    }
}

impl Listener {
    /// Waits until there is something, and gives the streams, a bit each. Cancel-safe.
    pub(crate) async fn rung(&self) -> u16 {
        self.bell.ring.notified().await;
        self.bell.streams.swap(0, Ordering::AcqRel)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut table = self.bells.table();
        if let Some(bells) = table.get_mut(&self.tenant) {
            bells.retain(|bell| !Arc::ptr_eq(bell, &self.bell));
            if bells.is_empty() {
                table.remove(&self.tenant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: TenantId = TenantId::from_bytes([1; 16]);
    const TWO: TenantId = TenantId::from_bytes([2; 16]);

    #[tokio::test]
    async fn a_bell_rings_for_its_tenant_and_remembers_the_streams() {
        let bells = Arc::new(Bells::default());
        let (first, second) = (bells.listen(ONE), bells.listen(ONE));
        let other = bells.listen(TWO);
        bells.ring(ONE, 1 << 3);
        bells.ring(ONE, 1 << 5);
        bells.ring(TWO, 1 << 1);
        assert_eq!(first.rung().await, 1 << 3 | 1 << 5);
        assert_eq!(second.rung().await, 1 << 3 | 1 << 5);
        assert_eq!(other.rung().await, 1 << 1);
        bells.ring_all();
        assert_eq!(first.rung().await, ALL);
        drop((first, second, other));
        assert!(bells.table().is_empty());
    }
}
