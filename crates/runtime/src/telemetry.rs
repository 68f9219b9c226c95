//! Metrics and traces. Metrics are always kept; traces are exported where a collector is configured.
//!
//! One mail is one trace: detect -> fetch -> append -> deliver -> ack, each a child of the one before,
//! also where the next hop happens in another process ([`TraceContext`] travels with the event).

mod exporter;
mod metrics;
mod names;
mod trace;

pub use names::{About, Counter, Gauge, Hop, Label, Timing};

use metrics::Metrics;
use pushmail_domain::{Entropy, Timestamp, TraceContext};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use trace::Tracing;

/// How a process reports on itself.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetryConfig {
    /// Where spans go: an OTLP/gRPC collector such as `http://localhost:4317`. Absent or empty: no
    /// spans.
    #[serde(default)]
    pub otlp_endpoint: Option<String>,
    /// The share of mails that are traced, from 0 to 1.
    pub sample_ratio: f64,
    /// What the process is called in traces (`service.name`).
    pub service_name: String,
}

/// Why telemetry could not be set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TelemetryErrorKind {
    /// The configuration is not valid.
    Invalid,
    /// The exporter needs a tokio runtime, and there is none.
    NoRuntime,
}

/// Telemetry could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct TelemetryError {
    /// Which of the closed set.
    pub kind: TelemetryErrorKind,
    /// What is wrong, with the key and the remedy.
    pub message: String,
    /// The cause, for logs.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The metrics and the traces of a process. Clones share them.
#[derive(Debug, Clone)]
pub struct Telemetry(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    metrics: Metrics,
    tracing: Option<Tracing>,
}

impl Telemetry {
    /// Telemetry as configured. With an endpoint, it must be called within the tokio runtime that
    /// will carry the exports; the collector need not be up.
    ///
    /// # Errors
    ///
    /// If the configuration is not valid, or if an endpoint is set and there is no tokio runtime.
    pub fn new(
        config: &TelemetryConfig,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, TelemetryError> {
        Ok(Self::build(Tracing::new(config, entropy)?))
    }

    /// Metrics and no traces.
    pub fn disabled() -> Self {
        Self::build(None)
    }

    fn build(tracing: Option<Tracing>) -> Self {
        let metrics = Metrics::new();
        Self(Arc::new(Inner { metrics, tracing }))
    }

    /// Adds to a counter. `label` is one of the values that [`Counter::about`] lists; `""` for a
    /// counter without a label.
    pub fn count(&self, counter: Counter, label: &'static str, by: u64) {
        self.0.metrics.count(counter, label, by);
    }

    /// Adds to a gauge; `by` may be negative. `label` is one of the values that [`Gauge::about`]
    /// lists; `""` for a gauge without a label.
    pub fn gauge(&self, gauge: Gauge, label: &'static str, by: i64) {
        self.0.metrics.gauge(gauge, label, by);
    }

    /// Observes how long something took.
    pub fn observe(&self, timing: Timing, took: Duration) {
        self.0.metrics.observe(timing, took);
    }

    /// One hop of a mail, from `started` to `ended`: observes `pushmail_hop_seconds` and, if the mail
    /// is traced, exports a span that is a child of `parent`.
    ///
    /// Returns the context that the next hop has as its parent. [`Hop::Detect`] without a parent
    /// starts a trace for the configured share of mails; another hop without a parent has no span. A
    /// parent whose trace is not recorded, or not by this process, is returned as it is.
    pub fn hop(
        &self,
        hop: Hop,
        parent: Option<TraceContext>,
        started: Timestamp,
        ended: Timestamp,
    ) -> Option<TraceContext> {
        self.0.metrics.observe_hop(hop, ended.since(started));
        match &self.0.tracing {
            Some(tracing) => tracing.span(hop, parent, started, ended),
            None => parent,
        }
    }

    /// The context of a hop that has not ended, for an event that carries it to the next hop before
    /// the hop's end is known. Export the span with [`Telemetry::reserved_hop`].
    pub fn reserve(&self, parent: Option<TraceContext>) -> Option<TraceContext> {
        match &self.0.tracing {
            Some(tracing) => tracing.reserve(parent),
            None => parent,
        }
    }

    /// Like [`Telemetry::hop`], for a hop whose context was reserved.
    pub fn reserved_hop(
        &self,
        hop: Hop,
        reserved: Option<TraceContext>,
        parent: Option<TraceContext>,
        started: Timestamp,
        ended: Timestamp,
    ) {
        self.0.metrics.observe_hop(hop, ended.since(started));
        if let (Some(tracing), Some(reserved), Some(parent)) = (&self.0.tracing, reserved, parent) {
            tracing.reserved_span(hop, reserved, parent, started, ended);
        }
    }

    /// All metrics as OpenMetrics 1.0 text.
    pub fn render(&self) -> String {
        self.0.metrics.render()
    }

    /// Exports the spans that are buffered: for the end of a process. Takes at most a few seconds; a
    /// failure is logged.
    pub async fn flush(&self) {
        if let Some(tracing) = &self.0.tracing {
            tracing.flush().await;
        }
    }
}

#[cfg(test)]
mod tests;
