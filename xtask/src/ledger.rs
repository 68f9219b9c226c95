//! `cargo xtask ledger`: builds the ledger test and runs it.

use crate::cargo;
use anyhow::Context as _;
use clap::Args;
use serde::Deserialize;
use std::process::{Command, Stdio};

/// Proves that nothing is lost while the gateway is killed again and again.
///
/// `cargo xtask ledger -- --changes --server mix` changes mailboxes on every kind of server in every way.
#[derive(Debug, Args)]
pub(crate) struct LedgerArgs {
    /// Arguments of the ledger test; `cargo xtask ledger -- --help` lists them.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// The sums of a ledger, as far as they matter here.
#[derive(Deserialize)]
pub(crate) struct Verdict {
    lost: u64,
    log_duplicates: u64,
    duplicates_after_dedupe: u64,
    out_of_order: u64,
    unlogged: u64,
    kills_in_flight: u64,
    /// Of a ledger with changes.
    #[serde(default)]
    violations: u64,
}

impl Verdict {
    /// Whether something is missing, doubled or out of order, by kills that met appends in flight.
    pub(crate) const fn found_fault(&self) -> bool {
        let sum = self.lost + self.log_duplicates + self.duplicates_after_dedupe;
        self.kills_in_flight > 0 && sum + self.out_of_order + self.unlogged + self.violations > 0
    }
}

pub(crate) fn run(args: &LedgerArgs) -> anyhow::Result<bool> {
    let arguments: Vec<&str> = args.arguments.iter().map(String::as_str).collect();
    Ok(command(&arguments).status()?.success())
}

/// Draws up a ledger, prints it, and returns whether it balances, with its sums.
pub(crate) fn draw_up(arguments: &[&str]) -> anyhow::Result<(bool, Verdict)> {
    let output = command(arguments)
        .arg("--json")
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    print!("{text}");
    let verdict = serde_json::from_str(&text).context("the ledger could not be drawn up")?;
    Ok((output.status.success(), verdict))
}

fn command(arguments: &[&str]) -> Command {
    let mut command = cargo::cargo(&["run", "--quiet", "--package", "pushmail-ledger", "--"]);
    command.args(arguments);
    command
}
