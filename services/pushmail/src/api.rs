//! The gRPC client side that `ctl`, `listen` and the demo share: address, certificate, admin key.

use crate::data_dir::DataDir;
use anyhow::{Context as _, bail};
use clap::Args;
use pushmail_domain::Secret;
use std::net::IpAddr;
use std::path::PathBuf;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::transport::{Certificate, Channel, ClientTlsConfig};

/// Where the gateway is. Without options, the one that runs on this machine's data directory.
#[derive(Debug, Clone, Args)]
pub(crate) struct GatewayArgs {
    /// The data directory of the gateway on this machine.
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) data: Option<PathBuf>,
    /// The gateway's address, such as `https://push.example.org:7443`.
    #[arg(long, value_name = "URL", global = true)]
    pub(crate) endpoint: Option<String>,
    /// PEM file of the certificate authority that signed the gateway's certificate.
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) gateway_ca: Option<PathBuf>,
}

/// A gateway's address and what to trust there.
#[derive(Debug, Clone)]
pub(crate) struct Gateway {
    pub(crate) url: String,
    pub(crate) ca_pem: Option<String>,
}

impl GatewayArgs {
    pub(crate) fn data_dir(&self) -> anyhow::Result<DataDir> {
        DataDir::locate(self.data.clone())
    }

    pub(crate) fn gateway(&self) -> anyhow::Result<Gateway> {
        let ca_pem = match &self.gateway_ca {
            Some(path) => Some(
                std::fs::read_to_string(path)
                    .with_context(|| format!("--gateway-ca {}: cannot be read", path.display()))?,
            ),
            None => None,
        };
        if let Some(url) = &self.endpoint {
            return Ok(Gateway {
                url: url.clone(),
                ca_pem,
            });
        }
        let endpoint = self.data_dir()?.read_endpoint()?;
        Ok(Gateway {
            url: endpoint.grpc.context("the process that runs on this data is a watcher and serves nobody: give the data directory of one that does, or --endpoint URL")?,
            ca_pem: ca_pem.or(endpoint.ca_pem),
        })
    }
}

impl Gateway {
    pub(crate) async fn connect(&self) -> anyhow::Result<Channel> {
        let mut endpoint = Channel::from_shared(self.url.clone())
            .with_context(|| format!("{} is not an address such as https://host:7443", self.url))?;
        if !self.url.starts_with("https:") && !is_this_machine(endpoint.uri().host()) {
            bail!(
                "{} would send keys and passwords in the clear: use https://",
                self.url
            );
        }
        if self.url.starts_with("https:") {
            let mut tls = ClientTlsConfig::new();
            tls = match &self.ca_pem {
                Some(pem) => tls.ca_certificate(Certificate::from_pem(pem)),
                None => tls.with_enabled_roots(),
            };
            endpoint = endpoint.tls_config(tls)?;
        }
        let connected = endpoint
            .connect_timeout(std::time::Duration::from_secs(10))
            .connect()
            .await;
        connected.with_context(|| {
            format!(
                "cannot reach a gateway at {}: is `pushmail serve` running? If its certificate has another name, give --endpoint https://NAME:PORT",
                self.url
            )
        })
    }
}

fn is_this_machine(host: Option<&str>) -> bool {
    let host = host.unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Adds the admin key to every call.
#[derive(Clone)]
pub(crate) struct AdminKey(MetadataValue<Ascii>);

impl AdminKey {
    pub(crate) fn new(key: &Secret<String>) -> anyhow::Result<Self> {
        let mut value: MetadataValue<Ascii> = format!("Bearer {}", key.expose())
            .parse()
            .ok()
            .context("the admin key has characters that no key has")?;
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

impl Interceptor for AdminKey {
    fn call(
        &mut self,
        mut request: tonic::Request<()>,
    ) -> Result<tonic::Request<()>, tonic::Status> {
        request
            .metadata_mut()
            .insert("authorization", self.0.clone());
        Ok(request)
    }
}
