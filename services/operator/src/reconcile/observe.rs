//! A pool as Kubernetes and the fleet show it.

use super::Error;
use crate::control::{Fleet, FleetWorker};
use crate::core::{Pool, Worker};
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, ListParams};
use kube::{Client, ResourceExt as _};

/// The label that says which template a pod of a StatefulSet was made from.
const REVISION: &str = "controller-revision-hash";
/// A worker that started so long before its pod was made is of the pod before, in seconds: clocks differ.
const SKEW: i64 = 2;

/// A pool, and what is needed to act on it.
pub(super) struct Observed {
    pub(super) pool: Pool,
    pods: Vec<Pod>,
    fleet: Option<Fleet>,
}

impl Observed {
    /// Looks at the pods of the set; `fleet` is what control says, if it says anything.
    pub(super) async fn look(
        client: &Client,
        set: &StatefulSet,
        fleet: Option<Fleet>,
    ) -> Result<Self, Error> {
        let pods = pods(client, set).await?;
        let seen = pods.iter().filter_map(|pod| worker(set, pod, &fleet));
        let spec = set.spec.as_ref();
        let replicas = spec.and_then(|spec| spec.replicas).unwrap_or(1);
        let observed = set.status.as_ref().and_then(|s| s.observed_generation);
        Ok(Self {
            pool: Pool {
                replicas: u32::try_from(replicas).unwrap_or_default(),
                observed: observed == set.metadata.generation && revision(set).is_some(),
                workers: seen.collect(),
                accounts: fleet.as_ref().map(|fleet| fleet.accounts),
            },
            pods,
            fleet,
        })
    }

    /// The id by which the fleet knows the worker in the pod with this ordinal.
    pub(super) fn worker_id(&self, ordinal: u32) -> Option<&str> {
        let fleet = self.fleet.as_ref()?;
        let worker = in_fleet(fleet, self.pod(ordinal)?)?;
        Some(&worker.id)
    }

    /// The pod with this ordinal.
    pub(super) fn pod(&self, ordinal: u32) -> Option<&Pod> {
        let mut pods = self.pods.iter();
        pods.find(|pod| ordinal_of(pod) == Some(ordinal))
    }
}

/// The pods that the set made.
async fn pods(client: &Client, set: &StatefulSet) -> Result<Vec<Pod>, Error> {
    let labels = set
        .spec
        .as_ref()
        .and_then(|s| s.selector.match_labels.as_ref());
    let labels = labels.into_iter().flatten();
    let selector: Vec<String> = labels
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let api: Api<Pod> = Api::namespaced(client.clone(), &set.namespace().unwrap_or_default());
    let found = ListParams::default().labels(&selector.join(","));
    let mut pods = api.list(&found).await?.items;
    pods.retain(|pod| {
        let owners = pod.owner_references().iter();
        owners
            .clone()
            .any(|owner| Some(&owner.uid) == set.metadata.uid.as_ref())
    });
    Ok(pods)
}

fn worker(set: &StatefulSet, pod: &Pod, fleet: &Option<Fleet>) -> Option<Worker> {
    let known = fleet.as_ref().and_then(|fleet| in_fleet(fleet, pod));
    Some(Worker {
        ordinal: ordinal_of(pod)?,
        outdated: pod.labels().get(REVISION) != revision(set),
        ready: is_ready(pod),
        leaving: pod.metadata.deletion_timestamp.is_some(),
        draining: known.is_some_and(|worker| worker.draining),
        shards: known.map_or(0, |worker| worker.shards),
    })
}

/// The newest worker with the pod's name, unless it is of a pod before this one.
fn in_fleet<'a>(fleet: &'a Fleet, pod: &Pod) -> Option<&'a FleetWorker> {
    let named = fleet.workers.iter().filter(|w| w.name == pod.name_any());
    let newest = named.max_by_key(|worker| worker.started_at)?;
    let made = pod.creation_timestamp()?.0.as_second();
    (newest.started_at + SKEW >= made).then_some(newest)
}

/// The template that pods are made from now.
fn revision(set: &StatefulSet) -> Option<&String> {
    set.status.as_ref()?.update_revision.as_ref()
}

/// The number that its name ends with.
fn ordinal_of(pod: &Pod) -> Option<u32> {
    pod.name_any().rsplit_once('-')?.1.parse().ok()
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|s| s.conditions.as_ref());
    let mut conditions = conditions.into_iter().flatten();
    conditions.any(|one| one.type_ == "Ready" && one.status == "True")
}
