//! The OCI runtime, `runc`: one process for each container, which stays as long as that.

use crate::shell;
use anyhow::Context as _;
use serde::Deserialize;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::process::{Child, Command};

/// A run of a container that has ended.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Ended {
    /// The pod's name.
    pub pod: String,
    /// The container's name.
    pub container: String,
    /// What it ended with; 128 and the signal's number if a signal ended it.
    pub code: i32,
    /// Whether the agent had told it to end.
    pub was_told: bool,
}

/// The runtime, with a state of its own.
pub(super) struct Runtime {
    state: PathBuf,
    /// Whether containers are killed without being told to end.
    pub(super) kills: bool,
    ended: Mutex<Vec<Ended>>,
}

/// A line of what it lists.
#[derive(Deserialize)]
struct Listed {
    id: String,
    status: String,
}

impl Runtime {
    pub(super) fn new(folder: &Path, kills: bool) -> anyhow::Result<Self> {
        let state = folder.join("runc");
        std::fs::create_dir_all(&state)?;
        Ok(Self {
            state,
            kills,
            ended: Mutex::default(),
        })
    }

    fn command(&self) -> Command {
        let mut command = shell::command("runc", &[]);
        command.arg("--root").arg(&self.state);
        command
    }

    /// Runs a bundle, with its output added to a file. The process ends when the container does, with its code.
    pub(super) fn run(&self, id: &str, bundle: &Path, output: &File) -> anyhow::Result<Child> {
        let mut command = self.command();
        command
            .arg("--log")
            .arg(bundle.join("runc.log"))
            .args(["run", "--bundle"])
            .arg(bundle)
            .arg(id)
            .stdout(output.try_clone()?)
            .stderr(output.try_clone()?)
            .stdin(Stdio::null());
        command.spawn().context("cannot run runc: install it")
    }

    /// Sends a signal to a container's first process.
    pub(super) async fn signal(&self, id: &str, signal: &str) -> anyhow::Result<()> {
        let mut command = self.command();
        command.args(["kill", id, signal]);
        shell::output(command).await.map(drop)
    }

    /// Runs a command in a container: whether it ended well in time.
    pub(super) async fn exec(&self, id: &str, words: &[String], limit: Duration) -> bool {
        let mut command = self.command();
        command.args(["exec", id]).args(words);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let run = tokio::time::timeout(limit, command.status()).await;
        matches!(run, Ok(Ok(status)) if status.success())
    }

    /// Removes what is left of a container.
    pub(super) async fn remove(&self, id: &str) {
        let mut command = self.command();
        command.args(["delete", "--force", id]);
        // It is gone already, unless it was killed in the middle.
        if let Err(error) = shell::output(command).await {
            eprintln!("node agent: {error:#}");
        }
    }

    /// The ids of the containers that run.
    pub(super) async fn list(&self) -> anyhow::Result<Vec<String>> {
        let mut command = self.command();
        command.args(["list", "--format", "json"]);
        let told = shell::output(command).await?;
        let listed: Option<Vec<Listed>> = serde_json::from_str(&told)?;
        let listed = listed.unwrap_or_default().into_iter();
        let running = listed.filter(|one| one.status != "stopped");
        Ok(running.map(|one| one.id).collect())
    }

    /// Notes that a container ended.
    pub(super) fn note(&self, ended: Ended) {
        self.lock().push(ended);
    }

    pub(super) fn ended(&self) -> Vec<Ended> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Ended>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
