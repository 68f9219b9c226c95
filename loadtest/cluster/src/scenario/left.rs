//! What is left in the namespace, of every kind that there is.

use super::look::NAMESPACE;
use kube::Client;
use kube::api::{Api, DynamicObject, ListParams};
use kube::discovery::{Discovery, Scope, verbs};
use std::collections::BTreeSet;

/// What every namespace has, and what notes what happened.
const NOT_OURS: [&str; 4] = [
    "ConfigMap/kube-root-ca.crt",
    "ServiceAccount/default",
    "Event/",
    "EndpointSlice/",
];

/// All objects of the namespace as `KIND/NAME`, but those that are in every namespace.
pub(super) async fn objects(client: &Client) -> anyhow::Result<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    let kinds = Discovery::new(client.clone()).run().await?;
    for group in kinds.groups() {
        for (resource, can) in group.recommended_resources() {
            if can.scope != Scope::Namespaced || !can.supports_operation(verbs::LIST) {
                continue;
            }
            let api = Api::<DynamicObject>::namespaced_with(client.clone(), NAMESPACE, &resource);
            for object in api.list(&ListParams::default()).await? {
                let name = object.metadata.name.unwrap_or_default();
                all.insert(format!("{}/{name}", resource.kind));
            }
        }
    }
    all.retain(|object| !NOT_OURS.iter().any(|not| object.starts_with(not)));
    Ok(all)
}
