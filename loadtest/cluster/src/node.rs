//! The node agent: what kubelets do, for all nodes of the cluster, with one real process for each container.

mod bundle;
mod claims;
mod container;
mod environment;
mod image;
mod life;
mod names;
mod network;
mod now;
mod pods;
mod probe;
mod register;
mod runtime;
mod seccomp;
mod security;
mod status;
mod volume;

use crate::plane::Plane;
use crate::{Tools, shell};
use image::Images;
use kube::Client;
use names::Names;
use network::Networks;
use runtime::Runtime;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::task::JoinSet;

/// What all pods share.
struct Shared {
    client: Client,
    /// Where pods' files are.
    folder: PathBuf,
    images: Images,
    networks: Networks,
    names: Arc<Names>,
    runtime: Runtime,
    seccomp: serde_json::Value,
}

/// A running agent. Dropping it ends its tasks, not the containers: these end with the namespace that they are in.
pub struct Agent {
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

impl Agent {
    /// Registers the nodes and begins to run what is scheduled on them. If it `kills`, no container is told to end before it is
    /// killed, as no kubelet does.
    ///
    /// # Errors
    /// If an image cannot be put together, or the API server refuses the nodes.
    pub async fn start(plane: &Plane, tools: &Tools, kills: bool) -> anyhow::Result<Self> {
        let folder = plane.folder().join("node");
        for below in ["pods", "logs", "claims"] {
            std::fs::create_dir_all(folder.join(below))?;
        }
        let client = plane.client().clone();
        let shared = Arc::new(Shared {
            images: Images::make(tools, &folder.join("images")).await?,
            networks: Networks::default(),
            names: Arc::default(),
            runtime: Runtime::new(&folder, kills)?,
            seccomp: seccomp::profile()?,
            client: client.clone(),
            folder: folder.clone(),
        });
        shell::line("runc --version").await?;
        register::nodes(&client).await?;
        claims::class(&client).await?;
        let mut tasks = JoinSet::new();
        tasks.spawn(register::beat(client.clone()));
        tasks.spawn(claims::provide(client.clone(), folder.join("claims")));
        tasks.spawn(Arc::clone(&shared.names).keep(client));
        tasks.spawn(pods::run(Arc::clone(&shared)));
        Ok(Self {
            shared,
            _tasks: tasks,
        })
    }

    /// The containers that run now, by their ids `NAMESPACE_POD_CONTAINER_ATTEMPT`.
    ///
    /// # Errors
    /// If the runtime does not say.
    pub async fn containers(&self) -> anyhow::Result<Vec<String>> {
        self.shared.runtime.list().await
    }

    /// The containers that have ended, in order.
    #[must_use]
    pub fn ended(&self) -> Vec<Ended> {
        self.shared.runtime.ended()
    }

    /// Where containers' output is: a file `NAMESPACE_POD_CONTAINER.log` for each.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.shared.folder.join("logs")
    }
}

pub(crate) use now::time;
pub use runtime::Ended;
