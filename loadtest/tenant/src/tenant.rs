//! What an operator has control do.

use anyhow::Context as _;
use pushmail_proto::v1::accounts_client::AccountsClient;
use pushmail_proto::v1::devices_client::DevicesClient;
use pushmail_proto::v1::tenants_client::TenantsClient;
use pushmail_proto::v1::{self, create_account_request::Credential};
use std::time::Duration;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

/// For how long a call may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The way to control, with a key.
pub type Through = InterceptedService<Channel, Key>;

/// Adds an API key to each call.
#[derive(Clone)]
pub struct Key(MetadataValue<Ascii>);

impl tonic::service::Interceptor for Key {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let metadata = request.metadata_mut();
        metadata.insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// Where a mailbox is, and who logs in there.
#[derive(Debug, Clone)]
pub enum Upstream {
    /// By IMAP.
    Imap(v1::ImapUpstream),
    /// By Exchange ActiveSync.
    Eas(v1::EasUpstream),
}

impl Upstream {
    /// IMAP, with TLS from the start.
    pub fn imap(host: &str, port: u16, user: &str) -> Self {
        Self::Imap(v1::ImapUpstream {
            host: host.to_owned(),
            port: port.into(),
            security: v1::Security::Tls.into(),
            user: user.to_owned(),
        })
    }

    /// Exchange ActiveSync.
    pub fn eas(host: &str, port: u16, user: &str) -> Self {
        Self::Eas(v1::EasUpstream {
            host: host.to_owned(),
            port: port.into(),
            user: user.to_owned(),
            ..Default::default()
        })
    }

    /// The user's name, which the tests have for the mailbox's address too.
    fn user(&self) -> &str {
        match self {
            Self::Imap(imap) => &imap.user,
            Self::Eas(eas) => &eas.user,
        }
    }
}

/// A tenant, at control.
pub struct Tenant {
    through: Through,
    id: String,
    name: String,
}

impl Tenant {
    /// Makes one of this name, with the key of the operator's. The endpoint is control's.
    pub async fn make(endpoint: Endpoint, admin_key: &str, name: &str) -> anyhow::Result<Self> {
        let channel = endpoint.timeout(TIMEOUT).connect().await?;
        let key = Key(format!("Bearer {admin_key}").parse()?);
        let through = InterceptedService::new(channel, key);
        let tenant = v1::CreateTenantRequest {
            name: name.to_owned(),
            ..Default::default()
        };
        let mut tenants = TenantsClient::new(through.clone());
        let made = tenants.create_tenant(tenant).await?.into_inner();
        Ok(Self {
            id: made.tenant.context("no tenant")?.id,
            through,
            name: name.to_owned(),
        })
    }

    /// Its id at control.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The way to control's other services.
    pub fn through(&self) -> Through {
        self.through.clone()
    }

    /// Registers a mailbox: its account's id.
    pub async fn account(&self, upstream: Upstream, password: &str) -> anyhow::Result<String> {
        let address = upstream.user().to_owned();
        let (imap, eas) = match upstream {
            Upstream::Imap(imap) => (Some(imap), None),
            Upstream::Eas(eas) => (None, Some(eas)),
        };
        let request = v1::CreateAccountRequest {
            tenant: self.id.clone(),
            address,
            imap,
            eas,
            credential: Some(Credential::Password(password.to_owned())),
            ..Default::default()
        };
        let mut accounts = AccountsClient::new(self.through());
        let made = accounts.create_account(request).await?.into_inner();
        Ok(made.account.context("no account")?.id)
    }

    /// Removes an account.
    pub async fn remove(&self, account: String) -> anyhow::Result<()> {
        let request = v1::DeleteAccountRequest {
            tenant: self.id.clone(),
            account,
        };
        let mut accounts = AccountsClient::new(self.through());
        accounts.delete_account(request).await?;
        Ok(())
    }

    /// Registers a device that is told of these accounts: its token.
    pub async fn device(&self, accounts: Vec<String>) -> anyhow::Result<String> {
        let mut devices = DevicesClient::new(self.through());
        let request = v1::CreateDeviceRequest {
            tenant: self.id.clone(),
            name: self.name.clone(),
            accounts,
            ..Default::default()
        };
        let made = devices.create_device(request).await?.into_inner();
        let request = v1::IssueDeviceTokenRequest {
            tenant: self.id.clone(),
            device: made.device.context("no device")?.id,
        };
        let issued = devices.issue_device_token(request).await?;
        Ok(issued.into_inner().token)
    }
}
