//! A pool in a cluster: what is read, written and told.

use crate::cluster::{Cluster, NAMESPACE};
use crate::gateway::Gateway;
use pushmail_operator::crd::WatcherPool;
use pushmail_operator::reconcile::{Context, pool};
use serde_json::{Value, json};
use std::sync::Arc;

const SET: &str = "/apis/apps/v1/namespaces/mail/statefulsets/watcher";
const POOL: &str = "/apis/pushmail.io/v1alpha1/namespaces/mail/watcherpools/watcher";
const PODS: &str = "/api/v1/namespaces/mail/pods";
/// When pods were made, and in seconds since 1970.
const MADE: &str = "2026-01-01T00:00:00Z";
const MADE_AT: i64 = 1_767_225_600;

struct World {
    cluster: Cluster,
    gateway: Gateway,
}

impl World {
    /// A pool for 100 accounts each, with so many workers that serve.
    fn new(accounts: u64, workers: u32) -> Self {
        let world = Self {
            cluster: Cluster::default(),
            gateway: Gateway::with(accounts),
        };
        world.cluster.put(SET, set(workers));
        world.cluster.put(POOL, json!({
            "apiVersion": "pushmail.io/v1alpha1",
            "kind": "WatcherPool",
            "metadata": { "name": "watcher", "namespace": NAMESPACE, "generation": 1, "uid": "pool" },
            "spec": { "statefulSet": "watcher", "targetAccountsPerWorker": 100, "maxWorkers": 5 },
        }));
        for ordinal in 0..workers {
            world.pod(ordinal, "new");
        }
        world
    }

    /// A pod that is ready, and its worker.
    fn pod(&self, ordinal: u32, revision: &str) {
        let name = format!("watcher-{ordinal}");
        self.cluster
            .put(&format!("{PODS}/{name}"), pod(&name, revision));
        self.gateway.worker(&name, MADE_AT + 5, 10);
    }

    async fn reconcile(&self) {
        let pool: WatcherPool = serde_json::from_value(self.cluster.get(POOL)).expect("a pool");
        let control = Arc::new(self.gateway.clone());
        let context = Context::new(self.cluster.client(), control, "operator-0");
        let done = pool::reconcile(Arc::new(pool), Arc::new(context)).await;
        done.expect("it is reconciled");
    }

    fn replicas(&self) -> Value {
        self.cluster.get(SET)["spec"]["replicas"].clone()
    }

    /// A condition's status and reason.
    fn condition(&self, type_: &str) -> (String, String) {
        let pool = self.cluster.get(POOL);
        let all = pool["status"]["conditions"]
            .as_array()
            .expect("there are some");
        let one = all
            .iter()
            .find(|one| one["type"] == type_)
            .expect("there is one");
        let text = |field: &str| one[field].as_str().unwrap_or_default().to_owned();
        (text("status"), text("reason"))
    }
}

fn set(replicas: u32) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": { "name": "watcher", "namespace": NAMESPACE, "generation": 3, "uid": "set" },
        "spec": {
            "replicas": replicas,
            "serviceName": "watcher",
            "selector": { "matchLabels": { "app": "watcher" } },
            "updateStrategy": { "type": "OnDelete" },
            "template": {
                "metadata": { "labels": { "app": "watcher" } },
                "spec": { "containers": [{ "name": "watcher", "image": "pushmail" }] },
            },
        },
        "status": { "replicas": replicas, "observedGeneration": 3, "updateRevision": "new" },
    })
}

fn pod(name: &str, revision: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "uid": format!("uid-{name}"),
            "creationTimestamp": MADE,
            "labels": { "app": "watcher", "controller-revision-hash": revision },
            "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "StatefulSet", "name": "watcher", "uid": "set" }],
        },
        "status": { "conditions": [{ "type": "Ready", "status": "True" }] },
    })
}

fn pair(status: &str, reason: &str) -> (String, String) {
    (status.to_owned(), reason.to_owned())
}

#[tokio::test]
async fn a_pool_grows_with_its_accounts() {
    let world = World::new(450, 2);
    world.reconcile().await;
    assert_eq!(world.replicas(), 5);
    assert_eq!(world.cluster.events(), ["Resized"]);
    let status = &world.cluster.get(POOL)["status"];
    assert_eq!(
        (&status["accounts"], &status["workers"]),
        (&json!(450), &json!(5))
    );
}

#[tokio::test]
async fn a_pool_shrinks_by_its_highest_worker_once_that_has_nothing() {
    let world = World::new(120, 3);
    world.reconcile().await;
    assert_eq!(world.gateway.draining(), ["watcher-2"]);
    world.reconcile().await;
    assert_eq!(world.replicas(), 3);
    assert_eq!(world.condition("Progressing"), pair("True", "Draining"));
    world.gateway.hand_over();
    world.reconcile().await;
    assert_eq!(world.replicas(), 2);
    assert_eq!(world.cluster.events(), ["Draining", "Resized"]);
}

