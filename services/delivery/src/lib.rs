//! The delivery service: devices connect, and receive their accounts' events.
//!
//! Data flows one way: the log's live tail -> `dispatch` (one subscription, by account) ->
//! `session` (order, gaps, replay) -> frames. Nothing here is durable: where a device stands is in
//! the resume tokens that it keeps ([`resume`]), so any process serves any device.
//!
//! Invariant: events of one account reach a device in log order; a gap is announced (`Reset`).
//! Invariant: every queue is bounded; what overflows is in the log.

mod auth;
mod dispatch;
mod gateway;
mod invalid;
mod keys;
mod outage;
mod presence;
pub mod resume;
mod session;

pub use gateway::Gateway;

use dispatch::Dispatcher;
use keys::ContentKeys;
use outage::Outage;
use pushmail_domain::{Clock, Entropy};
use pushmail_eventlog::EventLog;
use pushmail_pacer::SeenDevices;
use pushmail_proto::v1::device_gateway_server::DeviceGatewayServer;
use pushmail_registry::Registry;
use pushmail_runtime::{Lifecycle, Telemetry};
use pushmail_seal::MasterKey;
use resume::ResumeKey;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// The largest frame that a device may send: 64 tokens, or a filter, with room to spare.
const MAX_REQUEST: usize = 32 * 1024;
/// The largest frame that is sent: an event's content is bounded far below.
const MAX_RESPONSE: usize = 1024 * 1024;

/// How the delivery service works.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Something is sent to each device at least this often; more than 0.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub heartbeat: Duration,
    /// How many live events wait for one session before it counts as slow; at least 1.
    pub session_queue: usize,
    /// Of how many events a session measures the time to their acknowledgement at once.
    pub unacked: usize,
    /// How many sessions may be open; more are refused.
    pub max_sessions: usize,
    /// How often a session compares its accounts with the log, and itself with the registry; more
    /// than 0. A revoked token stays connected for so long at most, or, if the registry is away
    /// then, for so long after it answers again.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub compare_interval: Duration,
    /// In a drain, each device is served for a time between 0 and this, and then told to connect elsewhere. Where nobody else serves
    /// devices, all are told at once, to connect again after such a time.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub drain_spread: Duration,
    /// Sessions go on for this long after telling the device to go.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub drain_grace: Duration,
}

/// What the delivery service works with.
#[derive(Clone)]
pub struct Deps {
    /// Devices and tenants.
    pub registry: Arc<dyn Registry>,
    /// Where events come from.
    pub log: Arc<dyn EventLog>,
    /// Where to say whose devices are there.
    pub devices: Arc<dyn SeenDevices>,
    /// Opens tenants' content keys, and gives the key of resume tokens.
    pub master: Arc<MasterKey>,
    /// Metrics and traces.
    pub telemetry: Telemetry,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// Start and stop.
    pub lifecycle: Lifecycle,
    /// Whether other processes serve devices when this one drains.
    pub has_others: bool,
}

/// The delivery service, to be put into a server.
#[derive(Clone)]
pub struct Delivery {
    /// The gRPC service for devices.
    pub gateway: DeviceGatewayServer<Gateway>,
}

/// What the service's parts share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) registry: Arc<dyn Registry>,
    pub(crate) registry_outage: Outage,
    pub(crate) log_outage: Outage,
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) keys: ContentKeys,
    pub(crate) resume: ResumeKey,
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) places: Arc<Semaphore>,
    pub(crate) telemetry: Telemetry,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) has_others: bool,
}

/// Starts following the log under the lifecycle, and makes the service.
///
/// In a drain, sessions end one after the other, each a grace after its device was told to go; following ends after them.
pub fn build(config: Config, deps: Deps) -> Delivery {
    let dispatcher = Arc::new(Dispatcher::default());
    let following = dispatcher.clone().follow(
        deps.log.clone(),
        deps.telemetry.clone(),
        deps.lifecycle.clone(),
    );
    deps.lifecycle.attend("delivery.dispatch", following);
    let noting = presence::keep_noting(
        dispatcher.clone(),
        deps.devices.clone(),
        deps.lifecycle.draining(),
    );
    deps.lifecycle.attend("delivery.presence", noting);
    let shared = Shared {
        places: Arc::new(Semaphore::new(
            config.max_sessions.min(Semaphore::MAX_PERMITS),
        )),
        keys: ContentKeys::new(deps.registry.clone(), deps.master.clone()),
        resume: resume_key(&deps.master),
        config,
        registry: deps.registry,
        registry_outage: Outage::of("registry"),
        log_outage: Outage::of("event log"),
        log: deps.log,
        dispatcher,
        telemetry: deps.telemetry,
        clock: deps.clock,
        entropy: deps.entropy,
        lifecycle: deps.lifecycle,
        has_others: deps.has_others,
    };
    let gateway = DeviceGatewayServer::new(Gateway::new(Arc::new(shared)))
        .max_decoding_message_size(MAX_REQUEST)
        .max_encoding_message_size(MAX_RESPONSE);
    Delivery { gateway }
}

/// Signs by the master key, and reads what the one signed that is accepted beside it.
fn resume_key(master: &MasterKey) -> ResumeKey {
    let key = |master: &MasterKey| master.derive("resume-token");
    let own = ResumeKey::new(&key(master));
    match master.accepted() {
        Some(other) => own.accepting(&key(&other)),
        None => own,
    }
}
