//! Names of services, in `/etc/hosts` of every container and of this process: there is no DNS.
//!
//! A service has its address, or, if it is headless, those of its pods that are ready.

use futures::{StreamExt as _, pin_mut};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::Api;
use kube::runtime::reflector::{self, Store};
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Client, ResourceExt as _};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What this process resolves names by.
const OWN: &str = "/etc/hosts";
const LOCAL: &str = "127.0.0.1 localhost\n::1 localhost\n";

#[derive(Debug, Default)]
struct State {
    /// The files, with the lines that are each one's own.
    files: BTreeMap<PathBuf, String>,
    services: String,
}

/// All files of names.
#[derive(Debug, Default)]
pub(super) struct Names(Mutex<State>);

impl Names {
    /// Makes the file of a pod in its folder.
    pub(super) fn file(&self, folder: &Path, address: &str, pod: &str) -> std::io::Result<PathBuf> {
        let file = folder.join("hosts");
        let mut state = self.lock();
        let own = format!("{LOCAL}{address} {pod}\n");
        fs::write(&file, format!("{own}{}", state.services))?;
        state.files.insert(file.clone(), own);
        Ok(file)
    }

    /// No longer keeps a file up to date.
    pub(super) fn forget(&self, file: &Path) {
        self.lock().files.remove(file);
    }

    /// Keeps all files up to date, for ever.
    pub(super) async fn keep(self: Arc<Self>, client: Client) {
        self.lock().files.insert(OWN.into(), LOCAL.to_owned());
        let (services, service_writer) = reflector::store::<Service>();
        let (slices, slice_writer) = reflector::store::<EndpointSlice>();
        let (api, config) = (
            Api::<Service>::all(client.clone()),
            watcher::Config::default(),
        );
        let of_services = watcher(api, config.clone()).default_backoff();
        let of_services = of_services
            .reflect(service_writer)
            .map(|event| event.map(drop));
        let of_slices = watcher(Api::<EndpointSlice>::all(client), config).default_backoff();
        let of_slices = of_slices.reflect(slice_writer).map(|event| event.map(drop));
        let changes = futures::stream::select(of_services, of_slices);
        pin_mut!(changes);
        while let Some(change) = changes.next().await {
            match change {
                Ok(()) => self.write(&lines(&services, &slices)),
                Err(error) => eprintln!("node agent: services cannot be watched: {error}"),
            }
        }
    }

    /// In place: containers have the files mounted.
    fn write(&self, services: &str) {
        let mut state = self.lock();
        if state.services == services {
            return;
        }
        services.clone_into(&mut state.services);
        for (file, own) in &state.files {
            if let Err(error) = fs::write(file, format!("{own}{services}")) {
                eprintln!("node agent: {}: {error}", file.display());
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lines(services: &Store<Service>, slices: &Store<EndpointSlice>) -> String {
    let mut lines = BTreeSet::new();
    for service in services.state() {
        let (name, space) = (service.name_any(), service.namespace().unwrap_or_default());
        let spec = service.spec.clone().unwrap_or_default();
        match spec.cluster_ip.as_deref() {
            Some("None") => {
                for slice in slices
                    .state()
                    .iter()
                    .filter(|slice| is_of(slice, &name, &space))
                {
                    lines.extend(headless(slice, &name, &space));
                }
            }
            Some(address) if !address.is_empty() => {
                lines.insert(format!("{address} {}\n", all(&name, &space)));
            }
            _ => {}
        }
    }
    lines.into_iter().collect()
}

/// The names of a service. Its short name is for pods of its own namespace: here all pods have it.
fn all(name: &str, space: &str) -> String {
    format!("{name}.{space}.svc.cluster.local {name}.{space}.svc {name}.{space} {name}")
}

fn is_of(slice: &EndpointSlice, service: &str, space: &str) -> bool {
    let label = slice.labels().get("kubernetes.io/service-name");
    label.is_some_and(|label| label == service) && slice.namespace().as_deref() == Some(space)
}

fn headless(slice: &EndpointSlice, name: &str, space: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for endpoint in slice.endpoints.iter() {
        let is_ready = endpoint
            .conditions
            .as_ref()
            .and_then(|conditions| conditions.ready);
        if is_ready == Some(false) {
            continue;
        }
        for address in &endpoint.addresses {
            lines.push(format!("{address} {}\n", all(name, space)));
            if let Some(pod) = &endpoint.hostname {
                lines.push(format!(
                    "{address} {}\n",
                    all(&format!("{pod}.{name}"), space)
                ));
            }
        }
    }
    lines
}
