//! The device process: runs all the time, and connects again whenever the gateway is back.

use crate::binaries::Binaries;
use crate::received::{self, Output};
use anyhow::Context as _;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

pub(crate) struct Devices {
    process: Child,
    output: PathBuf,
}

impl Devices {
    /// Starts `pushmail listen` with its output in a file.
    pub(crate) fn start(
        binaries: &Binaries,
        directory: &Path,
        token: &str,
    ) -> anyhow::Result<Self> {
        let output = directory.join("received.jsonl");
        std::fs::write(directory.join("token"), token)?;
        let process = Command::new(&binaries.pushmail)
            .args(["listen", "--json", "--data"])
            .arg(directory.join("data"))
            .arg("--token-file")
            .arg(directory.join("token"))
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(&output)?)
            .stderr(std::fs::File::create(directory.join("listen.log"))?)
            .kill_on_drop(true)
            .spawn()
            .context("the device process cannot be started")?;
        Ok(Self { process, output })
    }

    /// Waits until the device's first session is open: what is logged from then on is its to receive.
    pub(crate) async fn wait_connected(&self) -> anyhow::Result<()> {
        let connected = async {
            while !std::fs::read_to_string(&self.output)?.contains("\"type\":\"connected\"") {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            anyhow::Ok(())
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), connected).await;
        waited.context("the device does not connect")?
    }

    /// Everything received so far.
    pub(crate) fn received(&self) -> anyhow::Result<Output> {
        received::read(&self.output)
    }

    /// Waits until this many mails are received; gives up after `patience` without a new one.
    pub(crate) async fn wait_mails(
        &self,
        expected: usize,
        patience: Duration,
    ) -> anyhow::Result<()> {
        let mut best = 0;
        let mut idle = Duration::ZERO;
        let step = Duration::from_millis(250);
        while idle < patience {
            let received = self.received()?.events;
            let mails: HashSet<_> = received
                .iter()
                .filter_map(|r| r.message_id.as_ref())
                .collect();
            if mails.len() >= expected {
                return Ok(());
            }
            idle = if mails.len() > best {
                Duration::ZERO
            } else {
                idle + step
            };
            best = mails.len();
            tokio::time::sleep(step).await;
        }
        Ok(())
    }

    pub(crate) async fn stop(mut self) -> anyhow::Result<Output> {
        self.process.kill().await?;
        received::read(&self.output)
    }
}
