//! The gRPC listener: health and reflection beside the roles' services, TLS where configured.

use crate::config::Identity;
use anyhow::Context as _;
use pushmail_proto::DESCRIPTORS;
use pushmail_runtime::Lifecycle;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::service::Routes;
use tonic::transport::{Identity as TlsIdentity, Server, ServerTlsConfig};

/// HTTP/2 windows of a connection and of a stream: a device that does not read pins no more
/// (the defaults are a megabyte).
const WINDOW: u32 = 64 * 1024;
/// A connection whose peer is gone is noticed within this and the next.
const KEEPALIVE: Duration = Duration::from_secs(60);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);

/// A bound listener.
pub(super) struct GrpcListener {
    listener: TcpListener,
    tls: Option<ServerTlsConfig>,
}

/// Where gRPC is served.
pub(super) struct Served {
    pub(super) address: SocketAddr,
    pub(super) tls: bool,
}

impl GrpcListener {
    pub(super) async fn bind(
        address: SocketAddr,
        identity: Option<Identity>,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await;
        let listener =
            listener.with_context(|| format!("listen.grpc: cannot listen on {address}"))?;
        let tls = identity.map(|identity| {
            let identity = TlsIdentity::from_pem(identity.certificate, identity.key);
            ServerTlsConfig::new().identity(identity)
        });
        Ok(Self { listener, tls })
    }

    /// Serves until the process drains; then sends GOAWAY and finishes the open streams.
    pub(super) fn serve(self, routes: Routes, lifecycle: &Lifecycle) -> anyhow::Result<Served> {
        let served = Served {
            address: self.listener.local_addr()?,
            tls: self.tls.is_some(),
        };
        let mut server = Server::builder()
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .tcp_nodelay(true)
            .http2_keepalive_interval(Some(KEEPALIVE))
            .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT));
        if let Some(tls) = self.tls {
            server = server
                .tls_config(tls)
                .context("tls.certificate and tls.key do not fit")?;
        }
        let (reporter, health) = tonic_health::server::health_reporter();
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()?;
        let router = server
            .add_routes(routes)
            .add_service(health)
            .add_service(reflection);
        let (draining, stopping) = (lifecycle.draining(), lifecycle.stopping());
        let owner = lifecycle.clone();
        lifecycle.spawn("grpc", async move {
            reporter
                .set_service_status("", tonic_health::ServingStatus::Serving)
                .await;
            let drain = async move {
                draining.cancelled().await;
                reporter
                    .set_service_status("", tonic_health::ServingStatus::NotServing)
                    .await;
            };
            let serve =
                router.serve_with_incoming_shutdown(TcpListenerStream::new(self.listener), drain);
            tokio::select! {
                ended = serve => if let Err(error) = ended {
                    tracing::error!(%error, "the gRPC listener failed");
                    owner.fail("the gRPC listener has ended");
                },
                () = stopping.cancelled() => {}
            }
        });
        Ok(served)
    }
}
