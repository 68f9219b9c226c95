//! The control service: tenants, accounts, devices, events and messages, for operators.
//!
//! [`build`] makes the five gRPC services of `pushmail.v1` that operators call. Each checks the
//! [admin key](admin_key) before anything else, then every field of the request, and only then
//! touches the registry, the log or a mailbox. Messages are for devices too, with their own token.

mod accounts;
pub mod admin_key;
mod auth;
mod caller;
mod devices;
mod egress;
mod events;
mod fetching;
mod fleet;
mod messages;
mod page;
mod reply;
mod slots;
mod state;
mod subscribe;
mod tail;
mod tenants;
mod validate;

use auth::AdminAuth;
use pushmail_domain::{Clock, Entropy};
use pushmail_eventlog::TenantLog;
use pushmail_leases::Leases;
use pushmail_mailbox::Mailbox;
use pushmail_proto::v1::{
    accounts_server::AccountsServer, devices_server::DevicesServer, events_server::EventsServer,
    fleet_server::FleetServer, messages_server::MessagesServer, tenants_server::TenantsServer,
};
use pushmail_registry::{Registry, RegistryError, Subscriptions};
use pushmail_runtime::{Lifecycle, Telemetry};
use pushmail_seal::MasterKey;
use pushmail_upstream::egress::EgressGuard;
use state::State;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tonic::service::{RoutesBuilder, interceptor::InterceptedService};

/// The longest request taken, in bytes: several times the longest valid one (invariant 8).
const MAX_REQUEST: usize = 64 * 1024;
/// The largest chunk of a message that may be configured: clients take messages of up to 4 MiB.
const MAX_CHUNK: usize = 1024 * 1024;

/// How the control service behaves.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many events wait for a slow reader of `TailEvents` before some are left out; at least 1.
    pub tail_buffer: usize,
    /// How many `TailEvents` calls are open at once; one more is refused.
    pub max_tails: usize,
    /// How many `Subscribe` calls are open at once; one more is refused.
    pub max_subscribers: usize,
    /// How many subscriptions a tenant may have; at least 1.
    pub subscriptions_per_tenant: u32,
    /// How messages are handed out; a section of its own.
    #[serde(skip)]
    pub messages: MessagesConfig,
}

/// How the Messages service behaves.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessagesConfig {
    /// The largest chunk of an answer, in bytes; 1 to 1 MiB.
    pub largest_chunk: usize,
    /// The most bytes that one call gives; at least 1. Whoever wants more reads on.
    pub bytes_per_call: usize,
    /// How many calls of one tenant, its devices' included, are open at once; at least 1.
    pub calls_per_tenant: usize,
    /// How many of them for one account; at least 1.
    pub calls_per_account: usize,
    /// How long a call may take; more than 0.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub deadline: Duration,
}

impl Default for MessagesConfig {
    fn default() -> Self {
        Self {
            largest_chunk: 32 * 1024,
            bytes_per_call: 4 * 1024 * 1024,
            calls_per_tenant: 32,
            calls_per_account: 2,
            deadline: Duration::from_secs(60),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            tail_buffer: 256,
            max_tails: 64,
            max_subscribers: 256,
            subscriptions_per_tenant: 16,
            messages: MessagesConfig::default(),
        }
    }
}

/// What the control service works with.
pub struct Deps {
    /// Tenants, accounts, devices.
    pub registry: Arc<dyn Registry>,
    /// Where tenants' backends stand.
    pub subscriptions: Arc<dyn Subscriptions>,
    /// What was announced.
    pub log: Arc<dyn TenantLog>,
    /// Who owns what.
    pub leases: Arc<dyn Leases>,
    /// Where messages are read from.
    pub mailbox: Arc<dyn Mailbox>,
    /// Wraps the tenants' keys.
    pub master: Arc<MasterKey>,
    /// Says which addresses an account may be at (invariant 9).
    pub guard: Arc<EgressGuard>,
    /// Counts calls.
    pub telemetry: Telemetry,
    /// Dates what is made.
    pub clock: Arc<dyn Clock>,
    /// Makes ids, keys and tokens.
    pub entropy: Arc<dyn Entropy>,
    /// Runs the tasks of open tails and subscriptions and ends them.
    pub lifecycle: Lifecycle,
    /// Rung after each change of an account, so that the watcher looks at the change feed.
    pub nudge: Arc<Notify>,
}

