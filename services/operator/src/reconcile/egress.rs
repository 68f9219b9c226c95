//! The pods are attached to the networks by which they leave, and told which address each leads to.

use super::{Error, FIELD_MANAGER};
use crate::crd::{Egress, WatcherPool};
use k8s_openapi::api::apps::v1::StatefulSet;
use kube::api::{Api, Patch, PatchParams};
use serde_json::{Value, json};

/// What Multus and others attach a pod to.
const NETWORKS: &str = "k8s.v1.cni.cncf.io/networks";
/// The setting that says which interface leads to which address: `upstream.egress`.
const SETTING: &str = "PUSHMAIL__UPSTREAM__EGRESS";
/// The container that the setting is for.
const CONTAINER: &str = "watcher";

/// Sees to it that the template says so. Returns whether it was changed.
pub(super) async fn attach(
    pool: &WatcherPool,
    set: &StatefulSet,
    sets: &Api<StatefulSet>,
) -> Result<bool, Error> {
    let wanted = wanted(&pool.spec.egress);
    if wanted == present(set) {
        return Ok(false);
    }
    let parameters = PatchParams::apply(FIELD_MANAGER).force();
    let patch = Patch::Apply(template(&pool.spec.stateful_set, wanted));
    sets.patch(&pool.spec.stateful_set, &parameters, &patch)
        .await?;
    Ok(true)
}

/// The networks and the setting.
type Attached = Option<(String, String)>;

fn wanted(egress: &[Egress]) -> Attached {
    if egress.is_empty() {
        return None;
    }
    let networks: Vec<&str> = egress.iter().map(|one| one.network.as_str()).collect();
    // The interfaces are named in the order of the networks.
    let ways = egress.iter().enumerate();
    let ways: Vec<String> = ways
        .map(|(at, one)| format!("{}@net{}", one.address, at + 1))
        .collect();
    Some((networks.join(","), json!(ways).to_string()))
}

fn present(set: &StatefulSet) -> Attached {
    let template = &set.spec.as_ref()?.template;
    let networks = template
        .metadata
        .as_ref()?
        .annotations
        .as_ref()?
        .get(NETWORKS)?;
    let containers = &template.spec.as_ref()?.containers;
    let container = containers.iter().find(|one| one.name == CONTAINER)?;
    let setting = container
        .env
        .iter()
        .flatten()
        .find(|one| one.name == SETTING)?;
    Some((networks.clone(), setting.value.clone()?))
}

/// What of the StatefulSet is the operator's. What is not named any more goes.
fn template(name: &str, wanted: Attached) -> Value {
    let mut template = json!({
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": { "name": name },
    });
    if let Some((networks, setting)) = wanted {
        template["spec"]["template"] = json!({
            "metadata": { "annotations": { NETWORKS: networks } },
            "spec": { "containers": [{ "name": CONTAINER, "env": [{ "name": SETTING, "value": setting }] }] },
        });
    }
    template
}
