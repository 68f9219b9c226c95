//! What a container's probes decide: whether it has started, is ready, and may go on.

use super::super::probe::{self, Target};
use super::InPod;
use k8s_openapi::api::core::v1::Container;
use std::future::pending;

impl InPod {
    /// Keeps what is known of a container's health up to date; ends if it has to be started again.
    pub(super) async fn look_after(&self, container: &Container, id: &str) {
        let target = Target {
            runtime: &self.shared.runtime,
            container,
            id,
            address: &self.address,
        };
        if let Some(startup) = &container.startup_probe {
            let mut has_started = false;
            let first = |is_well| {
                has_started = is_well;
                true
            };
            probe::watch(&target, startup, None, first).await;
            if !has_started {
                eprintln!("node agent: {id} did not start in time");
                return;
            }
        }
        self.change(container, |one| one.has_started = true);
        let ready = async {
            match &container.readiness_probe {
                Some(probe) => {
                    let tell = |is_well| {
                        self.change(container, |one| one.is_ready = is_well);
                        false
                    };
                    probe::watch(&target, probe, Some(false), tell).await;
                }
                None => {
                    self.change(container, |one| one.is_ready = true);
                    pending::<()>().await;
                }
            }
        };
        let alive = async {
            match &container.liveness_probe {
                Some(probe) => probe::watch(&target, probe, Some(true), |is_well| !is_well).await,
                None => pending().await,
            }
            eprintln!("node agent: {id} is not alive");
        };
        tokio::select! {
            () = ready => {}
            () = alive => {}
        }
    }
}
