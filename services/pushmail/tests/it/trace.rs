//! One mail, seen by an operator: its trace and the metrics.

use crate::support::{Config, Gateway, LIMIT, Listener, mail, mailsim};
use pushmail_testkit::OtlpReceiver;
use pushmail_testkit::otlp::Span;

/// The hops, in order.
pub(crate) const HOPS: [&str; 5] = ["detect", "fetch", "append", "deliver", "ack"];
const USER: &str = "user1@tenant1.test";

fn span<'a>(spans: &'a [Span], hop: &str) -> Option<&'a Span> {
    let name = format!("pushmail.{hop}");
    spans.iter().find(|span| span.name == name)
}

#[tokio::test]
async fn all_spans_of_one_mail_arrive_correctly_linked_and_every_hop_is_counted() {
    let receiver = OtlpReceiver::start().await;
    let server = mailsim().await;
    let gateway = Gateway::start(&Config {
        ca_pem: server.ca_pem().to_owned(),
        otlp_endpoint: receiver.endpoint(),
        ..Config::default()
    })
    .await;
    let tenant = gateway.tenant("acme").await;
    let url = format!("imaps://{USER}@localhost:{}", server.addr().port());
    let account = gateway
        .account(&tenant, &url, &["--password-env", "PW"])
        .await;
    let mut listener = Listener::start(&gateway, &tenant, &account).await;
    server.wait_idling(1).await;
    let (id, raw) = mail("traced");
    server.deliver(USER, raw);
    assert_eq!(listener.mail().await, id);

    let chain = one_trace(&receiver).await;
    let traced = format!("{chain:?}");
    assert!(
        !traced.contains(USER) && !traced.contains(&account),
        "a trace names nobody"
    );
    assert_metrics(&gateway.get("/metrics"));
}

/// Waits for the spans of the only mail; each hop once, and each the child of the one before.
pub(crate) async fn one_trace(receiver: &OtlpReceiver) -> [Span; 5] {
    let all = |spans: &[Span]| HOPS.iter().all(|hop| span(spans, hop).is_some());
    let spans = receiver.wait_for(all, LIMIT).await;
    let chain = HOPS.map(|hop| span(&spans, hop).expect("every hop is exported").clone());
    assert!(
        chain[0].parent_span_id.is_empty(),
        "the trace begins with the mail"
    );
    for pair in chain.windows(2) {
        let (before, after) = (&pair[0], &pair[1]);
        assert_eq!(
            after.trace_id, before.trace_id,
            "{} is in another trace",
            after.name
        );
        assert_eq!(
            after.parent_span_id, before.span_id,
            "{}: parent",
            after.name
        );
        assert!(
            after.start_time_unix_nano >= before.start_time_unix_nano,
            "{}",
            after.name
        );
    }
    for hop in &chain {
        assert!(
            hop.end_time_unix_nano >= hop.start_time_unix_nano,
            "{}",
            hop.name
        );
        assert_eq!(
            spans.iter().filter(|span| span.name == hop.name).count(),
            1,
            "{}",
            hop.name
        );
    }
    chain
}

/// How often the hop was made, in these metrics.
pub(crate) fn counted(metrics: &str, hop: &str) -> u64 {
    let name = format!("pushmail_hop_seconds_count{{hop=\"{hop}\"}}");
    found(metrics, &name).unwrap_or(0)
}

fn assert_metrics(metrics: &str) {
    for hop in HOPS {
        assert!(counted(metrics, hop) >= 1, "{hop}:\n{metrics}");
    }
    let counters = [
        "pushmail_events_detected_total{type=\"message.new\"}",
        "pushmail_events_published_total{type=\"message.new\"}",
        "pushmail_events_published_total{type=\"account.state\"}",
        "pushmail_upstream_connects_total{outcome=\"live\"}",
        "pushmail_sessions_total{outcome=\"opened\"}",
        "pushmail_accounts{phase=\"live\"}",
    ];
    for name in counters {
        assert_eq!(sample(metrics, name), 1, "{name}:\n{metrics}");
    }
    let delivered = ["live", "replayed"].map(|mode| {
        sample(
            metrics,
            &format!("pushmail_events_delivered_total{{mode=\"{mode}\"}}"),
        )
    });
    assert!(delivered.iter().sum::<u64>() >= 1, "{metrics}");
    assert!(sample(metrics, "pushmail_acks_total") >= 1, "{metrics}");
    assert!(!metrics.contains("acc_"), "metrics name no account");
}

/// The value of a sample.
fn sample(metrics: &str, name: &str) -> u64 {
    found(metrics, name).unwrap_or_else(|| panic!("{name} is missing:\n{metrics}"))
}

fn found(metrics: &str, name: &str) -> Option<u64> {
    let mut values = metrics
        .lines()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    values.next()?.parse().ok()
}
