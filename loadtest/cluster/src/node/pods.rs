//! Finds the pods that are scheduled here, and lets each live.

use super::Shared;
use super::environment::node;
use super::life;
use futures::{StreamExt as _, pin_mut};
use k8s_openapi::api::core::v1::Pod;
use kube::api::Api;
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt as _, watcher as watch_objects};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Pods by their uid.
type Alive = HashMap<String, watch::Sender<Option<Pod>>>;

/// Runs all pods, for ever.
pub(super) async fn run(shared: Arc<Shared>) {
    let pods = Api::<Pod>::all(shared.client.clone());
    let events = watch_objects(pods, watcher::Config::default()).default_backoff();
    pin_mut!(events);
    let mut alive = Alive::new();
    let mut lives = JoinSet::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Apply(pod) | Event::InitApply(pod)) => {
                take(&shared, pod, &mut alive, &mut lives);
            }
            Ok(Event::Delete(pod)) => {
                let uid = pod.metadata.uid.unwrap_or_default();
                if let Some(one) = alive.remove(&uid) {
                    one.send_replace(None);
                }
            }
            Ok(Event::Init | Event::InitDone) => {}
            Err(error) => eprintln!("node agent: pods cannot be watched: {error}"),
        }
    }
}

fn take(shared: &Arc<Shared>, pod: Pod, alive: &mut Alive, lives: &mut JoinSet<()>) {
    if node(&pod).is_empty() {
        return;
    }
    let uid = pod.metadata.uid.clone().unwrap_or_default();
    match alive.get(&uid) {
        Some(one) => {
            one.send_replace(Some(pod));
        }
        None => {
            let (one, newest) = watch::channel(Some(pod.clone()));
            alive.insert(uid, one);
            lives.spawn(life::live(Arc::clone(shared), pod, newest));
        }
    }
}
