//! A pod's life, from when it is scheduled here until it is gone.

mod report;

use super::container::{InPod, Order, orders};
use super::environment::{name, namespace, node, node_address};
use super::network::Network;
use super::now::{Now, One};
use super::{Shared, volume};
use k8s_openapi::api::core::v1::{Container, Pod};
use kube::api::{Api, DeleteParams, Preconditions};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

/// Before what a pod needs is looked for again.
const AGAIN: Duration = Duration::from_millis(500);
/// How long a pod that had its time may take to end.
const GRACE: Duration = Duration::from_secs(30);
/// How often files are brought up to date.
const REFRESH: Duration = Duration::from_secs(10);

/// The newest of a pod; `None` once it is deleted.
pub(super) type Newest = watch::Receiver<Option<Pod>>;

/// Lives a pod's life.
pub(super) async fn live(shared: Arc<Shared>, pod: Pod, newest: Newest) {
    let (space, name) = (namespace(&pod).to_owned(), name(&pod).to_owned());
    if let Err(error) = try_live(shared, pod, newest).await {
        eprintln!("node agent: pod {space}/{name}: {error:#}");
    }
}

async fn try_live(shared: Arc<Shared>, pod: Pod, newest: Newest) -> anyhow::Result<()> {
    let uid = pod.metadata.uid.clone().unwrap_or_default();
    let folder = shared.folder.join("pods").join(&uid);
    std::fs::create_dir_all(&folder)?;
    let network = shared.networks.make().await?;
    let spec = pod.spec.clone().unwrap_or_default();
    let ones = |all: &[Container]| {
        let one = |one: &Container| One::new(&one.name, one.image.as_deref().unwrap_or_default());
        all.iter().map(one).collect::<Vec<One>>()
    };
    let now = Now {
        address: Some(network.address.clone()),
        inits: ones(spec.init_containers.as_deref().unwrap_or_default()),
        containers: ones(&spec.containers),
        failed: None,
    };
    let (now, changes) = watch::channel(now);
    let reports = report::keep(Arc::clone(&shared), pod.clone(), newest.clone(), changes);
    let reports = tokio::spawn(reports);
    let hosts = shared.names.file(&folder, &network.address, name(&pod))?;
    let run = run(
        &shared,
        &pod,
        newest.clone(),
        &folder,
        &hosts,
        &network,
        now,
    )
    .await;
    shared.names.forget(&hosts);
    network.remove().await?;
    run?;
    until_deleted(newest).await;
    // The last report is for those who look at what is being deleted.
    reports.await??;
    delete(&shared, &pod).await?;
    Ok(std::fs::remove_dir_all(folder)?)
}

/// Runs the pod until all of its containers have ended for good.
async fn run(
    shared: &Arc<Shared>,
    pod: &Pod,
    newest: Newest,
    folder: &Path,
    hosts: &Path,
    network: &Network,
    now: watch::Sender<Now>,
) -> anyhow::Result<()> {
    let (send, mut orders) = orders();
    let order = tokio::spawn(give_orders(newest, send.clone()));
    let making = volumes(shared, pod, folder, network);
    let Some(volumes) = orders.within(making).await else {
        return Ok(());
    };
    let inside = Arc::new(InPod {
        shared: Arc::clone(shared),
        pod: pod.clone(),
        folder: folder.to_owned(),
        hosts: hosts.to_owned(),
        volumes,
        address: network.address.clone(),
        network: network.path(),
        now,
    });
    let spec = pod.spec.clone().unwrap_or_default();
    let policy = spec.restart_policy.unwrap_or_else(|| "Always".to_owned());
    let of_inits = if policy == "Never" {
        "Never"
    } else {
        "OnFailure"
    };
    let deadline = spec
        .active_deadline_seconds
        .and_then(|seconds| u64::try_from(seconds).ok());
    let deadline = deadline.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let running = async {
        for container in spec.init_containers.iter().flatten() {
            if inside.keep(container, of_inits, orders.clone()).await != 0 {
                return;
            }
        }
        let mut all = JoinSet::new();
        for container in spec.containers {
            let (inside, policy, orders) = (Arc::clone(&inside), policy.clone(), orders.clone());
            all.spawn(async move { inside.keep(&container, &policy, orders).await });
        }
        all.join_all().await;
    };
    let deadline = async {
        over(deadline).await;
        let why = "Pod was active on the node longer than the specified deadline";
        let why = ("DeadlineExceeded".to_owned(), why.to_owned());
        inside.now.send_modify(|now| now.failed = Some(why));
        send.send_replace(Some(Order { grace: GRACE }));
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = running => {}
        () = refresh(&inside, folder) => {}
        () = deadline => {}
    }
    order.abort();
    Ok(())
}

