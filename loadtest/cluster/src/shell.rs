//! Running programs.

use anyhow::{Context as _, bail};
use tokio::process::Command;

/// A command with these arguments, which ends with the future that waits for it.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).kill_on_drop(true);
    command.stdin(std::process::Stdio::null());
    command
}

/// Runs a program and returns what it printed.
///
/// # Errors
/// If it cannot be run or fails; with what it said.
pub(crate) async fn output(mut command: Command) -> anyhow::Result<String> {
    let run = command.output().await;
    let output = run.with_context(|| format!("cannot run {:?}", command.as_std()))?;
    if !output.status.success() {
        bail!(
            "{:?} failed ({}): {}{}",
            command.as_std(),
            output.status,
            String::from_utf8_lossy(&output.stderr),
            String::from_utf8_lossy(&output.stdout)
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a line of words, such as `ip link set lo up`.
///
/// # Errors
/// As [`output`].
pub(crate) async fn line(line: &str) -> anyhow::Result<()> {
    let mut words = line.split_whitespace();
    let mut command = command(words.next().unwrap_or_default(), &[]);
    command.args(words);
    output(command).await.map(drop)
}
