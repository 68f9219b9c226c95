//! Spans with given times and given parents, exported over OTLP.

use super::exporter;
use super::names::Hop;
use super::{TelemetryConfig, TelemetryError, TelemetryErrorKind};
use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceId,
    TraceState, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, IdGenerator, Sampler, SdkTracer, SdkTracerProvider,
    SpanProcessor,
};
use pushmail_domain::{Entropy, Timestamp, TraceContext};
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Spans that wait for export, at most; beyond that they are dropped.
const QUEUE: usize = 16_384;
/// Spans in one export.
const BATCH: usize = 512;
/// The longest wait of a span for its batch to fill.
const DELAY: Duration = Duration::from_secs(1);

thread_local! {
    /// The id that the span being built on this thread has to get: the SDK asks its generator for
    /// every id, and its builder takes none.
    static RESERVED: Cell<Option<[u8; 8]>> = const { Cell::new(None) };
}

/// Where spans go, and how many.
#[derive(Debug)]
pub(super) struct Tracing {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    sample_ratio: f64,
    entropy: Ids,
}

/// Span and trace ids from the injected entropy.
#[derive(Clone)]
struct Ids(Arc<dyn Entropy>);

impl Tracing {
    /// None without an endpoint.
    pub(super) fn new(
        config: &TelemetryConfig,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Option<Self>, TelemetryError> {
        check_ratio(config.sample_ratio)?;
        let endpoint = config.otlp_endpoint.as_deref().unwrap_or_default();
        if endpoint.is_empty() {
            return Ok(None);
        }
        let processor = BatchSpanProcessor::builder(exporter::otlp(endpoint)?)
            .with_batch_config(
                BatchConfigBuilder::default()
                    .with_max_queue_size(QUEUE)
                    .with_max_export_batch_size(BATCH)
                    .with_scheduled_delay(DELAY)
                    .build(),
            )
            .build();
        Ok(Some(Self::with_processor(config, entropy, processor)))
    }

    pub(super) fn with_processor(
        config: &TelemetryConfig,
        entropy: Arc<dyn Entropy>,
        processor: impl SpanProcessor + 'static,
    ) -> Self {
        let entropy = Ids(entropy);
        let resource = Resource::builder()
            .with_service_name(config.service_name.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(processor)
            .with_id_generator(entropy.clone())
            // Whether a mail is traced is decided before a span is built.
            .with_sampler(Sampler::AlwaysOn)
            .with_resource(resource)
            .build();
        Self {
            tracer: provider.tracer("pushmail"),
            provider,
            sample_ratio: config.sample_ratio,
            entropy,
        }
    }

    /// Exports the hop's span if its mail is traced; returns the next hop's parent.
    pub(super) fn span(
        &self,
        hop: Hop,
        parent: Option<TraceContext>,
        started: Timestamp,
        ended: Timestamp,
    ) -> Option<TraceContext> {
        let around = match parent {
            Some(parent) if parent.sampled => {
                Context::new().with_remote_span_context(from_domain(parent))
            }
            Some(_) => return parent,
            None if hop == Hop::Detect && self.starts_trace() => Context::new(),
            None => return None,
        };
        // After the provider's end a span has no context: the mail keeps the one it came with.
        self.export(hop, &around, started, ended).or(parent)
    }

    /// An id for a span whose hop is not over yet, so that what comes after it can name it as its parent.
    pub(super) fn reserve(&self, parent: Option<TraceContext>) -> Option<TraceContext> {
        let parent = parent?;
        let span_id = if parent.sampled {
            self.entropy.draw()
        } else {
            parent.span_id
        };
        Some(TraceContext { span_id, ..parent })
    }

    /// Exports the hop's span under the id that was reserved for it.
    pub(super) fn reserved_span(
        &self,
        hop: Hop,
        reserved: TraceContext,
        parent: TraceContext,
        started: Timestamp,
        ended: Timestamp,
    ) {
        if !reserved.sampled {
            return;
        }
        RESERVED.set(Some(reserved.span_id));
        let around = Context::new().with_remote_span_context(from_domain(parent));
        self.export(hop, &around, started, ended);
        RESERVED.set(None);
    }

    fn export(
        &self,
        hop: Hop,
        around: &Context,
        started: Timestamp,
        ended: Timestamp,
    ) -> Option<TraceContext> {
        let mut span = SpanBuilder::from_name(hop.span_name())
            .with_kind(SpanKind::Internal)
            .with_start_time(system_time(started))
            .start_with_context(&self.tracer, around);
        span.end_with_timestamp(system_time(ended.max(started)));
        to_domain(span.span_context())
    }

    /// Exports what is buffered.
    pub(super) async fn flush(&self) {
        let provider = self.provider.clone();
        // It blocks, and the export itself runs on this runtime.
        let flushed = tokio::task::spawn_blocking(move || provider.force_flush()).await;
        match flushed {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "spans could not be exported"),
            Err(error) => tracing::warn!(%error, "spans could not be flushed"),
        }
    }

    /// Whether the next mail is one of those that are traced.
    fn starts_trace(&self) -> bool {
        /// Steps of a ratio; f64 counts to 2^53 exactly.
        const STEPS: u64 = 1 << 53;
        #[expect(
            clippy::cast_precision_loss,
            reason = "both numbers are at most 2^53, which f64 holds exactly"
        )]
        let drawn = || self.entropy.0.below(STEPS) as f64 / STEPS as f64;
        self.sample_ratio >= 1.0 || (self.sample_ratio > 0.0 && drawn() < self.sample_ratio)
    }
}

fn check_ratio(ratio: f64) -> Result<(), TelemetryError> {
    if (0.0..=1.0).contains(&ratio) {
        return Ok(());
    }
    Err(TelemetryError {
        kind: TelemetryErrorKind::Invalid,
        message: format!(
            "telemetry.sample_ratio is {ratio}; it must be from 0 (no mail is traced) to 1 (all are)"
        ),
        source: None,
    })
}

fn system_time(at: Timestamp) -> SystemTime {
    UNIX_EPOCH + at.since(Timestamp::default())
}

fn from_domain(context: TraceContext) -> SpanContext {
    SpanContext::new(
        TraceId::from_bytes(context.trace_id),
        SpanId::from_bytes(context.span_id),
        TraceFlags::default().with_sampled(context.sampled),
        true,
        TraceState::NONE,
    )
}

fn to_domain(context: &SpanContext) -> Option<TraceContext> {
    context.is_valid().then(|| TraceContext {
        trace_id: context.trace_id().to_bytes(),
        span_id: context.span_id().to_bytes(),
        sampled: context.is_sampled(),
    })
}

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from_bytes(self.draw())
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from_bytes(RESERVED.take().unwrap_or_else(|| self.draw()))
    }
}

impl Ids {
    /// Random bytes, not all zero: zero is no id (W3C Trace Context, section 3.2.2).
    fn draw<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        if bytes == [0; N] {
            bytes[N - 1] = 1;
        }
        bytes
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}
