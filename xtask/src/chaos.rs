//! `cargo xtask chaos`: builds the chaos test and runs it.

use crate::cargo;
use anyhow::bail;
use clap::Args;
use serde::Deserialize;
use std::process::{Command, ExitStatus, Stdio};

/// Proves that nothing is lost while a fleet's parts fail one after the other.
///
/// `cargo xtask chaos --seed 7 --profile short --json`; `cargo xtask chaos -- --help` lists the arguments.
#[derive(Debug, Args)]
pub(crate) struct ChaosArgs {
    /// Arguments of the chaos test.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(args: &ChaosArgs) -> anyhow::Result<bool> {
    let mut command = command();
    command.args(&args.arguments);
    finished(command.status()?)
}

/// Whether nothing was found; an error if the test could not be run.
fn finished(status: ExitStatus) -> anyhow::Result<bool> {
    match status.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => bail!("the chaos test could not be run"),
    }
}

/// What a run found, as far as it matters here.
#[derive(Debug, Deserialize)]
pub(crate) struct Verdict {
    /// The counters that should be 0.
    pub(crate) failures: Vec<String>,
}

/// Runs the short test with these arguments more, prints what it found, and returns it.
pub(crate) fn run_briefly(arguments: &[&str]) -> anyhow::Result<Verdict> {
    let output = command()
        .args(["--profile", "short", "--json"])
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()?;
    let clean = finished(output.status)?;
    let text = String::from_utf8(output.stdout)?;
    print!("{text}");
    let verdict: Verdict = serde_json::from_str(&text)?;
    if clean != verdict.failures.is_empty() {
        bail!("the chaos test's exit code and its failures are at odds");
    }
    Ok(verdict)
}

fn command() -> Command {
    cargo::cargo(&["run", "--quiet", "--package", "pushmail-chaos", "--"])
}
