//! Tenants' wrapped keys, while the key that wraps them is replaced.

use crate::Result;
use async_trait::async_trait;
use pushmail_domain::TenantId;

/// Replaces wrapped keys, of all tenants: for whoever replaces the master key.
#[async_trait]
pub trait WrappedKeys: Send + Sync {
    /// Stores `after` as the tenant's keys if they are `before`; whether they were. It is durable then.
    async fn replace_keys(&self, tenant: TenantId, before: &[u8], after: &[u8]) -> Result<bool>;
}
