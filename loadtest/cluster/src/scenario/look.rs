//! Looks at the release's objects, and waits for what has to become of them.

use anyhow::{Context as _, bail};
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Pod, Secret};
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, ListParams, PostParams};
use kube::{Client, ResourceExt as _};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The namespace of the release.
pub(super) const NAMESPACE: &str = "mail";
/// The watchers' StatefulSet.
pub(super) const WATCHERS: &str = "mail-pushmail-watcher";
/// The release's settings.
const SETTINGS: &str = "mail-pushmail";
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(240);
const LOOK: Duration = Duration::from_millis(250);

/// Someone who looks.
pub(super) struct Look {
    pub(super) client: Client,
}

impl Look {
    fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), NAMESPACE)
    }

    /// Makes the namespace, which lets nothing in but pods of the restricted standard.
    pub(super) async fn make_namespace(&self) -> anyhow::Result<()> {
        let namespace: Namespace = serde_json::from_value(json!({"metadata": {
            "name": NAMESPACE,
            "labels": {
                "pod-security.kubernetes.io/enforce": "restricted",
                "pod-security.kubernetes.io/enforce-version": "v1.34",
            },
        }}))?;
        let namespaces = Api::<Namespace>::all(self.client.clone());
        namespaces
            .create(&PostParams::default(), &namespace)
            .await?;
        Ok(())
    }

    /// Makes a secret of one key.
    pub(super) async fn make_secret(
        &self,
        name: &str,
        key: &str,
        value: &str,
    ) -> anyhow::Result<()> {
        let secret: Secret = serde_json::from_value(json!({
            "metadata": {"name": name},
            "stringData": {key: value},
        }))?;
        self.api::<Secret>()
            .create(&PostParams::default(), &secret)
            .await?;
        Ok(())
    }

    /// What a secret has at a key.
    pub(super) async fn secret(&self, name: &str, key: &str) -> anyhow::Result<String> {
        let data = self
            .api::<Secret>()
            .get(name)
            .await?
            .data
            .unwrap_or_default();
        let value = data
            .get(key)
            .with_context(|| format!("secret {name} has no {key}"))?;
        Ok(String::from_utf8(value.0.clone())?)
    }

    /// The settings that the release's pods read.
    pub(super) async fn settings(&self) -> anyhow::Result<String> {
        let map = self.api::<ConfigMap>().get(SETTINGS).await?;
        let data = map.data.unwrap_or_default().remove("pushmail.toml");
        data.context("the release has no settings")
    }

    /// The uids of the watchers' pods, by their names; those that are ready and not ending.
    pub(super) async fn watchers(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let params = ListParams::default().labels("app.kubernetes.io/component=watcher");
        let pods = self.api::<Pod>().list(&params).await?;
        let well = pods.items.into_iter().filter(is_ready);
        let named = well.map(|pod| (pod.name_any(), pod.uid().unwrap_or_default()));
        Ok(named.collect())
    }

    /// Waits until so many watchers are ready, all of the newest template, and none is ending.
    pub(super) async fn until_watchers(&self, count: usize) -> anyhow::Result<()> {
        let sets = self.api::<StatefulSet>();
        self.until(
            &format!("{count} watchers are ready and up to date"),
            async || {
                let set = sets.get(WATCHERS).await?;
                let status = set.status.unwrap_or_default();
                let wanted = i32::try_from(count)?;
                let is_seen = status.observed_generation == set.metadata.generation;
                let all = [
                    Some(status.replicas),
                    status.ready_replicas,
                    status.updated_replicas,
                ];
                let is_settled = self.is_pool_ready(count).await?;
                let pods = self.watchers().await?;
                Ok(is_seen && is_settled && all == [Some(wanted); 3] && pods.len() == count)
            },
        )
        .await
    }

    /// Whether the operator wants so many watchers, and says that all is well.
    async fn is_pool_ready(&self, count: usize) -> anyhow::Result<bool> {
        let kind = GroupVersionKind::gvk("pushmail.io", "v1alpha1", "WatcherPool");
        let resource = ApiResource::from_gvk(&kind);
        let pools =
            Api::<DynamicObject>::namespaced_with(self.client.clone(), NAMESPACE, &resource);
        let pool = pools.get(WATCHERS).await?;
        let status = &pool.data["status"];
        let conditions = status["conditions"].as_array().into_iter().flatten();
        let mut ready = conditions.filter(|one| one["type"] == "Ready" && one["status"] == "True");
        let is_seen = status["observedGeneration"].as_i64() == pool.metadata.generation;
        Ok(is_seen && status["workers"].as_u64() == Some(count as u64) && ready.next().is_some())
    }

    /// The names of the pods in the namespace.
    pub(super) async fn pods(&self) -> anyhow::Result<Vec<String>> {
        let pods = self.api::<Pod>().list(&ListParams::default()).await?;
        Ok(pods.items.iter().map(kube::ResourceExt::name_any).collect())
    }

    /// Waits until this is so.
    pub(super) async fn until(
        &self,
        what: &str,
        mut is_so: impl AsyncFnMut() -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        let begin = Instant::now();
        while !is_so().await? {
            if begin.elapsed() > PATIENCE {
                bail!("not in {PATIENCE:?}: {what}");
            }
            sleep(LOOK).await;
        }
        Ok(())
    }
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod
        .status
        .iter()
        .flat_map(|status| &status.conditions)
        .flatten();
    let mut ready = conditions.filter(|one| one.type_ == "Ready" && one.status == "True");
    pod.metadata.deletion_timestamp.is_none() && ready.next().is_some()
}
