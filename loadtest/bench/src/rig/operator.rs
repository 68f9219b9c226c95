//! Registers accounts and devices, and drains workers, as an operator does.

use super::process::Process;
use crate::mail_server::Protocol;
use anyhow::Context as _;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use pushmail_proto::v1::accounts_client::AccountsClient;
use pushmail_proto::v1::devices_client::DevicesClient;
use pushmail_proto::v1::fleet_client::FleetClient;
use pushmail_proto::v1::tenants_client::TenantsClient;
use pushmail_proto::v1::{self, create_account_request::Credential};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Status};

/// How many calls are under way at the same time.
const AT_ONCE: usize = 64;
/// The password of every mailbox.
pub(crate) const PASSWORD: &str = "secret";

/// An operator with a tenant.
pub(crate) struct Operator {
    through: InterceptedService<Channel, Key>,
    pub(crate) tenant: String,
    /// What the mailboxes' servers speak.
    protocol: Protocol,
}

#[derive(Clone)]
struct Key(MetadataValue<Ascii>);

impl tonic::service::Interceptor for Key {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let metadata = request.metadata_mut();
        metadata.insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// The login name of the mailbox with this number.
pub(crate) fn user(number: usize) -> String {
    format!("user{number}@tenant1.test")
}

impl Operator {
    /// Makes a tenant.
    pub(crate) async fn new(control: &Process) -> anyhow::Result<Self> {
        let endpoint = Channel::from_shared(format!("http://{}", control.grpc()))?;
        Self::at(endpoint, control).await
    }

    /// Makes a tenant at a process whose certificate is for `localhost`, and signed by `ca_pem`.
    pub(crate) async fn by_tls(control: &Process, ca_pem: &str) -> anyhow::Result<Self> {
        let url = format!("https://localhost:{}", control.grpc().port());
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(ca_pem));
        Self::at(Channel::from_shared(url)?.tls_config(tls)?, control).await
    }

    async fn at(endpoint: Endpoint, control: &Process) -> anyhow::Result<Self> {
        let channel = endpoint.timeout(Duration::from_secs(30)).connect().await?;
        let key = Key(format!("Bearer {}", control.admin_key().await?).parse()?);
        let through = InterceptedService::new(channel, key);
        let tenant = v1::CreateTenantRequest {
            name: "bench".into(),
            ..Default::default()
        };
        let made = TenantsClient::new(through.clone())
            .create_tenant(tenant)
            .await?;
        let tenant = made.into_inner().tenant.context("no tenant")?.id;
        Ok(Self {
            through,
            tenant,
            protocol: Protocol::Imap,
        })
    }

    /// The same, whose mailboxes are at servers that speak this.
    pub(crate) fn speaking(self, protocol: Protocol) -> Self {
        Self { protocol, ..self }
    }

    /// Registers this many mailboxes of the server at this port: their accounts, in the order of [`user`]s.
    pub(crate) async fn accounts(&self, count: usize, port: u16) -> anyhow::Result<Vec<String>> {
        self.accounts_at(0..count, &[port], &AtomicUsize::new(0))
            .await
    }

    /// The mailboxes with these numbers, of servers at these ports in turn. Counts them.
    pub(crate) async fn accounts_at(
        &self,
        numbers: Range<usize>,
        ports: &[u16],
        registered: &AtomicUsize,
    ) -> anyhow::Result<Vec<String>> {
        let make = |number: usize| async move {
            let made = self.account(number, ports[number % ports.len()]).await?;
            registered.fetch_add(1, Ordering::Relaxed);
            anyhow::Ok(made)
        };
        let made = stream::iter(numbers).map(make).buffered(AT_ONCE);
        made.try_collect().await
    }

    /// Registers the mailbox with this number at this port.
    async fn account(&self, number: usize, port: u16) -> anyhow::Result<String> {
        let imap = || v1::ImapUpstream {
            host: "localhost".into(),
            port: port.into(),
            security: v1::Security::Tls.into(),
            user: user(number),
        };
        let eas = || v1::EasUpstream {
            host: "localhost".into(),
            port: port.into(),
            user: user(number),
            ..Default::default()
        };
        let request = v1::CreateAccountRequest {
            tenant: self.tenant.clone(),
            address: user(number),
            imap: (self.protocol == Protocol::Imap).then(imap),
            eas: (self.protocol == Protocol::Eas).then(eas),
            credential: Some(Credential::Password(PASSWORD.into())),
            ..Default::default()
        };
        let mut client = AccountsClient::new(self.through.clone());
        let made = client.create_account(request).await?.into_inner();
        Ok(made.account.context("no account")?.id)
    }

    /// Registers a device for each account: their tokens.
    pub(crate) async fn devices(&self, accounts: &[String]) -> anyhow::Result<Vec<String>> {
        let make = |account: String| async move {
            let request = v1::CreateDeviceRequest {
                tenant: self.tenant.clone(),
                name: "bench".into(),
                accounts: vec![account],
                ..Default::default()
            };
            let mut client = DevicesClient::new(self.through.clone());
            let made = client.create_device(request).await?.into_inner();
            let request = v1::IssueDeviceTokenRequest {
                tenant: self.tenant.clone(),
                device: made.device.context("no device")?.id,
            };
            let issued = client.issue_device_token(request).await?;
            anyhow::Ok(issued.into_inner().token)
        };
        let made = stream::iter(accounts.to_vec()).map(make).buffered(AT_ONCE);
        made.try_collect().await
    }

    /// How many shards and accounts each worker has.
    pub(crate) async fn workers(&self) -> anyhow::Result<Vec<v1::Worker>> {
        let mut client = FleetClient::new(self.through.clone());
        let workers = client.list_workers(v1::ListWorkersRequest {}).await?;
        Ok(workers.into_inner().workers)
    }

    /// Has the worker of this name hand its shards over, as `pushmail ctl fleet drain` does.
    pub(crate) async fn drain(&self, worker: &str) -> anyhow::Result<()> {
        let request = v1::DrainWorkerRequest {
            worker: worker.to_owned(),
        };
        let mut client = FleetClient::new(self.through.clone());
        client.drain_worker(request).await?;
        Ok(())
    }
}
