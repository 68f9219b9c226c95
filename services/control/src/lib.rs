//! The control service: tenants, accounts, devices and events, for operators.
//!
//! [`build`] makes the four gRPC services of `pushmail.v1` that operators call. Each checks the
//! [admin key](admin_key) before anything else, then every field of the request, and only then
//! touches the registry or the log.

mod accounts;
pub mod admin_key;
mod auth;
mod devices;
mod egress;
mod events;
mod page;
mod reply;
mod state;
mod tail;
mod tenants;
mod validate;

use auth::AdminAuth;
use pushmail_domain::{Clock, Entropy};
use pushmail_eventlog::EventLog;
use pushmail_proto::v1::{
    accounts_server::AccountsServer, devices_server::DevicesServer, events_server::EventsServer,
    tenants_server::TenantsServer,
};
use pushmail_registry::{Registry, RegistryError};
use pushmail_runtime::{Lifecycle, Telemetry};
use pushmail_seal::MasterKey;
use pushmail_upstream::egress::EgressGuard;
use state::State;
use std::sync::Arc;
use tokio::sync::Notify;
use tonic::service::{RoutesBuilder, interceptor::InterceptedService};

/// The longest request taken, in bytes: several times the longest valid one (invariant 8).
const MAX_REQUEST: usize = 64 * 1024;

/// How the control service behaves.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many events wait for a slow reader of `TailEvents` before some are left out; at least 1.
    pub tail_buffer: usize,
    /// How many `TailEvents` calls are open at once; one more is refused.
    pub max_tails: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            tail_buffer: 256,
            max_tails: 64,
        }
    }
}

/// What the control service works with.
pub struct Deps {
    /// Tenants, accounts, devices.
    pub registry: Arc<dyn Registry>,
    /// What was announced.
    pub log: Arc<dyn EventLog>,
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
    /// Runs the tasks of open tails and ends them.
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
    #[error("control.{key} is 0: set it to at least 1")]
    Config {
        /// The key within the section.
        key: &'static str,
    },
    /// The registry failed.
    #[error("the admin key's hash could not be read from the registry")]
    Registry(#[from] RegistryError),
}

type Guarded<S> = InterceptedService<S, AdminAuth>;

/// The four services, ready to be served.
pub struct Control {
    tenants: Guarded<TenantsServer<State>>,
    accounts: Guarded<AccountsServer<State>>,
    devices: Guarded<DevicesServer<State>>,
    events: Guarded<EventsServer<State>>,
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").finish_non_exhaustive()
    }
}

impl Control {
    /// Adds the four services to a server's routes.
    pub fn register(self, routes: &mut RoutesBuilder) {
        routes
            .add_service(self.tenants)
            .add_service(self.accounts)
            .add_service(self.devices)
            .add_service(self.events);
    }
}

/// Makes the services. The admin key must exist: see [`admin_key::ensure`].
///
/// # Errors
/// [`BuildError`], if a limit is 0, there is no admin key, or the registry fails.
pub async fn build(config: Config, deps: Deps) -> Result<Control, BuildError> {
    refuse_zero("tail_buffer", config.tail_buffer)?;
    refuse_zero("max_tails", config.max_tails)?;
    let hash = admin_key::stored(&*deps.registry).await?;
    let auth = AdminAuth::new(hash, deps.telemetry.clone());
    let state = Arc::new(State::new(&config, deps));
    let tenants = TenantsServer::from_arc(Arc::clone(&state));
    let accounts = AccountsServer::from_arc(Arc::clone(&state));
    let devices = DevicesServer::from_arc(Arc::clone(&state));
    let events = EventsServer::from_arc(state);
    Ok(Control {
        tenants: Guarded::new(tenants.max_decoding_message_size(MAX_REQUEST), auth.clone()),
        accounts: Guarded::new(
            accounts.max_decoding_message_size(MAX_REQUEST),
            auth.clone(),
        ),
        devices: Guarded::new(devices.max_decoding_message_size(MAX_REQUEST), auth.clone()),
        events: Guarded::new(events.max_decoding_message_size(MAX_REQUEST), auth),
    })
}

fn refuse_zero(key: &'static str, value: usize) -> Result<(), BuildError> {
    if value == 0 {
        return Err(BuildError::Config { key });
    }
    Ok(())
}
