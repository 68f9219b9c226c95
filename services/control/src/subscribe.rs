//! `Events.Subscribe`: a tenant's events to its backend, at least once, from a named position on.
//!
//! Data flows one way: the log, read by [`feed`] when its [`bell`] rings -> [`window`] (what is sent and not
//! acknowledged, and the position) -> [`session`] -> frames. Acknowledgements move the position, which the
//! registry keeps.
//!
//! Invariant: a position moves only over what is done, and is stored late, never ahead.
//! Invariant: a slow subscriber is waited for, and holds one page and its unacknowledged events' numbers.

mod bell;
mod delivery_id;
mod feed;
mod lane;
mod request;
mod running;
mod session;
mod window;

use crate::reply::{self, Thing};
use crate::state::State;
use crate::tail::Source;
use crate::validate::{self, Checks};
use crate::{Config, Deps};
use pushmail_domain::{Clock, Entropy, TenantId};
use pushmail_eventlog::TenantLog;
use pushmail_proto::convert::timestamp;
use pushmail_proto::v1 as pb;
use pushmail_registry::{Registry, RegistryError, RegistryErrorKind, Subscription, Subscriptions};
use pushmail_runtime::{Lifecycle, Telemetry};
use pushmail_seal::{MasterKey, unwrap_content_key};
use running::{Leave, Running};
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

/// How many frames may lie between a session and its HTTP/2 stream.
const OUTBOUND: usize = 16;

/// What a stream carries to the subscriber.
pub(crate) type Frame = Result<pb::SubscribeResponse, Status>;

/// What all subscriptions of this process share.
pub(crate) struct Subscribers {
    registry: Arc<dyn Registry>,
    subscriptions: Arc<dyn Subscriptions>,
    log: Arc<dyn TenantLog>,
    master: Arc<MasterKey>,
    telemetry: Telemetry,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    lifecycle: Lifecycle,
    running: Arc<Running>,
    /// One permit for each open stream.
    places: Arc<Semaphore>,
    per_tenant: u32,
}

impl Subscribers {
    /// Without a subscriber so far.
    pub(crate) fn new(config: &Config, deps: &Deps) -> Arc<Self> {
        let places = config.max_subscribers.min(Semaphore::MAX_PERMITS);
        Arc::new(Self {
            registry: Arc::clone(&deps.registry),
            subscriptions: Arc::clone(&deps.subscriptions),
            log: Arc::clone(&deps.log),
            master: Arc::clone(&deps.master),
            telemetry: deps.telemetry.clone(),
            clock: Arc::clone(&deps.clock),
            entropy: Arc::clone(&deps.entropy),
            lifecycle: deps.lifecycle.clone(),
            running: Arc::default(),
            places: Arc::new(Semaphore::new(places)),
            per_tenant: config.subscriptions_per_tenant,
        })
    }

    /// What opens the tenant's events.
    async fn source(&self, tenant: TenantId) -> Result<Source, Status> {
        let thing = Thing::Tenant(tenant);
        let found = self.registry.tenant(tenant).await;
        let found = found.map_err(|error| reply::registry(&error, thing))?;
        let wrapped = found.ok_or_else(|| reply::not_found(thing))?.keys;
        let key = unwrap_content_key(&wrapped, &self.master, tenant)
            .map_err(|error| reply::keys(&error, tenant))?;
        Ok(Source {
            tenant,
            account: None,
            key,
        })
    }
}

/// Opens a stream. What is wrong with the first frame is told as the stream's end: some clients wait for
/// the answer before they send it.
pub(crate) fn subscribe(
    state: &State,
    inbound: Streaming<pb::SubscribeRequest>,
) -> Result<ReceiverStream<Frame>, Status> {
    let shared = Arc::clone(&state.subscribers);
    if shared.lifecycle.draining().is_cancelled() {
        return Err(session::leaving());
    }
    let place = Arc::clone(&shared.places).try_acquire_owned();
    let place = place.map_err(|_| {
        reply::exhausted(
            "as many subscriptions are open as control.max_subscribers allows: end one, or raise it",
        )
    })?;
    let (outbound, frames) = mpsc::channel(OUTBOUND);
    let lifecycle = shared.lifecycle.clone();
    // The task ends by itself: with its subscriber, or at the drain.
    drop(lifecycle.spawn("control.subscription", async move {
        session::run(shared, inbound, outbound).await;
        drop(place);
    }));
    Ok(ReceiverStream::new(frames))
}

/// `ListSubscriptions`.
pub(crate) async fn list(
    state: &State,
    request: &pb::ListSubscriptionsRequest,
) -> Result<pb::ListSubscriptionsResponse, Status> {
    let tenant = validate::tenant(&request.tenant)?;
    state.tenant(tenant).await?;
    let shared = &state.subscribers;
    let found = shared.subscriptions.list_subscriptions(tenant).await;
    let found = found.map_err(|error| reply::registry(&error, Thing::Tenant(tenant)))?;
    let shown = found
        .into_iter()
        .map(|subscription| shown(shared, subscription));
    Ok(pb::ListSubscriptionsResponse {
        subscriptions: shown.collect(),
    })
}

/// `DeleteSubscription`.
pub(crate) async fn delete(
    state: &State,
    request: &pb::DeleteSubscriptionRequest,
) -> Result<pb::DeleteSubscriptionResponse, Status> {
    let mut checks = Checks::default();
    let tenant = checks.id("tenant", &request.tenant);
    let name = request::name(&mut checks, "name", &request.name);
    let (tenant, name) = tenant.zip(name).ok_or_else(|| checks.refused())?;
    let shared = &state.subscribers;
    let deleted = shared
        .subscriptions
        .delete_subscription(tenant, &name)
        .await;
    deleted.map_err(|error| failed(&error, tenant, &name))?;
    // After it is gone, so that it cannot be opened again in between and survive.
    shared.running.end(&(tenant, name), Leave::Deleted).await;
    Ok(pb::DeleteSubscriptionResponse {})
}

/// A registry operation on a subscription failed.
fn failed(error: &RegistryError, tenant: TenantId, name: &str) -> Status {
    match error.kind {
        RegistryErrorKind::NotFound => reply::no_subscription(tenant, name),
        _ => reply::registry(error, Thing::Tenant(tenant)),
    }
}

fn shown(shared: &Subscribers, subscription: Subscription) -> pb::Subscription {
    let Subscription { tenant, name, .. } = subscription;
    let position_time = subscription.marks.iter().map(|mark| mark.current_at).min();
    pb::Subscription {
        tenant: tenant.to_string(),
        created_at: Some(timestamp(subscription.created_at)),
        position_time: position_time.map(timestamp),
        open: shared.running.is_open(&(tenant, name.clone())),
        name,
    }
}
