//! The control plane: the real programs, as child processes.

mod certs;
mod child;
mod kubeconfig;
mod network;
mod programs;

pub use network::{API_SERVER, MAIL_SERVER, NODES};

use crate::Tools;
use anyhow::Context as _;
use certs::Certificates;
use child::Child;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, ListParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long the API server may take to answer.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(250);

/// A running control plane. Dropping it ends its processes.
pub struct Plane {
    client: Client,
    kubeconfig: PathBuf,
    folder: PathBuf,
    ca_pem: String,
    _children: Vec<Child>,
}

impl Plane {
    /// Makes the network and starts everything in this folder, which keeps the logs too.
    ///
    /// # Errors
    /// If a program does not start, or the API server does not answer in two minutes; with its log.
    pub async fn start(tools: &Tools, folder: &Path) -> anyhow::Result<Self> {
        network::make().await?;
        let certificates = Certificates::make(&folder.join("pki"))?;
        let kubeconfig = certificates.kubeconfig(folder, "admin")?;
        let mut children = vec![programs::etcd(tools, folder)?];
        children.push(programs::api_server(tools, folder, &certificates)?);
        let client = client(&kubeconfig).await?;
        until_answered(&client, &mut children).await?;
        children.extend(programs::others(tools, folder, &certificates)?);
        Ok(Self {
            client,
            kubeconfig,
            folder: folder.to_owned(),
            ca_pem: certificates.ca_pem().to_owned(),
            _children: children,
        })
    }

    /// As the administrator.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The administrator's, for kubectl and helm.
    #[must_use]
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Where everything is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The authority of the cluster's certificates, in PEM.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }
}

async fn client(kubeconfig: &Path) -> anyhow::Result<Client> {
    let options = KubeConfigOptions::default();
    let config = Config::from_custom_kubeconfig(Kubeconfig::read_from(kubeconfig)?, &options);
    Ok(Client::try_from(config.await?)?)
}

async fn until_answered(client: &Client, children: &mut [Child]) -> anyhow::Result<()> {
    let namespaces = Api::<Namespace>::all(client.clone());
    let begin = Instant::now();
    loop {
        children.iter_mut().try_for_each(Child::check)?;
        let answered = namespaces.list(&ListParams::default()).await;
        match answered {
            Ok(all) if all.items.iter().any(is_default) => return Ok(()),
            Err(error) if begin.elapsed() > PATIENCE => {
                let log = children.last().map(Child::log).unwrap_or_default();
                return Err(error).with_context(|| format!("no answer; its log ends so:\n{log}"));
            }
            _ => sleep(LOOK).await,
        }
    }
}

fn is_default(namespace: &Namespace) -> bool {
    namespace.metadata.name.as_deref() == Some("default")
}
