//! The release as an operator of its mailboxes finds it: through control's service, with what is in the release's secrets.

use super::look::Look;
use super::mail::{Mail, PASSWORD, user};
use crate::plane::MAIL_SERVER;
use anyhow::Context as _;
use pushmail_proto::v1::accounts_client::AccountsClient;
use pushmail_proto::v1::devices_client::DevicesClient;
use pushmail_proto::v1::tenants_client::TenantsClient;
use pushmail_proto::v1::{self, create_account_request::Credential};
use std::time::Duration;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig};
use tonic::{Request, Status};

/// Where devices connect to.
pub(super) const DELIVERY: &str = "https://mail-pushmail-delivery.mail.svc:7443";
const CONTROL: &str = "https://mail-pushmail-control.mail.svc:7443";
const SECRETS: &str = "mail-pushmail-evaluation";
const CERTIFICATE: &str = "mail-pushmail-evaluation-tls";
/// One mailbox of so many is watched through Exchange ActiveSync.
const EAS_EVERY: u32 = 3;

#[derive(Clone)]
struct Key(MetadataValue<Ascii>);

impl tonic::service::Interceptor for Key {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let metadata = request.metadata_mut();
        metadata.insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// A mailbox that is watched.
pub(super) struct Registered {
    pub(super) account: String,
    /// Its device's.
    pub(super) token: String,
}

/// A way to control.
pub(super) struct Gateway {
    through: InterceptedService<Channel, Key>,
    /// The authority of the release's certificate.
    pub(super) ca_pem: String,
}

impl Gateway {
    pub(super) async fn connect(look: &Look) -> anyhow::Result<Self> {
        let ca_pem = look.secret(CERTIFICATE, "ca.crt").await?;
        let key = look.secret(SECRETS, "admin-key").await?;
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&ca_pem));
        let channel = Channel::from_static(CONTROL)
            .tls_config(tls)?
            .timeout(Duration::from_secs(30))
            .connect()
            .await?;
        let key = Key(format!("Bearer {key}").parse()?);
        Ok(Self {
            through: InterceptedService::new(channel, key),
            ca_pem,
        })
    }

    /// Makes a tenant: its id.
    pub(super) async fn tenant(&self, name: &str) -> anyhow::Result<String> {
        let tenant = v1::CreateTenantRequest {
            name: name.to_owned(),
            ..Default::default()
        };
        let mut tenants = TenantsClient::new(self.through.clone());
        let made = tenants.create_tenant(tenant).await?.into_inner();
        Ok(made.tenant.context("no tenant")?.id)
    }

    /// Registers mailboxes of these numbers, each with a device.
    pub(super) async fn register(
        &self,
        mail: &Mail,
        tenant: &str,
        mailboxes: std::ops::Range<u32>,
    ) -> anyhow::Result<Vec<Registered>> {
        let mut all = Vec::new();
        for mailbox in mailboxes {
            let account = account(tenant, mailbox, mail)?;
            let mut accounts = AccountsClient::new(self.through.clone());
            let made = accounts.create_account(account).await?.into_inner();
            let account = made.account.context("no account")?.id;
            let token = self.device(tenant, account.clone()).await?;
            all.push(Registered { account, token });
        }
        Ok(all)
    }

    /// Removes an account.
    pub(super) async fn remove(&self, tenant: &str, account: String) -> anyhow::Result<()> {
        let mut accounts = AccountsClient::new(self.through.clone());
        let remove = v1::DeleteAccountRequest {
            tenant: tenant.to_owned(),
            account,
        };
        accounts.delete_account(remove).await?;
        Ok(())
    }

    /// A device of an account: its token.
    async fn device(&self, tenant: &str, account: String) -> anyhow::Result<String> {
        let mut devices = DevicesClient::new(self.through.clone());
        let device = v1::CreateDeviceRequest {
            tenant: tenant.to_owned(),
            name: "cluster test".into(),
            accounts: vec![account],
            ..Default::default()
        };
        let made = devices.create_device(device).await?;
        let issue = v1::IssueDeviceTokenRequest {
            tenant: tenant.to_owned(),
            device: made.into_inner().device.context("no device")?.id,
        };
        Ok(devices.issue_device_token(issue).await?.into_inner().token)
    }
}

fn account(tenant: &str, mailbox: u32, mail: &Mail) -> anyhow::Result<v1::CreateAccountRequest> {
    let is_eas = mailbox % EAS_EVERY == EAS_EVERY - 1;
    let imap = v1::ImapUpstream {
        host: MAIL_SERVER.into(),
        port: mail.server.addr().port().into(),
        security: v1::Security::Tls.into(),
        user: user(mailbox),
    };
    let eas = mail.server.eas().addr();
    let eas = v1::EasUpstream {
        host: MAIL_SERVER.into(),
        port: eas
            .context("the mail server does not speak ActiveSync")?
            .port()
            .into(),
        user: user(mailbox),
        ..Default::default()
    };
    Ok(v1::CreateAccountRequest {
        tenant: tenant.to_owned(),
        address: user(mailbox),
        eas: is_eas.then_some(eas),
        imap: (!is_eas).then_some(imap),
        credential: Some(Credential::Password(PASSWORD.into())),
        ..Default::default()
    })
}
