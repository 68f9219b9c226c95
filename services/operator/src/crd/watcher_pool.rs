//! `WatcherPool`: how many watchers there are.

#![expect(unreachable_pub, reason = "what the macro makes looks so to the lint")]

use crate::core::Policy;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

/// The watchers of a fleet: how many there are, and how they are replaced. A fleet has one pool, since its shards are shared by all
/// workers evenly.
#[derive(CustomResource, KubeSchema, Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[kube(
    group = "pushmail.io",
    version = "v1alpha1",
    kind = "WatcherPool",
    namespaced,
    status = "WatcherPoolStatus",
    derive = "PartialEq",
    shortname = "wpool",
    doc = "The watchers of a fleet: how many there are, and how they are replaced.",
    printcolumn = r#"{"name":"Accounts","type":"integer","jsonPath":".status.accounts"}"#,
    printcolumn = r#"{"name":"Wanted","type":"integer","jsonPath":".status.workers"}"#,
    printcolumn = r#"{"name":"Serving","type":"integer","jsonPath":".status.servingWorkers"}"#,
    printcolumn = r#"{"name":"Outdated","type":"integer","jsonPath":".status.outdatedWorkers"}"#,
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type=='Ready')].status"}"#,
    printcolumn = r#"{"name":"State","type":"string","jsonPath":".status.conditions[?(@.type=='Progressing')].reason"}"#
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = ("self.minWorkers <= self.maxWorkers", "minWorkers is more than maxWorkers"))]
pub struct WatcherPoolSpec {
    /// The StatefulSet of the watchers, in the same namespace. Its updateStrategy has to be OnDelete.
    #[schemars(length(min = 1, max = 253))]
    pub stateful_set: String,
    /// How many accounts a worker should have. A worker can have more: when others have died, and when the pool is at its maximum.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub target_accounts_per_worker: u32,
    /// No fewer workers than this.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 1000))]
    pub min_workers: u32,
    /// No more workers than this, but for the surge.
    #[schemars(range(min = 1, max = 1000))]
    pub max_workers: u32,
    /// How many workers more there may be while workers are replaced, and how many are replaced at a time. 0: one is replaced at
    /// a time, and only if the others have the room for its accounts.
    #[serde(default = "one")]
    #[schemars(range(min = 0, max = 100))]
    pub surge: u32,
    /// The addresses by which mail servers see the workers. Each is a network that the pods are attached to, and that leads out by this
    /// address. None: the cluster's own way out. An account keeps its address.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub egress: Vec<Egress>,
}

/// An address by which mail servers see a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Egress {
    /// The address, as mail servers see it: what the network's connections are translated to.
    #[x_kube(validation = ("isIP(self)", "is no IP address"))]
    #[schemars(length(max = 45))]
    pub address: String,
    /// A NetworkAttachmentDefinition, as `NAME` or `NAMESPACE/NAME`.
    #[schemars(length(min = 1, max = 317))]
    pub network: String,
}

/// What is seen of a pool.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct WatcherPoolStatus {
    /// The generation of the spec that this is about.
    #[serde(default)]
    pub observed_generation: i64,
    /// How many accounts the fleet has; as control said last.
    pub accounts: Option<u64>,
    /// How many workers are wanted.
    pub workers: Option<u32>,
    /// How many workers the accounts need at least.
    #[serde(default)]
    pub needed_workers: u32,
    /// How many workers take and keep accounts.
    #[serde(default)]
    pub serving_workers: u32,
    /// How many workers have still to be replaced.
    #[serde(default)]
    pub outdated_workers: u32,
    /// `Ready`: all wanted workers serve. `Progressing`: what is being done. `FleetReachable`: control answers. `Outgrown`: there are more
    /// accounts than `maxWorkers` should have.
    #[serde(default)]
    #[schemars(schema_with = "crate::crd::conditions::schema")]
    pub conditions: Vec<Condition>,
}

impl WatcherPoolSpec {
    /// What it asks for.
    pub fn policy(&self) -> Policy {
        Policy {
            target: u64::from(self.target_accounts_per_worker.max(1)),
            min: self.min_workers.max(1),
            max: self.max_workers.max(self.min_workers).max(1),
            surge: self.surge,
        }
    }
}

const fn one() -> u32 {
    1
}
