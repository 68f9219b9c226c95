//! The running operator: one of several processes leads and reconciles, the others stand by.

use crate::control::{Access, GrpcControl};
use crate::crd::{MailTenant, WatcherPool};
use crate::reconcile::{Context, pool, tenant};
use anyhow::Context as _;
use futures::StreamExt as _;
use k8s_openapi::api::apps::v1::StatefulSet;
use kube::api::Api;
use kube::runtime::controller::{Action, Controller};
use kube::runtime::reflector::ObjectRef;
use kube::runtime::watcher;
use kube::{Client, ResourceExt as _};
use kube_lease_manager::LeaseManagerBuilder;
use pushmail_runtime::{Lifecycle, Readiness, Telemetry, serve_admin};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch::Receiver;

/// For how long a leader leads that is not heard of any more, and how long before that it says again that it is there: seconds.
const LEADS: u64 = 15;
const RENEWS: u64 = 5;

/// What an operator needs to know.
#[derive(Debug, Clone)]
pub struct Config {
    /// The namespace whose resources it cares for: the release's own.
    pub namespace: String,
    /// The process's own name among those that may lead: its pod's.
    pub name: String,
    /// The name of the lease that the leader has.
    pub lease: String,
    /// How control is reached.
    pub control: Access,
    /// Where `/livez` and `/readyz` are served.
    pub admin: SocketAddr,
}

/// An operator that is connected to its API server.
pub struct Operator {
    config: Config,
    client: Client,
    lifecycle: Lifecycle,
}

impl Operator {
    /// Connects to the API server that the pod, or else the user's kubeconfig, says.
    ///
    /// # Errors
    ///
    /// If neither says any.
    pub async fn build(config: Config, lifecycle: Lifecycle) -> anyhow::Result<Self> {
        let client = Client::try_default().await;
        let client = client.context(
            "no API server: neither a pod's service account nor a kubeconfig says where it is",
        )?;
        Ok(Self {
            config,
            client,
            lifecycle,
        })
    }

    /// Starts: waits to lead, then reconciles until the process ends or does not lead any more, which ends the process.
    ///
    /// # Errors
    ///
    /// If the admin endpoint cannot be bound, or the API server refuses the lease.
    pub async fn start(self) -> anyhow::Result<()> {
        let readiness = Readiness::new();
        let reached = readiness.latch("API server");
        self.serve_admin(readiness).await?;
        let manager = LeaseManagerBuilder::new(self.client.clone(), &self.config.lease)
            .with_namespace(&self.config.namespace)
            .with_identity(&self.config.name)
            .with_duration(LEADS)
            .with_grace(RENEWS)
            .build();
        let manager = manager.await.context("the lease to lead by")?;
        reached.release();
        let (leads, lease) = manager.watch().await;
        let lifecycle = self.lifecycle.clone();
        lifecycle.spawn("reconciling", async move {
            self.lead(leads).await;
            // Whoever lets the lease go has the next one lead at once.
            if let Ok(Err(error)) = lease.await {
                tracing::warn!(%error, "the lease could not be released");
            }
        });
        Ok(())
    }

    async fn serve_admin(&self, readiness: Readiness) -> anyhow::Result<()> {
        let admin = self.config.admin;
        let listener = TcpListener::bind(admin).await;
        let listener = listener.with_context(|| format!("{admin}: cannot be listened on"))?;
        let lifecycle = self.lifecycle.clone();
        let serving = serve_admin(listener, Telemetry::disabled(), readiness, lifecycle);
        self.lifecycle.attend("admin endpoint", serving);
        Ok(())
    }

    async fn lead(&self, mut leads: Receiver<bool>) {
        let draining = self.lifecycle.draining();
        tracing::info!(name = self.config.name, "waiting to lead");
        tokio::select! {
            () = draining.cancelled() => return,
            led = leads.wait_for(|leads| *leads) => if led.is_err() {
                return self.lifecycle.fail("the lease to lead by is not asked for any more");
            },
        }
        tracing::info!(name = self.config.name, "leading");
        tokio::select! {
            () = draining.cancelled() => {}
            // Another one leads by now: what runs here must not go on.
            _ = leads.wait_for(|leads| !*leads) => self.lifecycle.fail("this process does not lead any more"),
            () = self.reconcile() => self.lifecycle.fail("the controllers ended"),
        }
    }

    async fn reconcile(&self) {
        let control = Arc::new(GrpcControl::new(self.config.control.clone()));
        let context = Arc::new(Context::new(
            self.client.clone(),
            control,
            &self.config.name,
        ));
        tokio::select! {
            () = self.pools(context.clone()) => {}
            () = self.tenants(context) => {}
        }
    }

    /// Cares for pools: when one changes, when its StatefulSet does, and from time to time.
    async fn pools(&self, context: Arc<Context>) {
        let pools: Api<WatcherPool> = self.api();
        let controller = Controller::new(pools, watcher::Config::default());
        let store = controller.store();
        let of_set = move |set: StatefulSet| {
            let pools = store.state().into_iter();
            let of_set = pools.filter(move |pool| pool.spec.stateful_set == set.name_any());
            let references: Vec<_> = of_set.map(|pool| ObjectRef::from_obj(&*pool)).collect();
            references
        };
        let controller = controller.watches(self.api(), watcher::Config::default(), of_set);
        let done = controller.run(pool::reconcile, pool::failed, context);
        done.for_each(|done| async { log("pool", done.map(|(at, action)| (at.name, action))) })
            .await;
    }

    async fn tenants(&self, context: Arc<Context>) {
        let controller = Controller::new(self.api::<MailTenant>(), watcher::Config::default());
        let done = controller.run(tenant::reconcile, tenant::failed, context);
        done.for_each(|done| async { log("tenant", done.map(|(at, action)| (at.name, action))) })
            .await;
    }

    fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<DynamicType = (), Scope = kube::core::NamespaceResourceScope>,
    {
        Api::namespaced(self.client.clone(), &self.config.namespace)
    }
}

/// What failed was told by who failed; what the watches say is told here.
fn log<E: std::fmt::Display>(what: &'static str, done: Result<(String, Action), E>) {
    match done {
        Ok((name, action)) => tracing::debug!(what, name, ?action, "reconciled"),
        Err(error) => tracing::debug!(what, %error, "not reconciled"),
    }
}
