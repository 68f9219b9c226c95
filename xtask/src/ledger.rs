//! `cargo xtask ledger`: builds the ledger test and runs it.

use crate::cargo;
use clap::Args;

/// Proves that nothing is lost while the gateway is killed again and again.
#[derive(Debug, Args)]
pub(crate) struct LedgerArgs {
    /// Arguments of the ledger test; `cargo xtask ledger -- --help` lists them.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(args: &LedgerArgs) -> anyhow::Result<bool> {
    let arguments: Vec<&str> = args.arguments.iter().map(String::as_str).collect();
    execute(&arguments)
}

/// Runs the ledger test with these arguments; whether it passed.
pub(crate) fn execute(arguments: &[&str]) -> anyhow::Result<bool> {
    let mut command = cargo::cargo(&["run", "--quiet", "--package", "pushmail-ledger", "--"]);
    command.args(arguments);
    Ok(command.status()?.success())
}
