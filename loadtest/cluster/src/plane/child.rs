//! One process of the control plane.

use anyhow::{Context as _, bail};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// How much of a log is shown, in lines.
const SHOWN: usize = 20;

/// A running process. Dropping it kills it.
pub(super) struct Child {
    name: String,
    log: PathBuf,
    process: tokio::process::Child,
}

impl Child {
    /// Starts a program, whose output goes to a log in the folder.
    pub(super) fn start(
        program: &Path,
        arguments: &[String],
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let name = program.file_name().context("a program has a name")?;
        let name = name.to_string_lossy().into_owned();
        let log = folder.join(format!("{name}.log"));
        let output = File::create(&log)?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .kill_on_drop(true);
        let process = command.spawn();
        let process = process.with_context(|| format!("cannot run {}", program.display()))?;
        Ok(Self { name, log, process })
    }

    /// An error if it has ended; with the end of its log.
    pub(super) fn check(&mut self) -> anyhow::Result<()> {
        if let Some(status) = self.process.try_wait()? {
            bail!("{} ended ({status}):\n{}", self.name, self.log());
        }
        Ok(())
    }

    /// The end of its log.
    pub(super) fn log(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(SHOWN)..].join("\n")
    }
}
