//! Spans over OTLP/gRPC, to a collector of the test's own.

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use pushmail_domain::Timestamp;
use pushmail_runtime::{Hop, SystemEntropy, Telemetry, TelemetryConfig};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Span>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let spans = request.into_inner().resource_spans.into_iter();
        let spans = spans.flat_map(|resource| resource.scope_spans);
        let spans = spans.flat_map(|scope| scope.spans);
        self.0.lock().unwrap().extend(spans);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    async fn start(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tonic::transport::Server::builder()
            .add_service(TraceServiceServer::new(self.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(server);
        address
    }
}

fn config(endpoint: SocketAddr) -> TelemetryConfig {
    TelemetryConfig {
        otlp_endpoint: Some(format!("http://{endpoint}")),
        sample_ratio: 1.0,
        service_name: "pushmail-test".into(),
    }
}

#[tokio::test]
async fn a_flush_brings_every_span_to_the_collector_correctly_linked() {
    let collector = Collector::default();
    let endpoint = collector.start().await;
    let entropy = Arc::new(SystemEntropy);
    let telemetry = Telemetry::new(&config(endpoint), entropy).unwrap();
    let mut context = None;
    for hop in Hop::ALL {
        let (started, ended) = (Timestamp::from_micros(5), Timestamp::from_micros(9));
        context = telemetry.hop(hop, context, started, ended);
    }
    telemetry.flush().await;
    let spans = collector.0.lock().unwrap();
    assert_eq!(spans.len(), Hop::ALL.len());
    assert!(spans[0].parent_span_id.is_empty());
    for pair in spans.windows(2) {
        assert_eq!(pair[1].parent_span_id, pair[0].span_id);
        assert_eq!(pair[1].trace_id, pair[0].trace_id);
    }
    assert_eq!(spans[4].name, "pushmail.ack");
    assert_eq!(spans[4].start_time_unix_nano, 5_000);
    assert_eq!(spans[4].end_time_unix_nano, 9_000);
    assert_eq!(context.unwrap().span_id, spans[4].span_id.as_slice());
}

#[tokio::test]
async fn a_collector_that_is_away_costs_spans_and_nothing_else() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let telemetry = Telemetry::new(&config(nobody), Arc::new(SystemEntropy)).unwrap();
    let now = Timestamp::from_micros(1);
    assert!(telemetry.hop(Hop::Detect, None, now, now).is_some());
    telemetry.flush().await;
}
