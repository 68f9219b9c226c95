//! A receiver of traces (OTLP over gRPC).

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

pub use opentelemetry_proto::tonic::trace::v1::Span;

/// A receiver on a free loopback port, which keeps all spans it gets. Ends when dropped.
pub struct OtlpReceiver {
    addr: SocketAddr,
    spans: watch::Receiver<Vec<Span>>,
    server: JoinHandle<()>,
}

struct Collector(Arc<watch::Sender<Vec<Span>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let resources = request.into_inner().resource_spans.into_iter();
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        let new: Vec<Span> = scopes.flat_map(|scope| scope.spans).collect();
        self.0.send_modify(|spans| spans.extend(new));
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl OtlpReceiver {
    /// Starts a receiver on the current tokio runtime.
    ///
    /// # Panics
    /// When no loopback port can be had.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a free loopback port for the trace receiver");
        let addr = listener
            .local_addr()
            .expect("a bound socket has an address");
        let (send, spans) = watch::channel(Vec::new());
        let service = TraceServiceServer::new(Collector(Arc::new(send)));
        let server = tokio::spawn(async move {
            let incoming = TcpListenerStream::new(listener);
            let server = tonic::transport::Server::builder().add_service(service);
            let served = server.serve_with_incoming(incoming).await;
            served.expect("the trace receiver runs until it is dropped");
        });
        Self {
            addr,
            spans,
            server,
        }
    }

    /// The endpoint to configure an exporter with.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The spans so far, in order of arrival.
    pub fn spans(&self) -> Vec<Span> {
        self.spans.borrow().clone()
    }

    /// Waits until all spans so far satisfy `enough`; the spans.
    ///
    /// # Panics
    /// When they do not within `limit`; the message names the spans that came.
    pub async fn wait_for(&self, enough: impl Fn(&[Span]) -> bool, limit: Duration) -> Vec<Span> {
        let mut spans = self.spans.clone();
        let wait = spans.wait_for(|spans| enough(spans));
        if let Ok(Ok(found)) = tokio::time::timeout(limit, wait).await {
            return found.clone();
        }
        let names: Vec<String> = self.spans().into_iter().map(|span| span.name).collect();
        panic!("the spans awaited did not come within {limit:?}; these did: {names:?}");
    }
}

impl Drop for OtlpReceiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}
