//! How a container is ended: by its hook, SIGTERM, and SIGKILL when its time is over.

use super::super::probe::{self, Target};
use super::InPod;
use k8s_openapi::api::core::v1::Container;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::Duration;
use tokio::process::Child;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

/// For how long a container that is not there yet is signalled again.
const AGAIN: Duration = Duration::from_millis(100);

/// The order to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Order {
    /// How long it may take.
    pub(in super::super) grace: Duration,
}

/// Where the order comes from; it may come again, with less time.
#[derive(Debug, Clone)]
pub(in super::super) struct Orders(watch::Receiver<Option<Order>>);

/// Gives orders to all containers of a pod.
pub(in super::super) fn orders() -> (watch::Sender<Option<Order>>, Orders) {
    let (send, orders) = watch::channel(None);
    (send, Orders(orders))
}

impl Orders {
    /// Waits for the order.
    pub(super) async fn wait(&mut self) -> Order {
        let given = self.0.wait_for(Option::is_some).await;
        let now = Order {
            grace: Duration::ZERO,
        };
        given.ok().and_then(|order| *order).unwrap_or(now)
    }

    /// Waits for an order with less time than this one.
    async fn hurry(&mut self, than: Order) {
        let less = self
            .0
            .wait_for(|order| order.is_some_and(|order| order.grace < than.grace));
        if less.await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    pub(super) fn are_given(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// What a future comes to, unless the order comes first.
    pub(in super::super) async fn within<T>(
        &mut self,
        future: impl Future<Output = T>,
    ) -> Option<T> {
        tokio::select! {
            value = future => Some(value),
            _ = self.wait() => None,
        }
    }
}

/// What a process ended with, as a shell says it.
pub(super) fn code(status: ExitStatus) -> i32 {
    status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

impl InPod {
    /// Ends a run, and returns its code.
    pub(super) async fn end(
        &self,
        container: &Container,
        id: &str,
        process: &mut Child,
        order: Order,
        orders: &mut Orders,
    ) -> anyhow::Result<i32> {
        let grace = if self.shared.runtime.kills {
            Duration::ZERO
        } else {
            order.grace
        };
        let until = Instant::now() + grace;
        let image = container.image.as_deref().unwrap_or_default();
        let stop = self.shared.images.find(image)?.stop;
        let kindly = async {
            if !grace.is_zero()
                && timeout_at(until, self.before_end(container, id))
                    .await
                    .is_ok()
            {
                // A container that is only being made does not take a signal yet.
                while self.shared.runtime.signal(id, stop).await.is_err() {
                    sleep(AGAIN).await;
                }
            }
            tokio::time::sleep_until(until).await;
        };
        let ended = tokio::select! {
            status = process.wait() => Some(status?),
            () = kindly => None,
            () = orders.hurry(order) => None,
        };
        if let Some(status) = ended {
            return Ok(code(status));
        }
        while self.shared.runtime.signal(id, "KILL").await.is_err() {
            if let Some(status) = process.try_wait()? {
                return Ok(code(status));
            }
            sleep(AGAIN).await;
        }
        Ok(code(process.wait().await?))
    }

    /// The hook before SIGTERM.
    async fn before_end(&self, container: &Container, id: &str) {
        let hook = container
            .lifecycle
            .as_ref()
            .and_then(|hooks| hooks.pre_stop.as_ref());
        let Some(hook) = hook else {
            return;
        };
        if let Some(pause) = &hook.sleep {
            let seconds = u64::try_from(pause.seconds).unwrap_or_default();
            sleep(Duration::from_secs(seconds)).await;
        } else if let Some(exec) = &hook.exec {
            let words = exec.command.clone().unwrap_or_default();
            // How it ends does not matter.
            self.shared
                .runtime
                .exec(id, &words, Duration::from_secs(3600))
                .await;
        } else if let Some(get) = &hook.http_get {
            let target = Target {
                runtime: &self.shared.runtime,
                container,
                id,
                address: &self.address,
            };
            if let Err(error) = probe::http(&target, get).await {
                eprintln!("node agent: the hook before the end of {id} failed: {error:#}");
            }
        }
    }
}
