//! The processes that serve devices.

use super::Said;
use super::identity::Identity;
use crate::child;
use crate::rig::process::Process;
use anyhow::{Context as _, bail};
use tokio::sync::mpsc;
use tokio::time::Instant;

pub(super) struct Pods {
    pods: Vec<Process>,
    // Dropped after them: its files.
    identity: Identity,
}

impl Pods {
    /// Processes that show this certificate.
    pub(super) const fn new(pods: Vec<Process>, identity: Identity) -> Self {
        Self { pods, identity }
    }

    /// What signed their certificate, in PEM.
    pub(super) fn ca_pem(&self) -> String {
        self.identity.ca_pem.clone()
    }

    /// Their URLs, by the name that their certificate is for.
    pub(super) fn urls(&self) -> Vec<String> {
        self.pods.iter().map(url).collect()
    }

    /// Carries out orders such as `drain pod-1` until there are no more, and tells of each. One that cannot be carried out
    /// ends nothing.
    pub(super) async fn obey(&mut self, mut orders: mpsc::Receiver<String>) -> anyhow::Result<()> {
        while let Some(order) = orders.recv().await {
            self.obey_one(&order).await?;
        }
        Ok(())
    }

    async fn obey_one(&mut self, order: &str) -> anyhow::Result<()> {
        let begun = Instant::now();
        let done = self.carry_out(order).await;
        let took_s = begun.elapsed().as_secs_f64();
        let said = match &done {
            Ok((Order::Drain, name)) => Said::Drained { name, took_s },
            Ok((Order::Start, name)) => Said::Started { name, took_s },
            Err(error) => Said::Refused {
                order,
                why: format!("{error:#}"),
            },
        };
        child::say(&said)
    }

    async fn carry_out(&mut self, order: &str) -> anyhow::Result<(Order, String)> {
        let words: Vec<&str> = order.split_whitespace().collect();
        let (order, name) = match *words {
            ["drain", name] => (Order::Drain, name),
            ["start", name] => (Order::Start, name),
            _ => bail!("an order is `drain NAME` or `start NAME`"),
        };
        let pod = self.pods.iter_mut().find(|pod| pod.name == name);
        let pod = pod.with_context(|| format!("there is no {name}"))?;
        match order {
            Order::Drain => pod.drain().await?,
            Order::Start => pod.start_again()?,
        }
        Ok((order, name.to_owned()))
    }
}

#[derive(Debug, Clone, Copy)]
enum Order {
    Drain,
    Start,
}

/// The URL of a process whose certificate is for `localhost`.
pub(crate) fn url(process: &Process) -> String {
    format!("https://localhost:{}", process.grpc().port())
}
