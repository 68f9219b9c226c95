//! The demo's tenant at the gateway: its mailboxes, and their devices.

use crate::commands::ctl::session::{Session, refused};
use anyhow::Context as _;
use pushmail_proto::v1::{
    CreateAccountRequest, CreateDeviceRequest, CreateTenantRequest, DeleteTenantRequest,
    ImapUpstream, IssueDeviceTokenRequest, ListAccountsRequest, Security,
    create_account_request::Credential,
};

/// The password of every simulated mailbox.
const PASSWORD: &str = "secret";

/// A tenant of the demo's own.
pub(super) struct Tenant {
    session: Session,
    id: String,
}

impl Tenant {
    pub(super) async fn create(session: Session) -> anyhow::Result<Self> {
        let request = CreateTenantRequest {
            name: "demo".into(),
            request_id: String::new(),
        };
        let made = session.tenants().create_tenant(request).await;
        let made = made.map_err(refused)?.into_inner().tenant;
        let id = made.context("no tenant came back")?.id;
        Ok(Self { session, id })
    }

    /// Registers a mailbox at the mail server, with one device, and returns the device's token.
    pub(super) async fn register(
        &self,
        host: &str,
        port: u16,
        user: String,
    ) -> anyhow::Result<String> {
        let device = format!("device of {user}");
        let account = CreateAccountRequest {
            tenant: self.id.clone(),
            address: user.clone(),
            imap: Some(ImapUpstream {
                host: host.to_owned(),
                port: port.into(),
                security: Security::Tls.into(),
                user,
            }),
            credential: Some(Credential::Password(PASSWORD.into())),
            ..CreateAccountRequest::default()
        };
        let made = self.session.accounts().create_account(account).await;
        let made = made.map_err(refused)?.into_inner().account;
        let account = made.context("no account came back")?.id;
        let device = CreateDeviceRequest {
            tenant: self.id.clone(),
            name: device,
            accounts: vec![account],
            request_id: String::new(),
        };
        let made = self.session.devices().create_device(device).await;
        let made = made.map_err(refused)?.into_inner().device;
        let token = IssueDeviceTokenRequest {
            tenant: self.id.clone(),
            device: made.context("no device came back")?.id,
        };
        let issued = self.session.devices().issue_device_token(token).await;
        Ok(issued.map_err(refused)?.into_inner().token)
    }

    /// What the gateway says of a mailbox that it cannot watch, if there is one.
    pub(super) async fn complaint(&self) -> Option<String> {
        let request = ListAccountsRequest {
            tenant: self.id.clone(),
            page_size: 1000,
            ..ListAccountsRequest::default()
        };
        let listed = self.session.accounts().list_accounts(request).await.ok()?;
        let mut accounts = listed.into_inner().accounts.into_iter();
        accounts
            .find(|account| !account.detail.is_empty())
            .map(|account| format!("{}: {}", account.address, account.detail))
    }

    /// Erases the tenant with everything it has.
    pub(super) async fn remove(self) -> anyhow::Result<()> {
        let id = self.id;
        let request = DeleteTenantRequest { tenant: id.clone() };
        let removed = self.session.tenants().delete_tenant(request).await;
        let removed = removed.map(drop).map_err(refused);
        removed.with_context(|| {
            format!("the demo's tenant is left at the gateway: `pushmail ctl tenant delete {id}`")
        })
    }
}
