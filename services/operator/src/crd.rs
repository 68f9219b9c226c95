//! The custom resources, of the group `pushmail.io`.

mod conditions;
pub mod mail_tenant;
pub mod watcher_pool;

pub use conditions::{Conditions, State};
pub use mail_tenant::{DeletionPolicy, MailTenant, MailTenantSpec, MailTenantStatus};
pub use watcher_pool::{Egress, WatcherPool, WatcherPoolSpec, WatcherPoolStatus};

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt as _;

/// The files that the chart `pushmail-crds` has them in: names and texts.
///
/// # Errors
///
/// If one cannot be written as YAML.
pub fn files() -> Result<Vec<(&'static str, String)>, serde_saphyr::ser::Error> {
    let texts = definitions().into_iter();
    let texts = texts.map(|(name, definition)| Ok((name, serde_saphyr::to_string(&definition)?)));
    texts.collect()
}

/// Their definitions, by the names of these files.
pub fn definitions() -> [(&'static str, CustomResourceDefinition); 2] {
    [
        ("mailtenants.yaml", MailTenant::crd()),
        ("watcherpools.yaml", WatcherPool::crd()),
    ]
}
