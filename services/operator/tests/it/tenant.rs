//! A declared tenant: made once, and erased only if that is wanted.

use crate::cluster::{Cluster, NAMESPACE};
use crate::gateway::Gateway;
use kube::runtime::controller::Action;
use pushmail_operator::crd::MailTenant;
use pushmail_operator::reconcile::{Context, Error, tenant};
use serde_json::{Value, json};
use std::sync::Arc;

const TENANT: &str = "/apis/pushmail.io/v1alpha1/namespaces/mail/mailtenants/acme";

struct World {
    cluster: Cluster,
    gateway: Gateway,
}

impl World {
    fn new(policy: &str) -> Self {
        let world = Self {
            cluster: Cluster::default(),
            gateway: Gateway::default(),
        };
        world.declare(policy);
        world
    }

    fn declare(&self, policy: &str) {
        self.cluster.put(TENANT, json!({
            "apiVersion": "pushmail.io/v1alpha1",
            "kind": "MailTenant",
            "metadata": { "name": "acme", "namespace": NAMESPACE, "generation": 1, "uid": "one" },
            "spec": { "name": "Acme", "deletionPolicy": policy },
        }));
    }

    fn delete(&self) {
        let deleted = json!({ "metadata": { "deletionTimestamp": "2026-01-01T00:00:00Z" } });
        self.cluster.change(TENANT, &deleted);
    }

    async fn reconcile(&self) {
        self.try_reconcile().await.expect("it is reconciled");
    }

    async fn try_reconcile(&self) -> Result<Action, Error> {
        let tenant: MailTenant = serde_json::from_value(self.cluster.get(TENANT)).expect("one");
        let control = Arc::new(self.gateway.clone());
        let context = Context::new(self.cluster.client(), control, "operator-0");
        tenant::reconcile(Arc::new(tenant), Arc::new(context)).await
    }

    fn tenant(&self) -> Value {
        self.cluster.get(TENANT)
    }

    fn ready(&self) -> (Value, Value) {
        let condition = &self.tenant()["status"]["conditions"][0];
        (condition["status"].clone(), condition["reason"].clone())
    }
}

#[tokio::test]
async fn a_tenant_is_made_once() {
    let world = World::new("Retain");
    world.reconcile().await;
    world.reconcile().await;
    assert_eq!(world.gateway.tenants(), ["ten_0"]);
    assert_eq!(world.tenant()["status"]["tenant"], "ten_0");
    assert_eq!(world.ready(), (json!("True"), json!("Made")));
    assert_eq!(world.cluster.events(), ["Made"]);
}

#[tokio::test]
async fn a_tenant_that_is_declared_anew_is_the_one_that_it_was() {
    let world = World::new("Retain");
    world.reconcile().await;
    world.declare("Retain");
    world.reconcile().await;
    assert_eq!(world.gateway.tenants(), ["ten_0"]);
    assert_eq!(world.tenant()["status"]["tenant"], "ten_0");
}

#[tokio::test]
async fn a_tenant_is_kept_when_its_resource_goes() {
    let world = World::new("Retain");
    world.reconcile().await;
    assert!(world.tenant()["metadata"]["finalizers"].is_null());
    world.delete();
    world.reconcile().await;
    assert_eq!(world.gateway.tenants(), ["ten_0"]);
}

#[tokio::test]
async fn a_tenant_is_erased_before_its_resource_goes_if_that_is_wanted() {
    let world = World::new("Erase");
    world.reconcile().await;
    let held = json!(["pushmail.io/erase"]);
    assert_eq!(world.tenant()["metadata"]["finalizers"], held);
    world.delete();
    world.gateway.set_away(true);
    assert!(world.try_reconcile().await.is_err());
    assert_eq!(world.tenant()["metadata"]["finalizers"], held);
    world.gateway.set_away(false);
    world.reconcile().await;
    assert!(world.gateway.tenants().is_empty());
    assert_eq!(world.tenant()["metadata"]["finalizers"], json!([]));
}

#[tokio::test]
async fn a_tenant_that_was_erased_by_hand_is_not_made_again() {
    let world = World::new("Retain");
    world.reconcile().await;
    world.gateway.erase();
    world.reconcile().await;
    assert!(world.gateway.tenants().is_empty());
    assert_eq!(world.ready(), (json!("False"), json!("Gone")));
}

#[tokio::test]
async fn a_tenant_says_that_control_could_not_be_asked() {
    let world = World::new("Retain");
    world.gateway.set_away(true);
    assert!(world.try_reconcile().await.is_err());
    assert_eq!(world.ready(), (json!("False"), json!("ControlFailed")));
}

#[tokio::test]
async fn a_tenant_whose_id_was_not_written_down_is_erased_all_the_same() {
    let world = World::new("Erase");
    world.reconcile().await;
    world.cluster.change(TENANT, &json!({ "status": null }));
    world.delete();
    world.reconcile().await;
    assert!(world.gateway.tenants().is_empty());
}
