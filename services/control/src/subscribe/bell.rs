//! Rings when the log has more for a tenant. What comes live is only a hint; what matters is in the log.

use futures::FutureExt as _;
use futures::stream::{BoxStream, StreamExt as _};
use pushmail_domain::TenantId;
use pushmail_eventlog::{Live, TenantLog};
use pushmail_runtime::{Gauge, Telemetry};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long to wait before subscribing again.
const RESUBSCRIBE: Duration = Duration::from_secs(1);
/// Every stream.
pub(crate) const ALL: u16 = u16::MAX;

/// The bell of one open subscription.
pub(crate) struct Bell {
    log: Arc<dyn TenantLog>,
    tenant: TenantId,
    telemetry: Telemetry,
    live: Option<Subscription>,
    /// When to subscribe, if there is no live subscription.
    next: Instant,
}

/// A live subscription, in the metrics as long as it lasts.
struct Subscription {
    live: BoxStream<'static, Live>,
    telemetry: Telemetry,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.telemetry.gauge(Gauge::LiveSubscriptions, "", -1);
    }
}

impl Bell {
    /// A bell for the tenant's events; it rings for every stream once it is in place.
    pub(crate) fn new(log: Arc<dyn TenantLog>, tenant: TenantId, telemetry: Telemetry) -> Self {
        Self {
            log,
            tenant,
            telemetry,
            live: None,
            next: Instant::now(),
        }
    }

    /// Waits until there may be something, and gives the streams, a bit each. Cancel-safe.
    pub(crate) async fn rung(&mut self) -> u16 {
        loop {
            let Some(subscription) = &mut self.live else {
                if self.subscribe().await {
                    // Events may have been missed before this moment.
                    return ALL;
                }
                continue;
            };
            if let Some(first) = subscription.live.next().await {
                return subscription.all_at_hand(streams(&first));
            }
            tracing::warn!(tenant = %self.tenant, "a live subscription ended; subscribing again");
            self.live = None;
            self.next = Instant::now() + RESUBSCRIBE;
        }
    }

    /// Subscribes when it is time; whether it worked.
    async fn subscribe(&mut self) -> bool {
        tokio::time::sleep_until(self.next).await;
        match self.log.live_of_tenant(self.tenant).await {
            Ok(live) => {
                let telemetry = self.telemetry.clone();
                telemetry.gauge(Gauge::LiveSubscriptions, "", 1);
                self.live = Some(Subscription { live, telemetry });
                true
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "no live subscription; trying again");
                self.next = Instant::now() + RESUBSCRIBE;
                false
            }
        }
    }
}

impl Subscription {
    /// The streams of everything that waits, so that a busy tenant rings once and not for each event.
    fn all_at_hand(&mut self, first: u16) -> u16 {
        let mut rung = first;
        while let Some(Some(live)) = self.live.next().now_or_never() {
            rung |= streams(&live);
        }
        rung
    }
}

/// Which streams have more.
fn streams(live: &Live) -> u16 {
    match live {
        Live::Event(fresh) => 1 << fresh.stored.position.stream.number(),
        Live::Lagged => ALL,
    }
}
