//! The way to the collector.

use super::{TelemetryError, TelemetryErrorKind};
use opentelemetry_otlp::{SpanExporter as OtlpExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long the collector may take for one export.
const EXPORT: Duration = Duration::from_secs(5);

/// An exporter whose failures are logged: once when they begin, and once when they end.
#[derive(Debug)]
pub(super) struct Reporting<E> {
    exporter: E,
    failing: AtomicBool,
}

/// The exporter to an OTLP/gRPC collector; it connects by itself, again and again.
pub(super) fn otlp(endpoint: &str) -> Result<Reporting<OtlpExporter>, TelemetryError> {
    if tokio::runtime::Handle::try_current().is_err() {
        return Err(TelemetryError {
            kind: TelemetryErrorKind::NoRuntime,
            message: "telemetry.otlp_endpoint is set outside of a tokio runtime; build telemetry \
                      within the runtime"
                .into(),
            source: None,
        });
    }
    OtlpExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(EXPORT)
        .build()
        .map(Reporting::new)
        .map_err(|error| TelemetryError {
            kind: TelemetryErrorKind::Invalid,
            message: format!(
                "telemetry.otlp_endpoint `{endpoint}` cannot be used; write it as http://host:4317"
            ),
            source: Some(error.into()),
        })
}

impl<E> Reporting<E> {
    fn new(exporter: E) -> Self {
        Self {
            exporter,
            failing: AtomicBool::new(false),
        }
    }

    fn report(&self, result: &OTelSdkResult) {
        let was_failing = self.failing.swap(result.is_err(), Ordering::Relaxed);
        match result {
            Err(error) if !was_failing => {
                tracing::warn!(%error, "spans are being lost: the collector does not take them");
            }
            Ok(()) if was_failing => tracing::info!("the collector takes spans again"),
            _ => {}
        }
    }
}

impl<E: SpanExporter> SpanExporter for Reporting<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let result = self.exporter.export(batch).await;
        self.report(&result);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
