//! Who calls the Messages service: an operator with the admin key, or a device with its token.

use crate::admin_key;
use crate::auth::bearer;
use crate::reply::{self, Thing};
use crate::state::State;
use pushmail_domain::{Account, AccountId, DeviceToken, TenantId};
use pushmail_registry::Device;
use tonic::Status;
use tonic::metadata::MetadataMap;

/// One answer for everything that is missing, malformed or wrong, so that it tells nothing about which.
const REFUSAL: &str = "the admin key or device token is missing or wrong: send one of them in the \
    metadata entry \"authorization: Bearer …\"; the gateway wrote the admin key to a file in its data \
    directory at its first start, and `pushmail ctl device token` makes a device's";

/// Who is calling.
pub(crate) enum Caller {
    /// Sees every tenant.
    Operator,
    /// Sees its own accounts.
    Device(Device),
}

impl Caller {
    /// Who holds what the `authorization` entry holds (RFC 6750, section 2.1).
    pub(crate) async fn of(state: &State, metadata: &MetadataMap) -> Result<Self, Status> {
        let refused = || Status::unauthenticated(REFUSAL);
        let shown = bearer(metadata).ok_or_else(refused)?;
        if admin_key::verify(shown, &state.hash) {
            return Ok(Self::Operator);
        }
        let token = DeviceToken::parse(shown).ok_or_else(refused)?;
        let (tenant, device) = (token.tenant(), token.device());
        let away = |error| reply::registry(&error, Thing::Device(tenant, device));
        let registry = &state.deps.registry;
        let kept = registry.token(tenant, device).await.map_err(away)?;
        if !kept.is_some_and(|kept| token.matches(&kept)) {
            return Err(refused());
        }
        let found = registry.device(tenant, device).await.map_err(away)?;
        found.map(Self::Device).ok_or_else(refused)
    }

    /// The tenant whose accounts the caller may name, if it is not for the request to say.
    pub(crate) const fn tenant(&self) -> Option<TenantId> {
        match self {
            Self::Operator => None,
            Self::Device(device) => Some(device.tenant),
        }
    }

    /// The account, if the tenant has it and the caller may see it (invariant 6).
    pub(crate) async fn account(
        &self,
        state: &State,
        tenant: TenantId,
        id: AccountId,
    ) -> Result<Account, Status> {
        let sees = match self {
            Self::Operator => true,
            Self::Device(device) => device.tenant == tenant && device.accounts.contains(&id),
        };
        if !sees {
            return Err(reply::not_found(Thing::Account(tenant, id)));
        }
        state.account(tenant, id).await
    }
}
