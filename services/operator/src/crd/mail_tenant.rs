//! `MailTenant`: a tenant that is declared.

#![expect(unreachable_pub, reason = "what the macro makes looks so to the lint")]

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A tenant of the gateway, which is made when this is, and known by `status.tenant` from then on.
#[derive(CustomResource, KubeSchema, Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[kube(
    group = "pushmail.io",
    version = "v1alpha1",
    kind = "MailTenant",
    namespaced,
    status = "MailTenantStatus",
    derive = "PartialEq",
    shortname = "mten",
    doc = "A tenant of the gateway.",
    printcolumn = r#"{"name":"Tenant","type":"string","jsonPath":".status.tenant"}"#,
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type=='Ready')].status"}"#,
    printcolumn = r#"{"name":"On deletion","type":"string","jsonPath":".spec.deletionPolicy"}"#
)]
#[serde(rename_all = "camelCase")]
pub struct MailTenantSpec {
    /// A name for people.
    #[schemars(length(min = 1, max = 128))]
    #[x_kube(validation = ("self == oldSelf", "a tenant keeps its name"))]
    pub name: String,
    /// What becomes of the tenant when this is deleted.
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,
}

/// What becomes of a tenant whose resource is deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// It stays, with all it has; `pushmail ctl tenant delete` removes it.
    #[default]
    Retain,
    /// It is erased: its accounts, devices, keys and logged events.
    Erase,
}

/// What is known of a tenant.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailTenantStatus {
    /// The generation of the spec that this is about.
    #[serde(default)]
    pub observed_generation: i64,
    /// Its id, `ten_` and 26 characters.
    pub tenant: Option<String>,
    /// `Ready`: the tenant is there.
    #[serde(default)]
    #[schemars(schema_with = "crate::crd::conditions::schema")]
    pub conditions: Vec<Condition>,
}
