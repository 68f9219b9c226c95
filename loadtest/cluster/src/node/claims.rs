//! Claims of storage: each gets a folder.

use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use k8s_openapi::api::storage::v1::StorageClass;
use kube::Client;
use kube::api::{Api, DeleteParams, ListParams, PostParams};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The class, which is the default one, and whose volumes these are.
const CLASS: &str = "folders";
const PROVISIONER: &str = "pushmail.test/folders";
const LOOK: Duration = Duration::from_millis(500);

/// Makes the class.
pub(super) async fn class(client: &Client) -> anyhow::Result<()> {
    let class: StorageClass = serde_json::from_value(json!({
        "metadata": {
            "name": CLASS,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": PROVISIONER,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
    }))?;
    let classes = Api::<StorageClass>::all(client.clone());
    classes.create(&PostParams::default(), &class).await?;
    Ok(())
}

/// Makes a volume for each claim, and removes those that were released, for ever.
pub(super) async fn provide(client: Client, folder: PathBuf) {
    let mut ticks = tokio::time::interval(LOOK);
    loop {
        ticks.tick().await;
        if let Err(error) = look(&client, &folder).await {
            eprintln!("node agent: claims: {error:#}");
        }
    }
}

async fn look(client: &Client, folder: &Path) -> anyhow::Result<()> {
    let claims = Api::<PersistentVolumeClaim>::all(client.clone());
    let volumes = Api::<PersistentVolume>::all(client.clone());
    let there = volumes.list(&ListParams::default()).await?;
    for claim in claims.list(&ListParams::default()).await? {
        let spec = claim.spec.clone().unwrap_or_default();
        let uid = claim.metadata.uid.clone().unwrap_or_default();
        let name = format!("pvc-{uid}");
        let is_ours = spec.storage_class_name.as_deref() == Some(CLASS);
        let is_made = there
            .items
            .iter()
            .any(|volume| volume.metadata.name.as_ref() == Some(&name));
        if is_ours && spec.volume_name.is_none() && !is_made {
            let place = folder.join(&name);
            std::fs::create_dir_all(&place)?;
            let volume = volume(&claim, &name, &place)?;
            volumes.create(&PostParams::default(), &volume).await?;
        }
    }
    for volume in &there {
        let phase = volume
            .status
            .as_ref()
            .and_then(|status| status.phase.as_deref());
        let name = volume.metadata.name.as_deref().unwrap_or_default();
        if phase == Some("Released") && volume.metadata.deletion_timestamp.is_none() {
            volumes.delete(name, &DeleteParams::default()).await?;
            std::fs::remove_dir_all(folder.join(name))?;
        }
    }
    Ok(())
}

fn volume(
    claim: &PersistentVolumeClaim,
    name: &str,
    place: &Path,
) -> anyhow::Result<PersistentVolume> {
    let spec = claim.spec.clone().unwrap_or_default();
    let size = spec.resources.and_then(|resources| resources.requests);
    Ok(serde_json::from_value(json!({
        "metadata": {
            "name": name,
            "annotations": {"pv.kubernetes.io/provisioned-by": PROVISIONER},
        },
        "spec": {
            "capacity": size,
            "accessModes": spec.access_modes,
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": CLASS,
            "hostPath": {"path": place},
            "claimRef": {
                "kind": "PersistentVolumeClaim",
                "apiVersion": "v1",
                "namespace": claim.metadata.namespace,
                "name": claim.metadata.name,
                "uid": claim.metadata.uid,
            },
        },
    }))?)
}
