//! A control that says what it is told to, and keeps what it was asked.

use async_trait::async_trait;
use pushmail_operator::control::{Control, ControlError, Fleet, FleetWorker};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Clones share one.
#[derive(Clone, Default)]
pub(crate) struct Gateway(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    away: bool,
    accounts: u64,
    workers: Vec<FleetWorker>,
    /// Tenants by the id of the request that made them.
    tenants: BTreeMap<String, String>,
}

impl Gateway {
    /// With so many accounts.
    pub(crate) fn with(accounts: u64) -> Self {
        let gateway = Self::default();
        gateway.lock().accounts = accounts;
        gateway
    }

    pub(crate) fn set_accounts(&self, accounts: u64) {
        self.lock().accounts = accounts;
    }

    pub(crate) fn set_away(&self, away: bool) {
        self.lock().away = away;
    }

    /// Has a worker with this name, that started then and has so many shards.
    pub(crate) fn worker(&self, name: &str, started_at: i64, shards: u32) {
        self.lock().workers.push(FleetWorker {
            id: format!("wrk_{name}_{started_at}"),
            name: name.to_owned(),
            started_at,
            draining: false,
            shards,
        });
    }

    /// The names of those that drain.
    pub(crate) fn draining(&self) -> Vec<String> {
        let inner = self.lock();
        let draining = inner.workers.iter().filter(|worker| worker.draining);
        draining.map(|worker| worker.name.clone()).collect()
    }

    /// All that drain have handed over what they had.
    pub(crate) fn hand_over(&self) {
        let mut inner = self.lock();
        for worker in inner.workers.iter_mut().filter(|worker| worker.draining) {
            worker.shards = 0;
        }
    }

    pub(crate) fn tenants(&self) -> Vec<String> {
        self.lock().tenants.values().cloned().collect()
    }

    pub(crate) fn erase(&self) {
        self.lock().tenants.clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().expect("nothing panics with it")
    }

    fn reached(&self) -> Result<(), ControlError> {
        match self.lock().away {
            false => Ok(()),
            true => Err(ControlError {
                doing: "was asked",
                why: "away".to_owned(),
            }),
        }
    }
}

#[async_trait]
impl Control for Gateway {
    async fn fleet(&self) -> Result<Fleet, ControlError> {
        self.reached()?;
        let inner = self.lock();
        Ok(Fleet {
            workers: inner.workers.clone(),
            accounts: inner.accounts,
        })
    }

    async fn drain(&self, worker: &str) -> Result<(), ControlError> {
        self.reached()?;
        let mut inner = self.lock();
        let mut workers = inner.workers.iter_mut();
        if let Some(found) = workers.find(|one| one.id == worker) {
            found.draining = true;
        }
        Ok(())
    }

    async fn create_tenant(&self, _: &str, request_id: &str) -> Result<String, ControlError> {
        self.reached()?;
        let mut inner = self.lock();
        let next = format!("ten_{}", inner.tenants.len());
        Ok(inner
            .tenants
            .entry(request_id.to_owned())
            .or_insert(next)
            .clone())
    }

    async fn has_tenant(&self, tenant: &str) -> Result<bool, ControlError> {
        self.reached()?;
        Ok(self.tenants().iter().any(|one| one == tenant))
    }

    async fn delete_tenant(&self, tenant: &str) -> Result<(), ControlError> {
        self.reached()?;
        self.lock().tenants.retain(|_, one| one != tenant);
        Ok(())
    }
}