async fn over(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Makes all volumes, as soon as what they refer to is there.
async fn volumes(
    shared: &Shared,
    pod: &Pod,
    folder: &Path,
    network: &Network,
) -> BTreeMap<String, PathBuf> {
    let mut made = BTreeMap::new();
    let folder = folder.join("volumes");
    let all = pod.spec.as_ref().and_then(|spec| spec.volumes.as_deref());
    for wanted in all.unwrap_or_default() {
        let mut told = false;
        loop {
            let volume = volume::make(shared, pod, wanted, &folder, &network.address);
            match volume.await {
                Ok(place) => {
                    made.insert(wanted.name.clone(), place);
                    break;
                }
                Err(error) if !told => {
                    let (name, volume) = (name(pod), &wanted.name);
                    eprintln!("node agent: {name} waits for its volume {volume}: {error:#}");
                    told = true;
                }
                Err(_) => {}
            }
            sleep(AGAIN).await;
        }
    }
    made
}

/// Brings files up to date with the secrets and maps that they come from, for ever.
async fn refresh(inside: &InPod, folder: &Path) {
    let all = inside
        .pod
        .spec
        .as_ref()
        .and_then(|spec| spec.volumes.clone());
    let followed: Vec<_> = all
        .unwrap_or_default()
        .into_iter()
        .filter(volume::follows)
        .collect();
    let folder = folder.join("volumes");
    loop {
        sleep(REFRESH).await;
        for wanted in &followed {
            let made = volume::make(
                &inside.shared,
                &inside.pod,
                wanted,
                &folder,
                &inside.address,
            );
            // What is gone stays in the pod as it was.
            drop(made.await);
        }
    }
}

/// Orders the containers to end when the pod is being deleted.
async fn give_orders(mut newest: Newest, send: watch::Sender<Option<Order>>) {
    loop {
        let order = match &*newest.borrow_and_update() {
            None => Some(0),
            Some(pod) if pod.metadata.deletion_timestamp.is_some() => {
                let grace = pod.metadata.deletion_grace_period_seconds.unwrap_or(30);
                Some(u64::try_from(grace).unwrap_or_default())
            }
            Some(_) => None,
        };
        if let Some(seconds) = order {
            let grace = Duration::from_secs(seconds);
            send.send_if_modified(|last| last.replace(Order { grace }) != Some(Order { grace }));
        }
        if newest.changed().await.is_err() {
            return;
        }
    }
}

async fn until_deleted(mut newest: Newest) {
    let is_deleted = |pod: &Option<Pod>| {
        pod.as_ref()
            .is_none_or(|pod| pod.metadata.deletion_timestamp.is_some())
    };
    // Without a sender the agent ends.
    drop(newest.wait_for(is_deleted).await);
}

/// Lets the API server forget a pod that has ended.
async fn delete(shared: &Shared, pod: &Pod) -> anyhow::Result<()> {
    let pods = Api::<Pod>::namespaced(shared.client.clone(), namespace(pod));
    let params = DeleteParams {
        grace_period_seconds: Some(0),
        preconditions: Some(Preconditions {
            uid: pod.metadata.uid.clone(),
            ..Preconditions::default()
        }),
        ..DeleteParams::default()
    };
    match pods.delete(name(pod), &params).await {
        Err(kube::Error::Api(status)) if status.code == 404 || status.code == 409 => Ok(()),
        deleted => Ok(deleted.map(drop)?),
    }
}

/// Where a pod is.
fn host(pod: &Pod) -> &'static str {
    node_address(node(pod))
}
