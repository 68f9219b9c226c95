//! The gateway with simulated mailboxes: `pushmail-loadtest stage`.

use super::Shape;
use crate::cargo;
use anyhow::{Context as _, bail};
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A stage that runs. It ends when its standard input does, however this ends.
pub(super) struct Stage {
    child: Child,
    orders: Option<ChildStdin>,
    says: Lines<BufReader<ChildStdout>>,
    shape: Shape,
    folder: tempfile::TempDir,
}

impl Stage {
    /// Starts it, and waits until mail arrives.
    pub(super) fn start(shape: Shape, devices: u32, rate: u32) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(program()?);
        command
            .args(["stage", "--shape", shape.name()])
            .args(["--devices", &devices.to_string()])
            .args(["--rate", &rate.to_string()])
            .arg("--out")
            .arg(folder.path().join("stage.json"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .current_dir(cargo::root());
        let mut child = command.spawn().context("the stage cannot be started")?;
        let orders = child.stdin.take();
        let says = child.stdout.take().context("its output is a pipe")?;
        let mut stage = Self {
            child,
            orders,
            says: BufReader::new(says).lines(),
            shape,
            folder,
        };
        stage.wait_for("ready")?;
        Ok(stage)
    }

    /// The file that scripts need.
    pub(super) fn sheet(&self) -> PathBuf {
        self.folder.path().join("stage.json")
    }

    /// Has a process that serves devices drain.
    pub(super) fn drain(&mut self) -> anyhow::Result<()> {
        self.order("drain")?;
        self.wait_for("drained")
    }

    /// For how long the process stays away: where there is another one, as long as given.
    pub(super) const fn stays_away(&self, long: Duration) -> Duration {
        match self.shape {
            Shape::Fleet => long,
            Shape::Serve => Duration::ZERO,
        }
    }

    /// Starts that process again.
    pub(super) fn start_again(&mut self) -> anyhow::Result<()> {
        self.order("start")?;
        self.wait_for("started")
    }

    /// Ends it.
    pub(super) fn end(mut self) -> anyhow::Result<()> {
        drop(self.orders.take());
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the stage failed: {status}");
        }
        Ok(())
    }

    fn order(&mut self, what: &str) -> anyhow::Result<()> {
        let whom = match self.shape {
            Shape::Fleet => "pod-1",
            Shape::Serve => "serve",
        };
        let orders = self.orders.as_mut().context("it takes orders")?;
        writeln!(orders, "{what} {whom}")?;
        Ok(())
    }

    /// Reads what it says until it says this.
    fn wait_for(&mut self, what: &str) -> anyhow::Result<()> {
        for line in self.says.by_ref() {
            let line = line?;
            if line.starts_with(&format!("{{\"{what}\"")) {
                return Ok(());
            }
            eprintln!("-- stage: {line}");
        }
        bail!("the stage ended before it was {what}")
    }
}

/// The program that was built.
fn program() -> anyhow::Result<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| cargo::root().join("target"));
    let program: &Path = &target.join("release/pushmail-loadtest");
    program.canonicalize().context("it was not built")
}
