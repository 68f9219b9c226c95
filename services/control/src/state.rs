//! What the six services share.

use crate::admin_key::Hash;
use crate::reply::{self, Thing};
use crate::slots::Slots;
use crate::subscribe::Subscribers;
use crate::{Config, Deps, MessagesConfig};
use pushmail_domain::{Account, AccountId, TenantId};
use pushmail_registry::Tenant;
use pushmail_runtime::Counter;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tonic::{Code, Response, Status};

/// The state behind every service; each service is an `impl` of it, in the module of its name.
pub(crate) struct State {
    pub(crate) deps: Deps,
    /// One permit for each open tail.
    pub(crate) tails: Arc<Semaphore>,
    pub(crate) tail_buffer: usize,
    /// The admin key's hash.
    pub(crate) hash: Hash,
    pub(crate) messages: MessagesConfig,
    /// The `Fetch` calls that are open.
    pub(crate) fetches: Slots,
    pub(crate) subscribers: Arc<Subscribers>,
}

impl State {
    pub(crate) fn new(config: &Config, hash: Hash, deps: Deps) -> Self {
        Self {
            subscribers: Subscribers::new(config, &deps),
            deps,
            tails: Arc::new(Semaphore::new(config.max_tails.min(Semaphore::MAX_PERMITS))),
            tail_buffer: config.tail_buffer.min(Semaphore::MAX_PERMITS),
            hash,
            messages: config.messages.clone(),
            fetches: Slots::new(&config.messages),
        }
    }

    /// Counts a call by its code and wraps what it returns.
    pub(crate) fn answer<T>(&self, result: Result<T, Status>) -> Result<Response<T>, Status> {
        let code = result.as_ref().map_or_else(Status::code, |_| Code::Ok);
        self.deps
            .telemetry
            .count(Counter::ApiCalls, reply::code_name(code), 1);
        result.map(Response::new)
    }

    /// The tenant, or the status that says there is none.
    pub(crate) async fn tenant(&self, id: TenantId) -> Result<Tenant, Status> {
        let thing = Thing::Tenant(id);
        let found = self.deps.registry.tenant(id).await;
        found
            .map_err(|error| reply::registry(&error, thing))?
            .ok_or_else(|| reply::not_found(thing))
    }

    /// The tenant's account, or the status that says there is none.
    pub(crate) async fn account(&self, tenant: TenantId, id: AccountId) -> Result<Account, Status> {
        let thing = Thing::Account(tenant, id);
        let found = self.deps.registry.account(tenant, id).await;
        found
            .map_err(|error| reply::registry(&error, thing))?
            .ok_or_else(|| reply::not_found(thing))
    }
}
