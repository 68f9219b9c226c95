//! The right to be connecting: bounded for the worker, fair by tenant, the most urgent first, and held for a while only.

use crate::starting::Start;
use pushmail_domain::{Endpoint, Fault, FaultKind, TenantId};
use pushmail_upstream::breaker::Ticket;
use pushmail_upstream::queue::{Gate, Lane, Pass};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// From the dial until the account is live, whatever the server makes of its single steps.
pub(crate) const LIVE_WITHIN: Duration = Duration::from_secs(60);

/// No tenant has more than one in so many of the worker's permits: its silent servers leave room for
/// the accounts of others.
const SHARES: usize = 4;

type Tenants = Mutex<HashMap<TenantId, Tenant>>;

/// How many accounts may connect and log in at the same time, of one tenant and of all.
pub(crate) struct Connecting {
    worker: Gate,
    share: usize,
    /// Only tenants of which an account connects or waits to: no more than accounts are held.
    tenants: Arc<Tenants>,
}

struct Tenant {
    gate: Gate,
    /// How many of its accounts connect or wait to.
    accounts: usize,
}

/// The right of one account to be connecting; given back when dropped.
pub(crate) struct Permit {
    _worker: Pass,
    _tenant: Pass,
    _place: Place,
}

/// Keeps the tenant in the map.
struct Place {
    tenants: Arc<Tenants>,
    tenant: TenantId,
}

/// One account's way to being live. Dropped when it is, or when it has failed.
pub(crate) struct Attempt {
    _permit: Permit,
    _start: Start,
    ticket: Ticket,
}

impl Connecting {
    /// For at most so many accounts at the same time; at least 1.
    pub(crate) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self {
            worker: Gate::new(most),
            share: (most / SHARES).max(1),
            tenants: Arc::default(),
        }
    }

    /// Waits for the right to connect an account of the tenant. The most urgent come first; of those that are as urgent,
    /// accounts of one tenant come in turn, and tenants do: one of them never has more than its share in the worker's line.
    pub(crate) async fn enter(&self, tenant: TenantId, lane: Lane) -> Permit {
        let (place, gate) = self.place(tenant);
        let own = gate.enter(tenant, lane).await;
        Permit {
            _worker: self.worker.enter(tenant, lane).await,
            _tenant: own,
            _place: place,
        }
    }

    fn place(&self, tenant: TenantId) -> (Place, Gate) {
        let mut tenants = lock(&self.tenants);
        let entry = tenants.entry(tenant).or_insert_with(|| Tenant {
            gate: Gate::new(self.share),
            accounts: 0,
        });
        entry.accounts += 1;
        let place = Place {
            tenants: self.tenants.clone(),
            tenant,
        };
        (place, entry.gate.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut tenants = lock(&self.tenants);
        if let Some(entry) = tenants.get_mut(&self.tenant) {
            entry.accounts -= 1;
            if entry.accounts == 0 {
                tenants.remove(&self.tenant);
            }
        }
    }
}

impl Attempt {
    /// An attempt by these rights and with the provider's leave.
    pub(crate) const fn new(permit: Permit, start: Start, ticket: Ticket) -> Self {
        Self {
            _permit: permit,
            _start: start,
            ticket,
        }
    }

    /// The server took the login.
    pub(crate) fn succeeded(self) {
        self.ticket.succeeded();
    }

    /// It ended in this.
    pub(crate) fn failed(self, kind: FaultKind) {
        self.ticket.failed(kind);
    }
}

/// The account was not live in time.
pub(crate) fn too_slow(endpoint: &Endpoint) -> Fault {
    Fault::new(
        FaultKind::Timeout,
        format!(
            "{endpoint} did not get the account ready within {} s: it is slow, or not the mail server that it should be",
            LIVE_WITHIN.as_secs()
        ),
    )
}

fn lock(tenants: &Tenants) -> MutexGuard<'_, HashMap<TenantId, Tenant>> {
    tenants.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
