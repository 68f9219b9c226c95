//! Tenants' content keys, unwrapped once and kept while they are in use.

use crate::auth::{refused, unavailable};
use pushmail_domain::TenantId;
use pushmail_registry::Registry;
use pushmail_seal::{ContentKey, MasterKey, unwrap_content_key};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tonic::Status;

/// How many keys are kept.
const KEPT: usize = 256;

/// Opens tenants' content keys; keeps the most recently used ones.
pub(crate) struct ContentKeys {
    registry: Arc<dyn Registry>,
    master: Arc<MasterKey>,
    /// The most recently used one last.
    kept: Mutex<VecDeque<(TenantId, ContentKey)>>,
}

impl ContentKeys {
    pub(crate) fn new(registry: Arc<dyn Registry>, master: Arc<MasterKey>) -> Self {
        Self {
            registry,
            master,
            kept: Mutex::new(VecDeque::new()),
        }
    }

    /// The tenant's content key, for the life of one session. `None` if it does not open: the
    /// tenant's events then go out without content.
    pub(crate) async fn of(&self, tenant: TenantId) -> Result<Option<ContentKey>, Status> {
        if let Some(key) = self.known(tenant) {
            return Ok(Some(key));
        }
        let row = self.registry.tenant(tenant).await;
        let row = row.map_err(|error| unavailable(&error))?;
        let row = row.ok_or_else(refused)?;
        match unwrap_content_key(&row.keys, &self.master, tenant) {
            Ok(key) => {
                self.keep(tenant, key.clone());
                Ok(Some(key))
            }
            Err(error) => {
                tracing::error!(%tenant, %error, "the tenant's content key does not open: check the master key");
                Ok(None)
            }
        }
    }

    fn known(&self, tenant: TenantId) -> Option<ContentKey> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().rposition(|(owner, _)| *owner == tenant)?;
        let entry = kept.remove(at)?;
        let key = entry.1.clone();
        kept.push_back(entry);
        Some(key)
    }

    fn keep(&self, tenant: TenantId, key: ContentKey) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((tenant, key));
    }
}
