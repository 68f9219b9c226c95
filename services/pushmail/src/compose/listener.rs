//! The gRPC listener: health and reflection beside the roles' services, TLS where configured.

mod incoming;

use crate::config::Identity;
use anyhow::Context as _;
use incoming::incoming;
use pushmail_proto::DESCRIPTORS;
use pushmail_runtime::{Lifecycle, Readiness};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tonic::service::Routes;
use tonic::transport::{Identity as TlsIdentity, Server, ServerTlsConfig};
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// HTTP/2 windows of a connection and of a stream: a device that does not read pins no more
/// (the defaults are a megabyte).
const WINDOW: u32 = 64 * 1024;
/// A connection whose peer is gone is noticed within this and the next.
const KEEPALIVE: Duration = Duration::from_secs(60);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);

/// A TLS handshake takes no longer than this.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Streams of one connection at once: a device needs one, `ctl` a few.
const STREAMS: u32 = 64;

/// What the health service knows by name.
const SERVICES: [&str; 7] = [
    "",
    "pushmail.v1.Accounts",
    "pushmail.v1.DeviceGateway",
    "pushmail.v1.Devices",
    "pushmail.v1.Events",
    "pushmail.v1.Fleet",
    "pushmail.v1.Tenants",
];

/// A bound listener.
pub(super) struct GrpcListener {
    listener: TcpListener,
    tls: Option<ServerTlsConfig>,
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
            ServerTlsConfig::new().identity(identity).timeout(HANDSHAKE)
        });
        Ok(Self { listener, tls })
    }

    /// Serves at most `connections` at once until the process drains; then sends GOAWAY and
    /// finishes the open streams. The health service says so, and when the process is ready.
    pub(super) fn serve(
        self,
        routes: Routes,
        connections: usize,
        readiness: Readiness,
        lifecycle: &Lifecycle,
    ) -> anyhow::Result<SocketAddr> {
        let address = self.listener.local_addr()?;
        let mut server = Server::builder()
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .max_concurrent_streams(STREAMS)
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
        lifecycle.attend(
            "grpc.health",
            report(reporter, readiness, lifecycle.clone()),
        );
        let (draining, stopping) = (lifecycle.draining(), lifecycle.stopping());
        let owner = lifecycle.clone();
        let incoming = incoming(self.listener, connections);
        lifecycle.spawn("grpc", async move {
            let serve = router.serve_with_incoming_shutdown(incoming, draining.cancelled_owned());
            tokio::select! {
                ended = serve => if let Err(error) = ended {
                    tracing::error!(%error, "the gRPC listener failed");
                    owner.fail("the gRPC listener has ended");
                },
                () = stopping.cancelled() => {}
            }
        });
        Ok(address)
    }
}

/// Keeps the health service true: serving whenever the process is ready, until it drains. The empty
/// name stands for the whole server, as the health protocol has it.
async fn report(reporter: HealthReporter, readiness: Readiness, lifecycle: Lifecycle) {
    let follow = async {
        loop {
            set_health(&reporter, ServingStatus::NotServing).await;
            readiness.wait().await;
            set_health(&reporter, ServingStatus::Serving).await;
            readiness.lost().await;
        }
    };
    lifecycle.draining().run_until_cancelled(follow).await;
    set_health(&reporter, ServingStatus::NotServing).await;
}

async fn set_health(reporter: &HealthReporter, status: ServingStatus) {
    for service in SERVICES {
        reporter.set_service_status(service, status).await;
    }
}
