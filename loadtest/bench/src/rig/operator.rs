//! Registers accounts and devices, and drains workers, as an operator does.

use super::process::Process;
use crate::mail_server::Protocol;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use pushmail_loadtest_tenant::{Tenant, Upstream};
use pushmail_proto::v1;
use pushmail_proto::v1::fleet_client::FleetClient;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};

/// How many calls are under way at the same time.
const AT_ONCE: usize = 64;
/// The password of every mailbox.
pub(crate) const PASSWORD: &str = "secret";

/// An operator with a tenant.
pub(crate) struct Operator {
    pub(crate) tenant: Tenant,
    /// What the mailboxes' servers speak.
    protocol: Protocol,
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
        let key = control.admin_key().await?;
        Ok(Self {
            tenant: Tenant::make(endpoint, &key, "bench").await?,
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
        let upstream = match self.protocol {
            Protocol::Imap => Upstream::imap("localhost", port, &user(number)),
            Protocol::Eas => Upstream::eas("localhost", port, &user(number)),
        };
        self.tenant.account(upstream, PASSWORD).await
    }

    /// Registers a device for each account: their tokens.
    pub(crate) async fn devices(&self, accounts: &[String]) -> anyhow::Result<Vec<String>> {
        let make = |account| self.tenant.device(vec![account]);
        let made = stream::iter(accounts.to_vec()).map(make).buffered(AT_ONCE);
        made.try_collect().await
    }

    /// How many shards and accounts each worker has.
    pub(crate) async fn workers(&self) -> anyhow::Result<Vec<v1::Worker>> {
        let mut client = FleetClient::new(self.tenant.through());
        let workers = client.list_workers(v1::ListWorkersRequest {}).await?;
        Ok(workers.into_inner().workers)
    }

    /// Has the worker of this name hand its shards over, as `pushmail ctl fleet drain` does.
    pub(crate) async fn drain(&self, worker: &str) -> anyhow::Result<()> {
        let request = v1::DrainWorkerRequest {
            worker: worker.to_owned(),
        };
        let mut client = FleetClient::new(self.tenant.through());
        client.drain_worker(request).await?;
        Ok(())
    }
}
