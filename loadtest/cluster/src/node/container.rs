//! A container's life: started, looked after, ended, and started again as its pod says.

mod ending;
mod health;

use super::environment::{name, namespace};
use super::now::{Now, One, Over, State, time};
use super::runtime::Ended;
use super::security::Security;
use super::{Shared, bundle, environment};
use ending::Orders;
use k8s_openapi::api::core::v1::{Container, Pod};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

pub(super) use ending::{Order, orders};

/// A container that ran for this long is started again at once.
const STABLE: Duration = Duration::from_secs(600);
/// The pause before the second time, which doubles up to the cap.
const PAUSE: Duration = Duration::from_secs(10);
const CAP: Duration = Duration::from_secs(300);
/// Before what a container needs is looked for again.
const AGAIN: Duration = Duration::from_secs(1);

/// What all containers of a pod share.
pub(super) struct InPod {
    pub(super) shared: std::sync::Arc<Shared>,
    pub(super) pod: Pod,
    pub(super) folder: PathBuf,
    pub(super) hosts: PathBuf,
    pub(super) volumes: BTreeMap<String, PathBuf>,
    pub(super) address: String,
    pub(super) network: String,
    pub(super) now: watch::Sender<Now>,
}

impl InPod {
    /// Changes what is known of a container.
    fn change(&self, container: &Container, change: impl FnOnce(&mut One)) {
        self.now.send_modify(|now| {
            if let Some(one) = now.of(&container.name) {
                change(one);
            }
        });
    }

    /// Runs a container until it needs no other run, or is ordered to end. `policy` is Always, OnFailure or Never. Its last code.
    pub(super) async fn keep(
        &self,
        container: &Container,
        policy: &str,
        mut orders: Orders,
    ) -> i32 {
        let mut pause = Duration::ZERO;
        for attempt in 0_u32.. {
            let begin = Instant::now();
            let over = match self.run(container, attempt, &mut orders).await {
                Ok(over) => over,
                Err(error) => {
                    let message = format!("{error:#}");
                    self.change(container, |one| {
                        one.state = State::waiting("CreateContainerConfigError", message);
                    });
                    if orders.within(sleep(AGAIN)).await.is_none() {
                        return 137;
                    }
                    continue;
                }
            };
            let code = over.code;
            self.change(container, |one| {
                (one.is_ready, one.has_started) = (false, false);
                one.state = State::Over(over.clone());
            });
            let is_enough = policy == "Never" || policy == "OnFailure" && code == 0;
            if orders.are_given() || is_enough {
                return code;
            }
            if begin.elapsed() >= STABLE {
                pause = Duration::ZERO;
            }
            self.change(container, |one| {
                one.last = Some(over.clone());
                one.restarts += 1;
                if !pause.is_zero() {
                    let message = format!("back-off {pause:?} restarting failed container");
                    one.state = State::waiting("CrashLoopBackOff", message);
                }
            });
            if orders.within(sleep(pause)).await.is_none() {
                self.change(container, |one| one.state = State::Over(over));
                return code;
            }
            pause = if pause.is_zero() {
                PAUSE
            } else {
                CAP.min(pause * 2)
            };
        }
        0
    }

    /// One run.
    async fn run(
        &self,
        container: &Container,
        attempt: u32,
        orders: &mut Orders,
    ) -> anyhow::Result<Over> {
        let shared = &self.shared;
        let (space, pod) = (namespace(&self.pod), name(&self.pod));
        let id = format!("{space}_{pod}_{}_{attempt}", container.name);
        let image = shared
            .images
            .find(container.image.as_deref().unwrap_or_default())?;
        let spec = self.pod.spec.clone().unwrap_or_default();
        let security = Security::of(&spec, container, image)?;
        let environment =
            environment::of(shared, &self.pod, container, image, &self.address).await?;
        let bundle = self.folder.join(format!("{}-{attempt}", container.name));
        let parts = bundle::Parts {
            pod: &self.pod,
            container,
            image,
            security: &security,
            environment: &environment,
            volumes: &self.volumes,
            hosts: &self.hosts,
            network: self.network.clone(),
            seccomp: &shared.seccomp,
            id: &id,
        };
        bundle::write(&parts, &bundle).await?;
        let log = format!("{space}_{pod}_{}.log", container.name);
        let log = shared.folder.join("logs").join(log);
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(log)?;
        let started = time();
        let mut process = shared.runtime.run(&id, &bundle, &log)?;
        self.change(container, |one| {
            one.id.clone_from(&id);
            one.state = State::Running {
                started: started.clone(),
            };
        });
        let (code, was_told) = self.attend(container, &id, &mut process, orders).await?;
        shared.runtime.note(Ended {
            pod: pod.to_owned(),
            container: container.name.clone(),
            code,
            was_told,
        });
        shared.runtime.remove(&id).await;
        let refused = std::fs::read_to_string(bundle.join("runc.log")).unwrap_or_default();
        bundle::remove(&bundle).await?;
        let reason = match code {
            0 => "Completed",
            _ if refused.contains("level=error") => "StartError",
            _ => "Error",
        };
        Ok(Over {
            id,
            code,
            reason: reason.to_owned(),
            message: refused,
            started,
            finished: time(),
        })
    }

    /// Waits until a run ends, by itself, by order, or because it is not well: its code, and whether it was told to.
    async fn attend(
        &self,
        container: &Container,
        id: &str,
        process: &mut tokio::process::Child,
        orders: &mut Orders,
    ) -> anyhow::Result<(i32, bool)> {
        let grace = self
            .pod
            .spec
            .as_ref()
            .and_then(|spec| spec.termination_grace_period_seconds);
        let grace = Duration::from_secs(
            grace
                .and_then(|grace| u64::try_from(grace).ok())
                .unwrap_or(30),
        );
        let order = tokio::select! {
            status = process.wait() => return Ok((ending::code(status?), false)),
            order = orders.wait() => order,
            () = self.look_after(container, id) => Order { grace },
        };
        Ok((self.end(container, id, process, order, orders).await?, true))
    }
}
