//! A container's environment and its words, with what they refer to.

use super::Shared;
use super::image::Image;
use super::volume::bytes_of;
use crate::plane::NODES;
use anyhow::{Context as _, bail};
use k8s_openapi::api::core::v1::{ConfigMap, Container, EnvVarSource, Pod, Secret};
use kube::api::Api;
use std::collections::BTreeMap;

/// The API server as pods find it.
const API_SERVER: [(&str, &str); 2] = [
    ("KUBERNETES_SERVICE_HOST", "10.96.0.1"),
    ("KUBERNETES_SERVICE_PORT", "443"),
];

/// Names and values, in order.
pub(super) type Environment = Vec<(String, String)>;

/// All variables of a container. `address` is the pod's.
pub(super) async fn of(
    shared: &Shared,
    pod: &Pod,
    container: &Container,
    image: &Image,
    address: &str,
) -> anyhow::Result<Environment> {
    let mut all = image.environment.clone();
    all.push(("HOSTNAME".to_owned(), name(pod).to_owned()));
    all.extend(API_SERVER.map(|(name, value)| (name.to_owned(), value.to_owned())));
    for source in container.env_from.iter().flatten() {
        let prefix = source.prefix.as_deref().unwrap_or_default();
        let (values, is_optional) = if let Some(named) = &source.config_map_ref {
            (config_map(shared, pod, &named.name).await, named.optional)
        } else if let Some(named) = &source.secret_ref {
            (secret(shared, pod, &named.name).await, named.optional)
        } else {
            continue;
        };
        match values {
            Err(_) if is_optional == Some(true) => {}
            values => all.extend(
                values?
                    .into_iter()
                    .map(|(key, value)| (format!("{prefix}{key}"), value)),
            ),
        }
    }
    for variable in container.env.iter().flatten() {
        let value = match &variable.value_from {
            None => Some(expand(variable.value.as_deref().unwrap_or_default(), &all)),
            Some(source) => value(shared, pod, source, address)
                .await
                .with_context(|| format!("variable {}", variable.name))?,
        };
        if let Some(value) = value {
            all.retain(|(name, _)| *name != variable.name);
            all.push((variable.name.clone(), value));
        }
    }
    Ok(all)
}

/// The value of a source; `None` if it is optional and not there.
async fn value(
    shared: &Shared,
    pod: &Pod,
    source: &EnvVarSource,
    address: &str,
) -> anyhow::Result<Option<String>> {
    if let Some(field) = &source.field_ref {
        return self::field(pod, &field.field_path, address).map(Some);
    }
    let (values, key, is_optional) = if let Some(from) = &source.secret_key_ref {
        (
            secret(shared, pod, &from.name).await,
            &from.key,
            from.optional,
        )
    } else if let Some(from) = &source.config_map_key_ref {
        (
            config_map(shared, pod, &from.name).await,
            &from.key,
            from.optional,
        )
    } else {
        bail!("the cluster test knows only fields, secrets and config maps as sources")
    };
    if is_optional == Some(true) {
        return Ok(values.ok().and_then(|mut values| values.remove(key)));
    }
    let value = values?.remove(key);
    value
        .map(Some)
        .with_context(|| format!("couldn't find key {key}"))
}

async fn secret(
    shared: &Shared,
    pod: &Pod,
    name: &str,
) -> anyhow::Result<BTreeMap<String, String>> {
    let secrets = Api::<Secret>::namespaced(shared.client.clone(), namespace(pod));
    let data = secrets
        .get(name)
        .await?
        .data
        .unwrap_or_default()
        .into_iter();
    data.map(|(key, value)| Ok((key, String::from_utf8(value.0)?)))
        .collect()
}

async fn config_map(
    shared: &Shared,
    pod: &Pod,
    name: &str,
) -> anyhow::Result<BTreeMap<String, String>> {
    let maps = Api::<ConfigMap>::namespaced(shared.client.clone(), namespace(pod));
    let data = bytes_of(maps.get(name).await?).into_iter();
    data.map(|(key, value)| Ok((key, String::from_utf8(value)?)))
        .collect()
}

/// A field of a pod, as `fieldRef` names it.
pub(super) fn field(pod: &Pod, path: &str, address: &str) -> anyhow::Result<String> {
    let meta = &pod.metadata;
    let spec = pod.spec.as_ref();
    let keyed = |map: Option<&BTreeMap<String, String>>, key: &str| {
        map.and_then(|map| map.get(key))
            .cloned()
            .unwrap_or_default()
    };
    if let Some((map, key)) = path
        .strip_suffix("']")
        .and_then(|path| path.split_once("['"))
    {
        return match map {
            "metadata.labels" => Ok(keyed(meta.labels.as_ref(), key)),
            "metadata.annotations" => Ok(keyed(meta.annotations.as_ref(), key)),
            _ => bail!("the cluster test does not know the field {path}"),
        };
    }
    let node = node(pod);
    Ok(match path {
        "metadata.name" => name(pod).to_owned(),
        "metadata.namespace" => namespace(pod).to_owned(),
        "metadata.uid" => meta.uid.clone().unwrap_or_default(),
        "spec.nodeName" => node.to_owned(),
        "spec.serviceAccountName" => spec
            .and_then(|spec| spec.service_account_name.clone())
            .unwrap_or_default(),
        "status.podIP" | "status.podIPs" => address.to_owned(),
        "status.hostIP" => node_address(node).to_owned(),
        _ => bail!("the cluster test does not know the field {path}"),
    })
}

/// Replaces `$(NAME)` by the value of a variable, and leaves what names none.
pub(super) fn expand(text: &str, variables: &Environment) -> String {
    let mut rest = text;
    let mut made = String::new();
    while let Some((before, after)) = rest.split_once("$(") {
        made.push_str(before);
        let Some((name, behind)) = after.split_once(')') else {
            made.push_str("$(");
            rest = after;
            continue;
        };
        let value = variables.iter().rev().find(|(known, _)| known == name);
        match value {
            Some((_, value)) => made.push_str(value),
            None => made.push_str(&format!("$({name})")),
        }
        rest = behind;
    }
    made.push_str(rest);
    made
}

pub(super) fn name(pod: &Pod) -> &str {
    pod.metadata.name.as_deref().unwrap_or_default()
}

pub(super) fn namespace(pod: &Pod) -> &str {
    pod.metadata.namespace.as_deref().unwrap_or_default()
}

/// The node that a pod is on; empty if it is on none.
pub(super) fn node(pod: &Pod) -> &str {
    let spec = pod.spec.as_ref();
    let node = spec.and_then(|spec| spec.node_name.as_deref());
    node.unwrap_or_default()
}

pub(super) fn node_address(node: &str) -> &'static str {
    let found = NODES.iter().find(|(name, _)| *name == node);
    found.map_or("", |(_, address)| *address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_replaced_and_unknown_ones_stay() {
        let variables = vec![("A".to_owned(), "1".to_owned())];
        assert_eq!(expand("x$(A)y$(B)$(", &variables), "x1y$(B)$(");
    }
}
