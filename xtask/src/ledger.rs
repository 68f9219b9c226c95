//! `cargo xtask ledger`: builds the ledger test and runs it.

use crate::cargo;
use clap::Args;

/// Proves that nothing is lost while the gateway is killed again and again.
///
/// `cargo xtask ledger -- --changes --server mix` changes mailboxes on every kind of server in every way.
#[derive(Debug, Args)]
pub(crate) struct LedgerArgs {
    /// Arguments of the ledger test; `cargo xtask ledger -- --help` lists them.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(args: &LedgerArgs) -> anyhow::Result<bool> {
    let mut command = cargo::cargo(&["run", "--quiet", "--package", "pushmail-ledger", "--"]);
    command.args(&args.arguments);
    Ok(command.status()?.success())
}
