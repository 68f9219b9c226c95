//! The scripts, in the order in which they run.

use super::stage::Stage;
use crate::cargo;
use anyhow::{Context as _, bail};
use clap::ValueEnum;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// k6 ends with this if a threshold did not hold.
const THRESHOLDS: i32 = 99;
/// After so long all devices are connected, and a process may drain; it is started again after so long more.
const CONNECTED: Duration = Duration::from_secs(12);
const DRAINED: Duration = Duration::from_secs(15);

/// A script of loadtest/k6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Script {
    /// All devices connect at the same time.
    ConnectStorm,
    /// Devices stay connected while mail arrives.
    Steady,
    /// Operators' calls.
    Control,
    /// A process that serves devices drains.
    ResumeStorm,
}

pub(super) const SCRIPTS: [Script; 4] = [
    Script::ConnectStorm,
    Script::Steady,
    Script::Control,
    Script::ResumeStorm,
];

impl Script {
    pub(super) const fn file(self) -> &'static str {
        match self {
            Self::ConnectStorm => "connect-storm.js",
            Self::Steady => "steady.js",
            Self::Control => "control.js",
            Self::ResumeStorm => "resume-storm.js",
        }
    }

    /// Runs it; its line of JSON.
    pub(super) fn run(self, k6: &Path, stage: &mut Stage, devices: u32) -> anyhow::Result<String> {
        let mut command = Command::new(k6);
        command
            .args(["run", "--quiet"])
            .arg("-e")
            .arg(format!("DEVICES={devices}"))
            .arg(cargo::root().join("loadtest/k6").join(self.file()))
            .env("STAGE", stage.sheet())
            .stdout(Stdio::piped());
        if matches!(self, Self::Control) {
            command.args(["-e", "RATE=5"]);
        }
        let running = command.spawn().context("k6 cannot be run")?;
        if matches!(self, Self::ResumeStorm) {
            thread::sleep(CONNECTED);
            stage.drain()?;
            thread::sleep(stage.stays_away(DRAINED));
            stage.start_again()?;
        }
        let output = running.wait_with_output()?;
        if !output.status.success() && output.status.code() != Some(THRESHOLDS) {
            bail!("{} failed: {}", self.file(), output.status);
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let last = text.lines().rfind(|line| line.starts_with('{'));
        Ok(last.context("the script said nothing")?.to_owned())
    }
}
