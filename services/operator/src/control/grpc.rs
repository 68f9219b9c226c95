//! Control over gRPC.

use super::{Control, ControlError, Fleet, FleetWorker};
use async_trait::async_trait;
use pb::fleet_client::FleetClient;
use pb::tenants_client::TenantsClient;
use pushmail_proto::v1 as pb;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig};
use tonic::{Code, Request, Status};

/// How long a call may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where control is, and what the operator proves itself with. The files are read at each call: both may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// `https://HOST:PORT`.
    pub url: String,
    /// The authority that signed control's certificate; none: a public one.
    pub ca: Option<PathBuf>,
    /// The file that the admin key is in.
    pub admin_key: PathBuf,
}

/// Control over gRPC, with a connection for each call: there are few.
#[derive(Debug, Clone)]
pub struct GrpcControl(Access);

impl GrpcControl {
    /// Control there.
    pub const fn new(access: Access) -> Self {
        Self(access)
    }

    async fn channel(&self) -> anyhow::Result<Channel> {
        let mut endpoint = Channel::from_shared(self.0.url.clone())?
            .connect_timeout(TIMEOUT)
            .timeout(TIMEOUT);
        if self.0.url.starts_with("https:") {
            let tls = ClientTlsConfig::new();
            let tls = match &self.0.ca {
                Some(path) => tls.ca_certificate(Certificate::from_pem(read(path)?)),
                None => tls.with_enabled_roots(),
            };
            endpoint = endpoint.tls_config(tls)?;
        }
        Ok(endpoint.connect().await?)
    }

    /// The request, with the admin key.
    fn ask<T>(&self, message: T) -> anyhow::Result<Request<T>> {
        let key = read(&self.0.admin_key)?;
        let mut value: MetadataValue<Ascii> = format!("Bearer {}", key.trim()).parse()?;
        value.set_sensitive(true);
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", value);
        Ok(request)
    }

    /// A connection and a request for it.
    async fn call<T>(
        &self,
        doing: &'static str,
        message: T,
    ) -> Result<(Channel, Request<T>), ControlError> {
        let ready = async { anyhow::Ok((self.channel().await?, self.ask(message)?)) };
        ready.await.map_err(|error| ControlError {
            doing,
            why: format!("{error:#}"),
        })
    }
}

#[async_trait]
impl Control for GrpcControl {
    async fn fleet(&self) -> Result<Fleet, ControlError> {
        let doing = "was asked for the workers";
        let (channel, request) = self.call(doing, pb::ListWorkersRequest {}).await?;
        let listed = FleetClient::new(channel).list_workers(request).await;
        let listed = listed.map_err(refused(doing))?.into_inner();
        Ok(Fleet {
            workers: listed.workers.into_iter().map(worker).collect(),
            accounts: listed.accounts,
        })
    }

    async fn drain(&self, id: &str) -> Result<(), ControlError> {
        let doing = "was asked to drain a worker";
        let message = pb::DrainWorkerRequest { worker: id.into() };
        let (channel, request) = self.call(doing, message).await?;
        let drained = FleetClient::new(channel).drain_worker(request).await;
        gone_is_fine(drained).map_err(refused(doing))
    }

    async fn create_tenant(&self, name: &str, request_id: &str) -> Result<String, ControlError> {
        let doing = "was asked to make a tenant";
        let message = pb::CreateTenantRequest {
            name: name.into(),
            request_id: request_id.into(),
        };
        let (channel, request) = self.call(doing, message).await?;
        let made = TenantsClient::new(channel).create_tenant(request).await;
        let made = made.map_err(refused(doing))?.into_inner();
        Ok(made.tenant.unwrap_or_default().id)
    }

    async fn has_tenant(&self, tenant: &str) -> Result<bool, ControlError> {
        let doing = "was asked for a tenant";
        let message = pb::GetTenantRequest {
            tenant: tenant.into(),
        };
        let (channel, request) = self.call(doing, message).await?;
        match TenantsClient::new(channel).get_tenant(request).await {
            Ok(_) => Ok(true),
            Err(status) if status.code() == Code::NotFound => Ok(false),
            Err(status) => Err(refused(doing)(status)),
        }
    }

    async fn delete_tenant(&self, tenant: &str) -> Result<(), ControlError> {
        let doing = "was asked to erase a tenant";
        let message = pb::DeleteTenantRequest {
            tenant: tenant.into(),
        };
        let (channel, request) = self.call(doing, message).await?;
        let deleted = TenantsClient::new(channel).delete_tenant(request).await;
        gone_is_fine(deleted).map_err(refused(doing))
    }
}

fn worker(worker: pb::Worker) -> FleetWorker {
    FleetWorker {
        id: worker.id,
        name: worker.name,
        started_at: worker.started_at.unwrap_or_default().seconds,
        draining: worker.draining,
        shards: worker.shards,
    }
}

/// What is not there any more needs nothing.
fn gone_is_fine<T>(result: Result<T, Status>) -> Result<(), Status> {
    match result {
        Err(status) if status.code() != Code::NotFound => Err(status),
        _ => Ok(()),
    }
}

fn refused(doing: &'static str) -> impl FnOnce(Status) -> ControlError {
    move |status| ControlError {
        doing,
        why: format!("{:?}: {}", status.code(), status.message()),
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    use anyhow::Context as _;
    std::fs::read_to_string(path).with_context(|| format!("{}: cannot be read", path.display()))
}
