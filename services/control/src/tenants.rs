//! The Tenants service.

use crate::page::List;
use crate::reply::{self, Thing};
use crate::state::State;
use crate::validate::{self, Checks};
use pushmail_domain::TenantId;
use pushmail_proto::convert::timestamp;
use pushmail_proto::v1 as pb;
use pushmail_registry::{Page, RegistryErrorKind, Tenant};
use pushmail_seal::TenantKeys;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::tenants_server::Tenants for State {
    async fn create_tenant(
        &self,
        request: Request<pb::CreateTenantRequest>,
    ) -> Result<Response<pb::CreateTenantResponse>, Status> {
        self.answer(create(self, request.into_inner()).await)
    }

    async fn get_tenant(
        &self,
        request: Request<pb::GetTenantRequest>,
    ) -> Result<Response<pb::GetTenantResponse>, Status> {
        self.answer(get(self, &request.into_inner()).await)
    }

    async fn list_tenants(
        &self,
        request: Request<pb::ListTenantsRequest>,
    ) -> Result<Response<pb::ListTenantsResponse>, Status> {
        self.answer(list(self, &request.into_inner()).await)
    }

    async fn delete_tenant(
        &self,
        request: Request<pb::DeleteTenantRequest>,
    ) -> Result<Response<pb::DeleteTenantResponse>, Status> {
        self.answer(delete(self, &request.into_inner()).await)
    }
}

async fn create(
    state: &State,
    request: pb::CreateTenantRequest,
) -> Result<pb::CreateTenantResponse, Status> {
    let mut checks = Checks::default();
    let name = checks.text("name", request.name, 1..=128);
    let request_id = checks.request_id(request.request_id);
    let (Some(name), Some(request_id)) = (name, request_id) else {
        return Err(checks.refused());
    };
    let tenant = new_tenant(state, name);
    let thing = Thing::Tenant(tenant.id);
    let registry = &state.deps.registry;
    let tenant = registry.create_tenant(tenant, request_id.as_deref()).await;
    let tenant = tenant.map_err(|error| reply::registry(&error, thing))?;
    Ok(pb::CreateTenantResponse {
        tenant: Some(write(tenant)),
    })
}

/// A tenant with fresh keys, wrapped by the master key (invariant 7).
fn new_tenant(state: &State, name: String) -> Tenant {
    let entropy = &*state.deps.entropy;
    let id = TenantId::random(entropy);
    let keys = TenantKeys::generate(entropy).wrap(&state.deps.master, id, entropy);
    Tenant {
        id,
        name,
        keys,
        created_at: state.deps.clock.now(),
    }
}

async fn get(
    state: &State,
    request: &pb::GetTenantRequest,
) -> Result<pb::GetTenantResponse, Status> {
    let tenant = state.tenant(validate::tenant(&request.tenant)?).await?;
    Ok(pb::GetTenantResponse {
        tenant: Some(write(tenant)),
    })
}

async fn list(
    state: &State,
    request: &pb::ListTenantsRequest,
) -> Result<pb::ListTenantsResponse, Status> {
    let mut checks = Checks::default();
    let list = Some(List::TENANTS);
    let Some(page) = checks.page(list, request.page_size, &request.page_token) else {
        return Err(checks.refused());
    };
    let tenants = state.deps.registry.list_tenants(page).await;
    let mut tenants = tenants.map_err(|error| reply::page(&error, None))?;
    let next_page_token = List::TENANTS.next_token(&page, &mut tenants, |tenant| tenant.id);
    Ok(pb::ListTenantsResponse {
        tenants: tenants.into_iter().map(write).collect(),
        next_page_token,
    })
}

async fn delete(
    state: &State,
    request: &pb::DeleteTenantRequest,
) -> Result<pb::DeleteTenantResponse, Status> {
    let id = validate::tenant(&request.tenant)?;
    let thing = Thing::Tenant(id);
    state.tenant(id).await?;
    purge(state, id).await?;
    let deleted = state.deps.registry.delete_tenant(id).await;
    deleted.map_err(|error| reply::registry(&error, thing))?;
    state.deps.nudge.notify_one();
    Ok(pb::DeleteTenantResponse {})
}

/// Purges the logged events of all of the tenant's accounts. What is appended until the watcher has
/// let go of them cannot be read any more: the keys go with the tenant.
async fn purge(state: &State, tenant: TenantId) -> Result<(), Status> {
    let mut after = None;
    loop {
        let page = Page { after, limit: 1000 };
        let accounts = match state.deps.registry.list_accounts(tenant, page).await {
            Ok(accounts) => accounts,
            // Somebody deleted the account that the page began at: purging twice does no harm.
            Err(error) if after.is_some() && error.kind == RegistryErrorKind::NotFound => {
                after = None;
                continue;
            }
            Err(error) => return Err(reply::registry(&error, Thing::Tenant(tenant))),
        };
        let Some(last) = accounts.last() else {
            return Ok(());
        };
        after = Some(last.id);
        for account in &accounts {
            let purged = state.deps.log.purge_account(tenant, account.id, None).await;
            purged.map_err(|error| reply::log(&error))?;
        }
    }
}

fn write(tenant: Tenant) -> pb::Tenant {
    pb::Tenant {
        id: tenant.id.to_string(),
        name: tenant.name,
        created_at: Some(timestamp(tenant.created_at)),
    }
}
