//! Registers the mailboxes and the devices, as an operator does.

use crate::fleet::{Member, PASSWORD};
use crate::sender::user;
use crate::servers::MailPorts;
use anyhow::Context as _;
use pushmail_domain::{AccountId, Shard};
use pushmail_proto::v1::accounts_client::AccountsClient;
use pushmail_proto::v1::devices_client::DevicesClient;
use pushmail_proto::v1::tenants_client::TenantsClient;
use pushmail_proto::v1::{self, create_account_request::Credential};
use std::ops::Range;
use std::time::Duration;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};

/// One mailbox of so many is watched through Exchange ActiveSync.
const EAS_EVERY: u32 = 3;

/// A mailbox that is watched.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    pub(crate) mailbox: u32,
    pub(crate) account: String,
    pub(crate) shard: Shard,
}

/// What was registered.
pub(crate) struct Provisioned {
    pub(crate) watched: Vec<Watched>,
    /// The devices'.
    pub(crate) tokens: Vec<String>,
}

#[derive(Clone)]
struct Key(MetadataValue<Ascii>);

impl tonic::service::Interceptor for Key {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request
            .metadata_mut()
            .insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// Registers these mailboxes under a new tenant, each of one device.
pub(crate) async fn provision(
    control: &Member,
    ports: MailPorts,
    mailboxes: Range<u32>,
    per_device: usize,
) -> anyhow::Result<Provisioned> {
    let channel = Channel::from_shared(format!("http://{}", control.grpc()))?
        .timeout(Duration::from_secs(30))
        .connect()
        .await?;
    let key = Key(format!("Bearer {}", control.admin_key()?).parse()?);
    let through = InterceptedService::new(channel, key);
    let tenant = v1::CreateTenantRequest {
        name: "chaos".into(),
        ..Default::default()
    };
    let made = TenantsClient::new(through.clone())
        .create_tenant(tenant)
        .await?;
    let tenant = made.into_inner().tenant.context("no tenant")?.id;
    let mut accounts = AccountsClient::new(through.clone());
    let mut watched = Vec::new();
    for mailbox in mailboxes {
        let made = accounts
            .create_account(account(&tenant, mailbox, ports))
            .await?;
        let account = made.into_inner().account.context("no account")?.id;
        let id: AccountId = account.parse().ok().context("no account id")?;
        watched.push(Watched {
            mailbox,
            account,
            shard: Shard::of(id),
        });
    }
    let mut devices = DevicesClient::new(through);
    let mut tokens = Vec::new();
    for some in watched.chunks(per_device) {
        let device = v1::CreateDeviceRequest {
            tenant: tenant.clone(),
            name: "chaos".into(),
            accounts: some.iter().map(|one| one.account.clone()).collect(),
            ..Default::default()
        };
        let made = devices.create_device(device).await?;
        let device = made.into_inner().device.context("no device")?.id;
        let issue = v1::IssueDeviceTokenRequest {
            tenant: tenant.clone(),
            device,
        };
        tokens.push(devices.issue_device_token(issue).await?.into_inner().token);
    }
    Ok(Provisioned { watched, tokens })
}

fn account(tenant: &str, mailbox: u32, ports: MailPorts) -> v1::CreateAccountRequest {
    let imap = v1::ImapUpstream {
        host: "localhost".into(),
        port: ports.imap.into(),
        security: v1::Security::Tls.into(),
        user: user(mailbox),
    };
    let eas = v1::EasUpstream {
        host: "localhost".into(),
        port: ports.eas.into(),
        user: user(mailbox),
        ..Default::default()
    };
    let is_eas = mailbox % EAS_EVERY == EAS_EVERY - 1;
    v1::CreateAccountRequest {
        tenant: tenant.to_owned(),
        address: user(mailbox),
        eas: is_eas.then_some(eas),
        imap: (!is_eas).then_some(imap),
        credential: Some(Credential::Password(PASSWORD.into())),
        ..Default::default()
    }
}
