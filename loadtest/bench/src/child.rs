//! Parts of a measurement that need a process of their own: this program again, led by lines of JSON.

use crate::rig::PATIENCE;
use anyhow::Context as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// Processes are run by this, and so give way to NATS, Redis and PostgreSQL: in a fleet these are elsewhere, and here they would
/// get their turns too late among many others.
pub(crate) const NICE: &str = "nice";
/// By how much.
pub(crate) const BY: [&str; 2] = ["-n", "5"];

/// A process of this program. It ends when this is dropped, and by itself when its input ends.
pub(crate) struct Child {
    pub(crate) id: u32,
    name: String,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    _process: tokio::process::Child,
}

impl Child {
    /// Starts the hidden command of this name.
    pub(crate) fn start(command: &str, arguments: &[String]) -> anyhow::Result<Self> {
        let mut process = Command::new(NICE)
            .args(BY)
            .arg(std::env::current_exe()?)
            .arg(command)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{command} cannot be started"))?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (input, output) = pipes.context("a process has no pipes")?;
        Ok(Self {
            id: process.id().context("a process ended at once")?,
            name: command.to_owned(),
            input,
            output: BufReader::new(output).lines(),
            _process: process,
        })
    }

    /// What it says next.
    pub(crate) async fn told<T: DeserializeOwned>(
        &mut self,
        within: Duration,
    ) -> anyhow::Result<T> {
        let line = timeout(within, self.output.next_line()).await;
        let line = line.with_context(|| format!("{} says nothing", self.name))??;
        let line = line.with_context(|| format!("{} ended", self.name))?;
        Ok(serde_json::from_str(&line)?)
    }

    /// Says something to it.
    pub(crate) async fn tell(&mut self, order: &impl Serialize) -> anyhow::Result<()> {
        let line = serde_json::to_string(order)? + "\n";
        self.input.write_all(line.as_bytes()).await?;
        Ok(())
    }

    /// Says something to it, and has its answer.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &mut self,
        order: &impl Serialize,
    ) -> anyhow::Result<T> {
        self.tell(order).await?;
        self.told(PATIENCE).await
    }
}

/// What such a process says, on a line of standard output.
pub(crate) fn say(what: &impl Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(what)?);
    Ok(())
}

/// What it is told, line by line, until its input ends.
pub(crate) fn orders<T: DeserializeOwned>() -> impl Iterator<Item = anyhow::Result<T>> {
    std::io::stdin()
        .lines()
        .map(|line| Ok(serde_json::from_str(&line?)?))
}
