//! The Accounts service.

mod write;

use crate::egress;
use crate::page::List;
use crate::reply::{self, Thing};
use crate::state::State;
use crate::validate::{
    self,
    account::{CreateAccount, UpdateAccount},
};
use pushmail_domain::{AccountId, AccountPhase, Authentication, DesiredState, TenantId};
use pushmail_proto::v1 as pb;
use pushmail_registry::{AccountUpdate, NewAccount};
use pushmail_seal::unwrap_tenant_keys;
use tonic::{Request, Response, Status};
use write::write;

#[tonic::async_trait]
impl pb::accounts_server::Accounts for State {
    async fn create_account(
        &self,
        request: Request<pb::CreateAccountRequest>,
    ) -> Result<Response<pb::CreateAccountResponse>, Status> {
        self.answer(create(self, request.into_inner()).await)
    }

    async fn get_account(
        &self,
        request: Request<pb::GetAccountRequest>,
    ) -> Result<Response<pb::GetAccountResponse>, Status> {
        self.answer(get(self, &request.into_inner()).await)
    }

    async fn list_accounts(
        &self,
        request: Request<pb::ListAccountsRequest>,
    ) -> Result<Response<pb::ListAccountsResponse>, Status> {
        self.answer(list(self, &request.into_inner()).await)
    }

    async fn update_account(
        &self,
        request: Request<pb::UpdateAccountRequest>,
    ) -> Result<Response<pb::UpdateAccountResponse>, Status> {
        self.answer(update(self, request.into_inner()).await)
    }

    async fn pause_account(
        &self,
        request: Request<pb::PauseAccountRequest>,
    ) -> Result<Response<pb::PauseAccountResponse>, Status> {
        let pb::PauseAccountRequest { tenant, account } = request.into_inner();
        let set = set_desired(self, &tenant, &account, DesiredState::Paused).await;
        self.answer(set.map(|account| pb::PauseAccountResponse {
            account: Some(account),
        }))
    }

    async fn resume_account(
        &self,
        request: Request<pb::ResumeAccountRequest>,
    ) -> Result<Response<pb::ResumeAccountResponse>, Status> {
        let pb::ResumeAccountRequest { tenant, account } = request.into_inner();
        let set = set_desired(self, &tenant, &account, DesiredState::Active).await;
        self.answer(set.map(|account| pb::ResumeAccountResponse {
            account: Some(account),
        }))
    }

    async fn delete_account(
        &self,
        request: Request<pb::DeleteAccountRequest>,
    ) -> Result<Response<pb::DeleteAccountResponse>, Status> {
        self.answer(delete(self, &request.into_inner()).await)
    }
}

async fn create(
    state: &State,
    request: pb::CreateAccountRequest,
) -> Result<pb::CreateAccountResponse, Status> {
    let request = validate::account::create(request)?;
    let host = &request.spec.upstream.endpoint.host;
    egress::check(&state.deps.guard, host).map_err(|fault| reply::egress_denied(host, &fault))?;
    let (tenant, request_id) = (request.tenant, request.request_id.clone());
    let account = new_account(state, request).await?;
    let registry = &state.deps.registry;
    let account = registry
        .create_account(tenant, account, request_id.as_deref())
        .await
        // The only thing missing can be the tenant, deleted since it was read.
        .map_err(|error| reply::registry(&error, Thing::Tenant(tenant)))?;
    state.deps.nudge.notify_one();
    Ok(pb::CreateAccountResponse {
        account: Some(write(account)),
    })
}

async fn update(
    state: &State,
    request: pb::UpdateAccountRequest,
) -> Result<pb::UpdateAccountResponse, Status> {
    let request = validate::account::update(request)?;
    let (tenant, id) = (request.tenant, request.account);
    let update = account_update(state, request).await?;
    let updated = state.deps.registry.update_account(tenant, id, update).await;
    let account = updated.map_err(|error| reply::registry(&error, Thing::Account(tenant, id)))?;
    state.deps.nudge.notify_one();
    Ok(pb::UpdateAccountResponse {
        account: Some(write(account)),
    })
}

