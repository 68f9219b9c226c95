//! A pod's volumes, as folders.

mod files;
mod token;

use super::Shared;
use super::environment::{field, name, namespace};
use anyhow::{Context as _, bail};
use files::Files;
use k8s_openapi::api::core::v1::{
    ConfigMap, DownwardAPIVolumeFile, KeyToPath, PersistentVolume, PersistentVolumeClaim, Pod,
    Secret, Volume, VolumeProjection,
};
use kube::api::Api;
use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

const MODE: u32 = 0o644;

/// Makes a volume of a pod, or brings it up to date, and returns its folder.
///
/// # Errors
/// If what it refers to is not there, or not yet.
pub(super) async fn make(
    shared: &Shared,
    pod: &Pod,
    volume: &Volume,
    folder: &Path,
    address: &str,
) -> anyhow::Result<PathBuf> {
    let own = folder.join(&volume.name);
    let spec = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.security_context.as_ref());
    let group = spec.and_then(|context| context.fs_group);
    let group = group.map(u32::try_from).transpose()?;
    let mode = |mode: Option<i32>| {
        mode.and_then(|mode| u32::try_from(mode).ok())
            .unwrap_or(MODE)
    };
    let mut files = Files::default();
    if volume.empty_dir.is_some() {
        open(&own, group)?;
        return Ok(own);
    } else if let Some(claim) = &volume.persistent_volume_claim {
        let place = claimed(shared, pod, &claim.claim_name).await?;
        open(&place, group)?;
        return Ok(place);
    } else if let Some(map) = &volume.config_map {
        let values = config_map(shared, pod, &map.name, map.optional).await?;
        files.add(values, map.items.as_deref(), mode(map.default_mode))?;
    } else if let Some(secret) = &volume.secret {
        let name = secret.secret_name.as_deref().unwrap_or_default();
        let values = self::secret(shared, pod, name, secret.optional).await?;
        files.add(values, secret.items.as_deref(), mode(secret.default_mode))?;
    } else if let Some(projected) = &volume.projected {
        for source in projected.sources.iter().flatten() {
            project(
                shared,
                pod,
                source,
                &mut files,
                mode(projected.default_mode),
                address,
            )
            .await?;
        }
    } else if let Some(fields) = &volume.downward_api {
        downward(
            pod,
            fields.items.as_deref(),
            &mut files,
            mode(fields.default_mode),
            address,
        )?;
    } else {
        bail!(
            "the cluster test does not know this kind of volume: {}",
            volume.name
        );
    }
    files.write(&own, group)?;
    Ok(own)
}

/// Whether a volume's files follow what they were made of.
pub(super) fn follows(volume: &Volume) -> bool {
    volume.config_map.is_some() || volume.secret.is_some()
}

async fn project(
    shared: &Shared,
    pod: &Pod,
    source: &VolumeProjection,
    files: &mut Files,
    mode: u32,
    address: &str,
) -> anyhow::Result<()> {
    if let Some(map) = &source.config_map {
        let values = config_map(shared, pod, &map.name, map.optional).await?;
        files.add(values, map.items.as_deref(), mode)?;
    }
    if let Some(secret) = &source.secret {
        let values = self::secret(shared, pod, &secret.name, secret.optional).await?;
        files.add(values, secret.items.as_deref(), mode)?;
    }
    if let Some(token) = &source.service_account_token {
        let value = token::request(shared, pod, token).await?;
        files.put(&token.path, value.into_bytes(), mode);
    }
    if let Some(fields) = &source.downward_api {
        downward(pod, fields.items.as_deref(), files, mode, address)?;
    }
    Ok(())
}

fn downward(
    pod: &Pod,
    items: Option<&[DownwardAPIVolumeFile]>,
    files: &mut Files,
    mode: u32,
    address: &str,
) -> anyhow::Result<()> {
    for item in items.unwrap_or_default() {
        let from = item.field_ref.as_ref().context("only fields are known")?;
        let value = field(pod, &from.field_path, address)?;
        files.put(&item.path, value.into_bytes(), mode);
    }
    Ok(())
}

/// A map's values, binary ones too.
pub(super) fn bytes_of(map: ConfigMap) -> BTreeMap<String, Vec<u8>> {
    let text = map.data.unwrap_or_default().into_iter();
    let binary = map.binary_data.unwrap_or_default().into_iter();
    text.map(|(key, value)| (key, value.into_bytes()))
        .chain(binary.map(|(key, value)| (key, value.0)))
        .collect()
}

async fn config_map(
    shared: &Shared,
    pod: &Pod,
    name: &str,
    optional: Option<bool>,
) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let maps = Api::<ConfigMap>::namespaced(shared.client.clone(), namespace(pod));
    match maps.get_opt(name).await? {
        None if optional == Some(true) => Ok(BTreeMap::new()),
        found => {
            Ok(bytes_of(found.with_context(|| {
                format!("configmap {name:?} not found")
            })?))
        }
    }
}

async fn secret(
    shared: &Shared,
    pod: &Pod,
    name: &str,
    optional: Option<bool>,
) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let secrets = Api::<Secret>::namespaced(shared.client.clone(), namespace(pod));
    let found = match secrets.get_opt(name).await? {
        None if optional == Some(true) => return Ok(BTreeMap::new()),
        found => found.with_context(|| format!("secret {name:?} not found"))?,
    };
    let data = found.data.unwrap_or_default().into_iter();
    Ok(data.map(|(key, value)| (key, value.0)).collect())
}

/// The folder of a claim, once it is bound.
async fn claimed(shared: &Shared, pod: &Pod, claim: &str) -> anyhow::Result<PathBuf> {
    let claims = Api::<PersistentVolumeClaim>::namespaced(shared.client.clone(), namespace(pod));
    let found = claims
        .get(claim)
        .await?
        .spec
        .and_then(|spec| spec.volume_name);
    let volume =
        found.with_context(|| format!("claim {claim} of {} is not bound yet", name(pod)))?;
    let volumes = Api::<PersistentVolume>::all(shared.client.clone());
    let place = volumes
        .get(&volume)
        .await?
        .spec
        .and_then(|spec| spec.host_path);
    Ok(place.context("the volume has no hostPath")?.path.into())
}

/// A folder in which the pod's group may write; anybody, if it has none.
fn open(folder: &Path, group: Option<u32>) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mode = if group.is_some() { 0o2777 } else { 0o777 };
    chown(folder, None, group)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode))
}

/// A path, what is there, and its mode if it has one of its own.
type Chosen = (String, Vec<u8>, Option<u32>);

/// The paths that some keys are put at: all by their own names if none are chosen.
pub(super) fn chosen(
    values: BTreeMap<String, Vec<u8>>,
    items: Option<&[KeyToPath]>,
) -> anyhow::Result<Vec<Chosen>> {
    let Some(items) = items else {
        return Ok(values
            .into_iter()
            .map(|(key, value)| (key, value, None))
            .collect());
    };
    let choose = |item: &KeyToPath| {
        let value = values.get(&item.key).cloned();
        let value = value.with_context(|| format!("references non-existent key: {}", item.key))?;
        let mode = item.mode.and_then(|mode| u32::try_from(mode).ok());
        Ok((item.path.clone(), value, mode))
    };
    items.iter().map(choose).collect()
}
