//! The Accounts service.

use crate::egress;
use crate::page::List;
use crate::reply::{self, Thing};
use crate::state::State;
use crate::validate::{self, account::CreateAccount};
use pushmail_domain::{
    Account, AccountId, ContentLevel, DesiredState, EventScope, Folder, Security, UpstreamSpec,
};
use pushmail_proto::convert::{phase, timestamp};
use pushmail_proto::v1 as pb;
use pushmail_registry::NewAccount;
use pushmail_seal::unwrap_tenant_keys;
use tonic::{Request, Response, Status};

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

/// The account as the registry takes it, its credential sealed for it alone (invariant 7).
async fn new_account(state: &State, request: CreateAccount) -> Result<NewAccount, Status> {
    let CreateAccount { tenant, spec, .. } = request;
    let entropy = &*state.deps.entropy;
    let wrapped = state.tenant(tenant).await?.keys;
    let keys = unwrap_tenant_keys(&wrapped, &state.deps.master, tenant)
        .map_err(|error| reply::keys(&error, tenant))?;
    let id = AccountId::random(entropy);
    let credential = keys.credentials().seal(id, &spec.authentication, entropy);
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
    let purged = log.purge_account(tenant, id).await;
    purged.map_err(|error| reply::log(&error))?;
    let deleted = state.deps.registry.delete_account(tenant, id).await;
    deleted.map_err(|error| reply::registry(&error, Thing::Account(tenant, id)))?;
    state.deps.nudge.notify_one();
    if let Err(error) = log.purge_account(tenant, id).await {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, account = %id, "events of a deleted account may stay until they expire");
    }
    Ok(pb::DeleteAccountResponse {})
}

fn write(account: Account) -> pb::Account {
    let folder = |folder: Folder| pb::Folder {
        id: folder.id.to_string(),
        name: folder.name,
    };
    pb::Account {
        id: account.id.to_string(),
        tenant: account.tenant.to_string(),
        address: account.address,
        imap: Some(write_upstream(account.upstream)),
        folders: account.folders.into_iter().map(folder).collect(),
        content: write_content(account.content).into(),
        paused: account.desired == DesiredState::Paused,
        phase: phase(account.status.phase).into(),
        detail: account.status.detail,
        // Before the first phase was entered, since it was registered.
        phase_since: Some(timestamp(account.status.since.max(account.created_at))),
        created_at: Some(timestamp(account.created_at)),
        selection: account.selection,
        events: write_events(account.events).into(),
    }
}

fn write_upstream(upstream: UpstreamSpec) -> pb::ImapUpstream {
    let security = match upstream.endpoint.security {
        Security::Tls => pb::Security::Tls,
        Security::StartTls => pb::Security::Starttls,
        Security::Plaintext => pb::Security::Plaintext,
    };
    pb::ImapUpstream {
        host: upstream.endpoint.host,
        port: upstream.endpoint.port.into(),
        security: security.into(),
        user: upstream.user,
    }
}

const fn write_content(content: ContentLevel) -> pb::ContentLevel {
    match content {
        ContentLevel::Signal => pb::ContentLevel::Signal,
        ContentLevel::Headers => pb::ContentLevel::Headers,
        ContentLevel::Preview => pb::ContentLevel::Preview,
    }
}

const fn write_events(events: EventScope) -> pb::EventScope {
    match events {
        EventScope::New => pb::EventScope::New,
        EventScope::All => pb::EventScope::All,
    }
}