async fn account_update(state: &State, request: UpdateAccount) -> Result<AccountUpdate, Status> {
    let (tenant, id) = (request.tenant, request.account);
    // Before its owner's keys are asked for, so that what is missing is named.
    let account = state.account(tenant, id).await?;
    if account.status.phase == AccountPhase::Wiped && request.authentication.is_some() {
        return Err(reply::wiped(id));
    }
    let credential = match &request.authentication {
        Some(authentication) => Some(seal(state, (tenant, id), authentication).await?),
        None => None,
    };
    Ok(AccountUpdate {
        address: request.address,
        credential,
        selection: request.selection,
        content: request.content,
        events: request.events,
    })
}

/// Seals a credential for one account alone (invariant 7).
async fn seal(
    state: &State,
    (tenant, account): (TenantId, AccountId),
    authentication: &Authentication,
) -> Result<Vec<u8>, Status> {
    let wrapped = state.tenant(tenant).await?.keys;
    let keys = unwrap_tenant_keys(&wrapped, &state.deps.master, tenant)
        .map_err(|error| reply::keys(&error, tenant))?;
    let entropy = &*state.deps.entropy;
    Ok(keys.credentials().seal(account, authentication, entropy))
}

/// The account as the registry takes it.
async fn new_account(state: &State, request: CreateAccount) -> Result<NewAccount, Status> {
    let CreateAccount { tenant, spec, .. } = request;
    let id = AccountId::random(&*state.deps.entropy);
    let credential = seal(state, (tenant, id), &spec.authentication).await?;
    Ok(NewAccount {
        id,
        address: spec.address,
        upstream: spec.upstream,
        credential,
        selection: spec.selection,
        content: spec.content,
        events: spec.events,
        created_at: state.deps.clock.now(),
    })
}

async fn get(
    state: &State,
    request: &pb::GetAccountRequest,
) -> Result<pb::GetAccountResponse, Status> {
    let (tenant, id) = validate::account_key(&request.tenant, &request.account)?;
    let account = state.account(tenant, id).await?;
    Ok(pb::GetAccountResponse {
        account: Some(write(account)),
    })
}

async fn list(
    state: &State,
    request: &pb::ListAccountsRequest,
) -> Result<pb::ListAccountsResponse, Status> {
    let pb::ListAccountsRequest {
        tenant,
        page_size,
        page_token,
    } = request;
    let (tenant, page) = validate::owned_page(List::accounts, tenant, *page_size, page_token)?;
    state.tenant(tenant).await?;
    let accounts = state.deps.registry.list_accounts(tenant, page).await;
    let mut accounts = accounts.map_err(|error| reply::page(&error, Some(tenant)))?;
    let next_page_token =
        List::accounts(tenant).next_token(&page, &mut accounts, |account| account.id);
    Ok(pb::ListAccountsResponse {
        accounts: accounts.into_iter().map(write).collect(),
        next_page_token,
    })
}

/// Also raises the account's version, so that its watcher acts even if nothing else changed.
async fn set_desired(
    state: &State,
    tenant: &str,
    account: &str,
    desired: DesiredState,
) -> Result<pb::Account, Status> {
    let (tenant, id) = validate::account_key(tenant, account)?;
    let set = state.deps.registry.set_desired(tenant, id, desired).await;
    let account = set.map_err(|error| reply::registry(&error, Thing::Account(tenant, id)))?;
    state.deps.nudge.notify_one();
    Ok(write(account))
}

/// Purges before, so that a call cut off in between can be repeated, and again after, for what the
/// watcher wrote meanwhile.
async fn delete(
    state: &State,
    request: &pb::DeleteAccountRequest,
) -> Result<pb::DeleteAccountResponse, Status> {
    let (tenant, id) = validate::account_key(&request.tenant, &request.account)?;
    state.account(tenant, id).await?;
    let log = &state.deps.log;
    let purged = log.purge_account(tenant, id, None).await;
    purged.map_err(|error| reply::log(&error))?;
    let deleted = state.deps.registry.delete_account(tenant, id).await;
    deleted.map_err(|error| reply::registry(&error, Thing::Account(tenant, id)))?;
    state.deps.nudge.notify_one();
    if let Err(error) = log.purge_account(tenant, id, None).await {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, account = %id, "events of a deleted account may stay until they expire");
    }
    Ok(pb::DeleteAccountResponse {})
}
