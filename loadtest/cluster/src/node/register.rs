//! The nodes: objects, and the leases that say that they live.

use crate::plane::NODES;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::Client;
use kube::api::{Api, Patch, PatchParams, PostParams};
use serde_json::json;
use std::time::Duration;

/// Who writes.
pub(super) const MANAGER: &str = "pushmail-cluster";
/// Between two heartbeats, as the kubelet has it.
const BEAT: Duration = Duration::from_secs(10);

/// Makes the nodes, one in each zone, and reports them ready.
pub(super) async fn nodes(client: &Client) -> anyhow::Result<()> {
    let api = Api::<Node>::all(client.clone());
    for (name, address) in NODES {
        let zone = name.replace("node", "zone");
        let node: Node = serde_json::from_value(json!({
            "metadata": {"name": name, "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "topology.kubernetes.io/zone": zone,
            }},
        }))?;
        api.create(&PostParams::default(), &node).await?;
        let resources =
            json!({"cpu": "8", "memory": "16Gi", "pods": "110", "ephemeral-storage": "64Gi"});
        let status = json!({"status": {
            "capacity": resources,
            "allocatable": resources,
            "addresses": [
                {"type": "InternalIP", "address": address},
                {"type": "Hostname", "address": name},
            ],
            "conditions": [{
                "type": "Ready",
                "status": "True",
                "reason": "KubeletReady",
                "message": "the node agent of the cluster test runs",
                "lastHeartbeatTime": super::now::time(),
                "lastTransitionTime": super::now::time(),
            }],
            "nodeInfo": {
                "architecture": "amd64", "bootID": "", "containerRuntimeVersion": "runc://1",
                "kernelVersion": "", "kubeProxyVersion": "", "kubeletVersion": "v1.34.0",
                "machineID": "", "operatingSystem": "linux", "osImage": "", "systemUUID": "",
            },
        }});
        let patch = Patch::Merge(&status);
        api.patch_status(name, &PatchParams::default(), &patch)
            .await?;
    }
    Ok(())
}

/// Renews the nodes' leases, for ever.
pub(super) async fn beat(client: Client) {
    let leases = Api::<Lease>::namespaced(client, "kube-node-lease");
    let mut ticks = tokio::time::interval(BEAT);
    loop {
        ticks.tick().await;
        for (name, _) in NODES {
            let lease = json!({
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {"name": name},
                "spec": {
                    "holderIdentity": name,
                    "leaseDurationSeconds": 40,
                    "renewTime": MicroTime(Timestamp::now()),
                },
            });
            let params = PatchParams::apply(MANAGER).force();
            let renewed = leases.patch(name, &params, &Patch::Apply(&lease)).await;
            if let Err(error) = renewed {
                eprintln!("node agent: the lease of {name} was not renewed: {error}");
            }
        }
    }
}