#[tokio::test]
async fn a_pod_of_an_older_template_is_drained_and_deleted_with_its_uid() {
    let world = World::new(120, 3);
    world
        .cluster
        .change(POOL, &json!({ "status": { "workers": 2 } }));
    world
        .cluster
        .put(&format!("{PODS}/watcher-0"), pod("watcher-0", "old"));
    world.reconcile().await;
    assert_eq!(world.gateway.draining(), ["watcher-0"]);
    world.gateway.hand_over();
    world.cluster.writes();
    world.reconcile().await;
    let writes = world.cluster.writes();
    let (what, options) = writes.last().expect("something was written");
    assert_eq!(what, &format!("DELETE {PODS}/watcher-0"));
    assert_eq!(options["preconditions"]["uid"], "uid-watcher-0");
    assert_eq!(world.condition("Ready"), pair("False", "NotAllServe"));
}

#[tokio::test]
async fn a_worker_of_the_pod_before_is_not_taken_for_the_new_one() {
    let world = World::new(120, 2);
    world.gateway.worker("watcher-2", MADE_AT - 60, 10);
    world
        .cluster
        .change(SET, &json!({ "spec": { "replicas": 3 } }));
    world
        .cluster
        .put(&format!("{PODS}/watcher-2"), pod("watcher-2", "new"));
    world
        .cluster
        .change(&format!("{PODS}/watcher-2"), &json!({ "status": null }));
    world.reconcile().await;
    // It is not ready and has nothing: it may go.
    assert_eq!(world.replicas(), 2);
    assert!(world.gateway.draining().is_empty());
}

#[tokio::test]
async fn pods_of_others_do_not_count() {
    let world = World::new(120, 2);
    let mut other = pod("watcher-7", "old");
    other["metadata"]["ownerReferences"][0]["uid"] = json!("another");
    world.cluster.put(&format!("{PODS}/watcher-7"), other);
    world.reconcile().await;
    assert_eq!(world.condition("Progressing"), pair("False", "Settled"));
    assert_eq!(world.condition("Ready"), pair("True", "AllServe"));
}

#[tokio::test]
async fn a_settled_pool_is_written_once() {
    let world = World::new(120, 2);
    world.reconcile().await;
    assert_eq!(world.cluster.writes().len(), 1);
    world.reconcile().await;
    assert!(world.cluster.writes().is_empty());
}

#[tokio::test]
async fn without_control_nothing_is_done_and_people_are_told_once() {
    let world = World::new(120, 4);
    world.gateway.set_away(true);
    world.reconcile().await;
    world.reconcile().await;
    assert_eq!(world.replicas(), 4);
    assert_eq!(
        world.condition("FleetReachable"),
        pair("False", "ControlFailed")
    );
    assert_eq!(world.cluster.events(), ["ControlFailed"]);
}

#[tokio::test]
async fn more_accounts_than_the_maximum_is_for_are_told_of() {
    let world = World::new(501, 5);
    world.reconcile().await;
    assert_eq!(world.condition("Outgrown"), pair("True", "MaximumReached"));
    assert_eq!(world.cluster.events(), ["MaximumReached"]);
    world.gateway.set_accounts(500);
    world.reconcile().await;
    assert_eq!(world.condition("Outgrown"), pair("False", "WithinMaximum"));
}

#[tokio::test]
async fn a_set_that_is_missing_or_replaces_its_pods_itself_is_left_alone() {
    let world = World::new(450, 2);
    world.cluster.change(
        SET,
        &json!({ "spec": { "updateStrategy": { "type": "RollingUpdate" } } }),
    );
    world.reconcile().await;
    assert_eq!(world.replicas(), 2);
    assert_eq!(world.condition("Ready"), pair("False", "RollsByItself"));
    world
        .cluster
        .change(POOL, &json!({ "spec": { "statefulSet": "another" } }));
    world.reconcile().await;
    assert_eq!(
        world.condition("Ready"),
        pair("False", "StatefulSetMissing")
    );
}

#[tokio::test]
async fn pods_are_attached_to_the_networks_by_which_they_leave() {
    let world = World::new(120, 2);
    let egress = json!([
        { "address": "203.0.113.10", "network": "mail/out-1" },
        { "address": "203.0.113.11", "network": "mail/out-2" },
    ]);
    world
        .cluster
        .change(POOL, &json!({ "spec": { "egress": egress } }));
    world.reconcile().await;
    let template = &world.cluster.get(SET)["spec"]["template"];
    let networks = &template["metadata"]["annotations"]["k8s.v1.cni.cncf.io/networks"];
    assert_eq!(networks, "mail/out-1,mail/out-2");
    let setting = &template["spec"]["containers"][0]["env"][0];
    assert_eq!(setting["name"], "PUSHMAIL__UPSTREAM__EGRESS");
    assert_eq!(
        setting["value"],
        r#"["203.0.113.10@net1","203.0.113.11@net2"]"#
    );
    world.cluster.writes();
    world.reconcile().await;
    let again = world.cluster.writes();
    assert!(
        again.iter().all(|(what, _)| !what.contains("statefulsets")),
        "{again:?}"
    );
}
