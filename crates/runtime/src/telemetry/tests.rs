use super::*;
use opentelemetry::trace::SpanId;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SimpleSpanProcessor, SpanData, SpanExporter};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::UNIX_EPOCH;

/// Spans kept where the test can see them.
#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

/// 0 first, then 1, 2, 3 and so on, each byte of a draw the same.
#[derive(Default)]
struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

fn config(sample_ratio: f64) -> TelemetryConfig {
    TelemetryConfig {
        otlp_endpoint: None,
        sample_ratio,
        service_name: "test".into(),
    }
}

fn traced(sample_ratio: f64) -> (Telemetry, Kept) {
    let kept = Kept::default();
    let processor = SimpleSpanProcessor::new(kept.clone());
    let entropy = Arc::new(Counting::default());
    let tracing = Tracing::with_processor(&config(sample_ratio), entropy, processor);
    (Telemetry::build(Some(tracing)), kept)
}

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

#[test]
fn the_hops_of_a_mail_are_one_trace_each_the_child_of_the_one_before() {
    let (telemetry, kept) = traced(1.0);
    let mut context = None;
    for (start, hop) in (0..).step_by(10).zip(Hop::ALL) {
        context = telemetry.hop(hop, context, at(start), at(start + 7));
    }
    let spans = kept.0.lock().unwrap();
    let names: Vec<_> = spans.iter().map(|span| span.name.as_ref()).collect();
    assert_eq!(names, Hop::ALL.map(Hop::span_name));
    assert_eq!(spans[0].parent_span_id, SpanId::INVALID);
    for pair in spans.windows(2) {
        assert_eq!(pair[1].parent_span_id, pair[0].span_context.span_id());
        assert_eq!(
            pair[1].span_context.trace_id(),
            pair[0].span_context.trace_id()
        );
    }
    assert_eq!(spans[1].start_time, UNIX_EPOCH + Duration::from_micros(10));
    assert_eq!(spans[1].end_time, UNIX_EPOCH + Duration::from_micros(17));
    assert!(spans.iter().all(|span| span.attributes.is_empty()));
}

#[test]
fn ids_are_never_all_zero() {
    let (telemetry, _kept) = traced(1.0);
    let context = telemetry.hop(Hop::Detect, None, at(0), at(1)).unwrap();
    // The span's id is drawn first, from the zeros.
    assert_eq!(context.span_id, [0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(context.trace_id, [1; 16]);
    assert!(context.sampled);
}

#[test]
fn only_detection_starts_a_trace() {
    let (telemetry, kept) = traced(1.0);
    for hop in Hop::ALL.into_iter().skip(1) {
        assert_eq!(telemetry.hop(hop, None, at(0), at(1)), None);
    }
    assert!(kept.0.lock().unwrap().is_empty());
}

#[test]
fn a_parent_whose_trace_is_not_recorded_is_passed_on() {
    let (telemetry, kept) = traced(1.0);
    let parent = TraceContext {
        trace_id: [1; 16],
        span_id: [2; 8],
        sampled: false,
    };
    let next = telemetry.hop(Hop::Append, Some(parent), at(0), at(1));
    assert_eq!(next, Some(parent));
    assert!(kept.0.lock().unwrap().is_empty());
    assert_eq!(
        Telemetry::disabled().hop(Hop::Append, Some(parent), at(0), at(1)),
        Some(parent)
    );
}

#[test]
fn the_share_of_traced_mails_is_the_configured_one() {
    // Draws of 0 to 255 in turn are evenly spread; a traced mail draws two ids more.
    let (none, kept_none) = traced(0.0);
    let (quarter, kept_quarter) = traced(0.25);
    for _ in 0..3000 {
        none.hop(Hop::Detect, None, at(0), at(1));
        quarter.hop(Hop::Detect, None, at(0), at(1));
    }
    assert!(kept_none.0.lock().unwrap().is_empty());
    let share = kept_quarter.0.lock().unwrap().len();
    assert!((250..1000).contains(&share), "{share} of 3000");
}

#[test]
fn every_metric_is_rendered_from_the_start() {
    let text = Telemetry::disabled().render();
    let abouts = (Counter::ALL.map(Counter::about).into_iter())
        .chain(Gauge::ALL.map(Gauge::about))
        .chain(Timing::ALL.map(Timing::about))
        .chain([names::HOPS]);
    for about in abouts {
        let family = about.name.trim_end_matches("_total");
        assert!(text.contains(&format!("# HELP {family} {}.\n", about.help)));
        for value in about.label.map_or(&[][..], |label| label.values) {
            let key = about.label.unwrap().key;
            assert!(text.contains(&format!("{key}=\"{value}\"")), "{value}");
        }
        assert!(
            text.contains(&format!("\n{}", about.name)),
            "{}",
            about.name
        );
    }
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn a_metric_s_place_in_its_list_is_its_place_in_its_enum() {
    assert!(
        Counter::ALL
            .iter()
            .enumerate()
            .all(|(i, it)| *it as usize == i)
    );
    assert!(
        Gauge::ALL
            .iter()
            .enumerate()
            .all(|(i, it)| *it as usize == i)
    );
    assert!(
        Timing::ALL
            .iter()
            .enumerate()
            .all(|(i, it)| *it as usize == i)
    );
    assert!(Hop::ALL.iter().enumerate().all(|(i, it)| *it as usize == i));
}

#[test]
fn what_is_counted_is_rendered() {
    let telemetry = Telemetry::disabled();
    telemetry.count(Counter::Acks, "", 3);
    telemetry.count(Counter::EventsDelivered, "live", 2);
    telemetry.gauge(Gauge::OpenSessions, "", 5);
    telemetry.gauge(Gauge::OpenSessions, "", -1);
    telemetry.observe(Timing::LogCommit, Duration::from_millis(3));
    telemetry.hop(Hop::Deliver, None, at(0), at(2_000));
    let text = telemetry.render();
    for line in [
        "pushmail_acks_total 3",
        "pushmail_events_delivered_total{mode=\"live\"} 2",
        "pushmail_events_delivered_total{mode=\"replayed\"} 0",
        "pushmail_open_sessions 4",
        "pushmail_log_commit_seconds_bucket{le=\"0.0025\"} 0",
        "pushmail_log_commit_seconds_bucket{le=\"0.005\"} 1",
        "pushmail_hop_seconds_count{hop=\"deliver\"} 1",
        "pushmail_hop_seconds_sum{hop=\"deliver\"} 0.002",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
}

#[test]
fn a_ratio_out_of_range_is_refused_with_its_key() {
    for ratio in [-0.1, 1.1, f64::NAN] {
        let error = Telemetry::new(&config(ratio), Arc::new(Counting::default())).unwrap_err();
        assert_eq!(error.kind, TelemetryErrorKind::Invalid);
        assert!(error.to_string().contains("telemetry.sample_ratio"));
    }
}

#[test]
fn an_endpoint_outside_of_a_runtime_is_refused() {
    let mut config = config(1.0);
    config.otlp_endpoint = Some("http://127.0.0.1:4317".into());
    let error = Telemetry::new(&config, Arc::new(Counting::default())).unwrap_err();
    assert_eq!(error.kind, TelemetryErrorKind::NoRuntime);
}

#[tokio::test]
async fn an_endpoint_that_is_no_address_is_refused_with_its_key() {
    let mut config = config(1.0);
    config.otlp_endpoint = Some("http://a b".into());
    let error = Telemetry::new(&config, Arc::new(Counting::default())).unwrap_err();
    assert_eq!(error.kind, TelemetryErrorKind::Invalid);
    assert!(error.to_string().contains("telemetry.otlp_endpoint"));
}
