//! Tells the API server what a pod's containers are doing.

use super::super::now::Now;
use super::super::{Shared, status};
use super::{Newest, host, name, namespace};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, Patch, PatchParams};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;

/// Changes that come together are told together.
const TOGETHER: Duration = Duration::from_millis(50);
/// Before it is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// Reports every change until nobody changes anything any more, or the pod is gone.
pub(super) async fn keep(
    shared: Arc<Shared>,
    pod: Pod,
    newest: Newest,
    mut changes: watch::Receiver<Now>,
) -> anyhow::Result<()> {
    let pods = Api::<Pod>::namespaced(shared.client.clone(), namespace(&pod));
    let mut before = Value::Null;
    let mut is_last = false;
    loop {
        let Some(seen) = newest.borrow().clone() else {
            return Ok(());
        };
        let now = changes.borrow_and_update().clone();
        let patch = status::patch(&seen, host(&pod), &now, &before);
        if patch != before {
            let merge = Patch::Merge(&patch);
            match pods
                .patch_status(name(&pod), &PatchParams::default(), &merge)
                .await
            {
                Ok(_) => before = patch,
                Err(kube::Error::Api(status)) if status.code == 404 => return Ok(()),
                Err(error) => {
                    eprintln!(
                        "node agent: the status of {} was not taken: {error}",
                        name(&pod)
                    );
                    sleep(AGAIN).await;
                    continue;
                }
            }
        }
        if is_last {
            return Ok(());
        }
        is_last = changes.changed().await.is_err();
        sleep(TOGETHER).await;
    }
}
