//! The gRPC service: lets devices in.

use crate::Shared;
use crate::auth::authenticate;
use crate::session::{self, Frame, MAX_ACCOUNTS};
use pushmail_domain::DeviceToken;
use pushmail_proto::v1::{ConnectRequest, device_gateway_server::DeviceGateway};
use pushmail_registry::Device;
use pushmail_runtime::{Counter, Gauge, Telemetry};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status, Streaming};

/// How many frames may lie between a session and its HTTP/2 stream.
const OUTBOUND: usize = 16;

/// The service that devices connect to.
#[derive(Clone)]
pub struct Gateway(Arc<Shared>);

/// A session's place among the open ones, given up when dropped.
struct Slot {
    telemetry: Telemetry,
    _place: OwnedSemaphorePermit,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.telemetry.gauge(Gauge::OpenSessions, "", -1);
    }
}

impl Gateway {
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    async fn admit(&self, metadata: &MetadataMap) -> Result<(Device, DeviceToken, Slot), Status> {
        let shared = &self.0;
        if shared.lifecycle.draining().is_cancelled() {
            return Err(session::leaving());
        }
        let place = shared.places.clone().try_acquire_owned().map_err(|_| {
            Status::resource_exhausted(
                "the gateway has no room for another session: connect again later",
            )
        })?;
        let (device, token) = authenticate(&*shared.registry, metadata).await?;
        if device.accounts.is_empty() {
            return Err(Status::failed_precondition(
                "the device has no accounts: all were deleted; register the device anew",
            ));
        }
        if device.accounts.len() > MAX_ACCOUNTS {
            return Err(Status::failed_precondition(
                "the device has more than 64 accounts",
            ));
        }
        shared.telemetry.gauge(Gauge::OpenSessions, "", 1);
        let slot = Slot {
            telemetry: shared.telemetry.clone(),
            _place: place,
        };
        Ok((device, token, slot))
    }
}

#[tonic::async_trait]
impl DeviceGateway for Gateway {
    type ConnectStream = ReceiverStream<Frame>;

    async fn connect(
        &self,
        request: Request<Streaming<ConnectRequest>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        let shared = self.0.clone();
        let admitted = self.admit(request.metadata()).await;
        let outcome = if admitted.is_ok() {
            "opened"
        } else {
            "refused"
        };
        shared.telemetry.count(Counter::Sessions, outcome, 1);
        let (device, token, slot) = admitted?;
        let (sender, receiver) = mpsc::channel(OUTBOUND);
        let running = session::run(shared.clone(), device, token, request.into_inner(), sender);
        shared.lifecycle.spawn("delivery.session", async move {
            running.await;
            drop(slot);
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}
