//! Opens sealed credentials, and seals content, with tenant keys unwrapped once per tenant.

use pushmail_domain::{
    Account, AccountId, Authentication, Entropy, EventId, Fault, FaultKind, TenantId,
};
use pushmail_registry::Registry;
use pushmail_seal::{MasterKey, TenantKeys, unwrap_tenant_keys};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How many tenants' keys are kept open. One more drops them all: unwrapping again is cheap.
const KEPT: usize = 4096;

/// Opens what accounts log in with; keeps the tenants' keys that are in use.
pub struct Credentials {
    registry: Arc<dyn Registry>,
    master: Arc<MasterKey>,
    entropy: Arc<dyn Entropy>,
    open: Mutex<HashMap<TenantId, Arc<TenantKeys>>>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl Credentials {
    /// Opens by this master key what this registry keeps.
    pub fn new(
        registry: Arc<dyn Registry>,
        master: Arc<MasterKey>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            registry,
            master,
            entropy,
            open: Mutex::default(),
        }
    }

    /// The tenant's keys, unwrapped; one copy for all of its accounts.
    ///
    /// # Errors
    /// [`FaultKind::Internal`] if the registry does not answer or has no such tenant,
    /// [`FaultKind::CredentialUnavailable`] if the keys do not open.
    pub async fn keys(&self, tenant: TenantId) -> Result<Arc<TenantKeys>, Fault> {
        if let Some(keys) = self.lock().get(&tenant) {
            return Ok(keys.clone());
        }
        let row = self.registry.tenant(tenant).await.map_err(registry_away)?;
        let row =
            row.ok_or_else(|| Fault::new(FaultKind::Internal, "the tenant no longer exists"))?;
        let keys = unwrap_tenant_keys(&row.keys, &self.master, tenant).map_err(|error| {
            Fault::new(
                FaultKind::CredentialUnavailable,
                "the tenant's keys cannot be opened: is this the master key that the tenant was made with?",
            )
            .caused_by(error)
        })?;
        let keys = Arc::new(keys);
        let mut open = self.lock();
        if open.len() >= KEPT {
            open.clear();
        }
        open.insert(tenant, keys.clone());
        Ok(keys)
    }

    /// What the account logs in with.
    ///
    /// # Errors
    /// Those of [`Credentials::keys`]; [`FaultKind::CredentialUnavailable`] if there is no credential, or it
    /// does not open.
    pub async fn authentication(&self, account: &Account) -> Result<Authentication, Fault> {
        let keys = self.keys(account.tenant).await?;
        let sealed = self.sealed(account).await?;
        open(&keys, account.id, &sealed)
    }

    /// The same as it is stored: sealed. For whoever needs it again and again, also while the registry is away.
    ///
    /// # Errors
    /// [`FaultKind::Internal`] if the registry does not answer, [`FaultKind::CredentialUnavailable`] if there is no
    /// credential.
    pub async fn sealed(&self, account: &Account) -> Result<Vec<u8>, Fault> {
        let sealed = self.registry.credential(account.tenant, account.id).await;
        let sealed = sealed.map_err(registry_away)?;
        // A wiped account has an empty one.
        sealed.filter(|sealed| !sealed.is_empty()).ok_or_else(|| {
            Fault::new(
                FaultKind::CredentialUnavailable,
                "the account has no credential any more",
            )
        })
    }

    /// Seals an event's content with the tenant's content key.
    pub fn seal(
        &self,
        keys: &TenantKeys,
        event: EventId,
        account: AccountId,
        content: &[u8],
    ) -> Vec<u8> {
        keys.content().seal(event, account, content, &*self.entropy)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<TenantId, Arc<TenantKeys>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens what [`Credentials::sealed`] gave, by the keys of the account's tenant.
///
/// # Errors
/// [`FaultKind::CredentialUnavailable`] if it does not open.
pub fn open(keys: &TenantKeys, account: AccountId, sealed: &[u8]) -> Result<Authentication, Fault> {
    keys.credentials().open(account, sealed).map_err(|error| {
        Fault::new(
            FaultKind::CredentialUnavailable,
            "the stored credential cannot be opened: give the account a new one (UpdateAccount)",
        )
        .caused_by(error)
    })
}

fn registry_away(error: pushmail_registry::RegistryError) -> Fault {
    Fault::new(
        FaultKind::Internal,
        "the registry does not answer; trying again",
    )
    .caused_by(error)
}
