//! The helpers, helped.

mod backing;
mod dovecot;
mod hostile;
mod proxy;
mod servers;
mod sogo;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans};
use pushmail_testkit::otlp::Span;
use pushmail_testkit::{OtlpReceiver, Process};
use std::time::Duration;
use tokio::process::Command;

const LIMIT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn the_trace_receiver_collects_what_is_exported() {
    let receiver = OtlpReceiver::start().await;
    let mut client = TraceServiceClient::connect(receiver.endpoint())
        .await
        .unwrap();
    for name in ["detect", "fetch"] {
        let name = name.to_owned();
        let spans = vec![Span {
            name,
            ..Span::default()
        }];
        let scope_spans = vec![ScopeSpans {
            spans,
            ..ScopeSpans::default()
        }];
        let resource_spans = vec![ResourceSpans {
            scope_spans,
            ..ResourceSpans::default()
        }];
        client
            .export(ExportTraceServiceRequest { resource_spans })
            .await
            .unwrap();
    }
    let spans = receiver.wait_for(|spans| spans.len() == 2, LIMIT).await;
    assert_eq!(spans[1].name, "fetch");
}

fn shell(script: &str) -> Process {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    Process::start(command)
}

#[tokio::test]
async fn a_process_is_read_and_killed() {
    let mut process = shell("echo one; echo two; exec sleep 600");
    assert_eq!(
        process
            .wait_for_line(|line| line.starts_with("tw"), LIMIT)
            .await,
        "two"
    );
    process.kill().await;
    assert_eq!(process.next_line().await, None);
}

#[tokio::test]
async fn a_process_that_is_asked_to_end_tells_its_exit_code() {
    let mut process = shell("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done");
    process.wait_for_line(|line| line == "ready", LIMIT).await;
    assert_eq!(process.terminate(LIMIT).await, Some(7));
}

#[tokio::test]
#[should_panic(expected = "went wrong")]
async fn a_process_that_ends_too_soon_shows_its_errors() {
    let mut process = shell("echo went wrong >&2; sleep 0.05");
    process.wait_for_line(|_| true, LIMIT).await;
}