/// The control service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The registry holds no admin key's hash: [`admin_key::ensure`] was not called before.
    #[error("the registry holds no admin key: start the gateway once so that it makes one")]
    NoAdminKey,
    /// What the registry holds as the admin key's hash has not 32 bytes.
    #[error("the admin key's hash in the registry is damaged: restore the registry from a backup")]
    DamagedAdminKey,
    /// The configuration breaks a limit.
    #[error("{key} is out of range: set it to {range}")]
    Config {
        /// The key with its section.
        key: &'static str,
        /// What it may be.
        range: &'static str,
    },
    /// The registry failed.
    #[error("the admin key's hash could not be read from the registry")]
    Registry(#[from] RegistryError),
}

type Guarded<S> = InterceptedService<S, AdminAuth>;

/// The six services, ready to be served.
pub struct Control {
    tenants: Guarded<TenantsServer<State>>,
    accounts: Guarded<AccountsServer<State>>,
    devices: Guarded<DevicesServer<State>>,
    events: Guarded<EventsServer<State>>,
    fleet: Guarded<FleetServer<State>>,
    /// Looks itself who is calling: see `caller`.
    messages: MessagesServer<State>,
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").finish_non_exhaustive()
    }
}

impl Control {
    /// Adds the six services to a server's routes.
    pub fn register(self, routes: &mut RoutesBuilder) {
        routes
            .add_service(self.tenants)
            .add_service(self.accounts)
            .add_service(self.devices)
            .add_service(self.events)
            .add_service(self.fleet)
            .add_service(self.messages);
    }
}

/// Makes the services. The admin key must exist: see [`admin_key::ensure`].
///
/// # Errors
/// [`BuildError`], if a limit is out of range, there is no admin key, or the registry fails.
pub async fn build(config: Config, deps: Deps) -> Result<Control, BuildError> {
    check(&config)?;
    let hash = admin_key::stored(&*deps.registry).await?;
    let auth = AdminAuth::new(hash, deps.telemetry.clone());
    let state = Arc::new(State::new(&config, hash, deps));
    let tenants = TenantsServer::from_arc(Arc::clone(&state));
    let accounts = AccountsServer::from_arc(Arc::clone(&state));
    let devices = DevicesServer::from_arc(Arc::clone(&state));
    let events = EventsServer::from_arc(Arc::clone(&state));
    let fleet = FleetServer::from_arc(Arc::clone(&state));
    let messages = MessagesServer::from_arc(state);
    Ok(Control {
        tenants: Guarded::new(tenants.max_decoding_message_size(MAX_REQUEST), auth.clone()),
        accounts: Guarded::new(
            accounts.max_decoding_message_size(MAX_REQUEST),
            auth.clone(),
        ),
        devices: Guarded::new(devices.max_decoding_message_size(MAX_REQUEST), auth.clone()),
        events: Guarded::new(events.max_decoding_message_size(MAX_REQUEST), auth.clone()),
        fleet: Guarded::new(fleet.max_decoding_message_size(MAX_REQUEST), auth),
        messages: messages.max_decoding_message_size(MAX_REQUEST),
    })
}

fn check(config: &Config) -> Result<(), BuildError> {
    const AT_LEAST_1: &str = "at least 1";
    let messages = &config.messages;
    for (key, value) in [
        ("control.tail_buffer", config.tail_buffer),
        ("control.max_tails", config.max_tails),
        ("control.max_subscribers", config.max_subscribers),
        (
            "control.subscriptions_per_tenant",
            usize::try_from(config.subscriptions_per_tenant).unwrap_or(usize::MAX),
        ),
        ("messages.bytes_per_call", messages.bytes_per_call),
        ("messages.calls_per_tenant", messages.calls_per_tenant),
        ("messages.calls_per_account", messages.calls_per_account),
    ] {
        if value == 0 {
            let range = AT_LEAST_1;
            return Err(BuildError::Config { key, range });
        }
    }
    if !(1..=MAX_CHUNK).contains(&messages.largest_chunk) {
        let (key, range) = ("messages.largest_chunk", "1 to 1048576");
        return Err(BuildError::Config { key, range });
    }
    if messages.deadline.is_zero() {
        let (key, range) = ("messages.deadline", "more than 0s");
        return Err(BuildError::Config { key, range });
    }
    Ok(())
}
