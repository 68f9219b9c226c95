//! `cargo xtask simulate`: builds the simulations and runs them.

use crate::cargo;
use clap::Args;

/// Simulates a large fleet of watchers, or many small ones in which everything goes wrong.
///
/// `cargo xtask simulate --workers 1000 --accounts 10000000 --json` is the large one;
/// `cargo xtask simulate worlds --seed 7 --trace` tells all that happens in one of the others.
#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// Arguments of the simulations; `cargo xtask simulate -- --help` lists them.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(args: &SimulateArgs) -> anyhow::Result<bool> {
    let package = [
        "run",
        "--quiet",
        "--release",
        "--package",
        "pushmail-simulation",
        "--",
    ];
    let mut command = cargo::cargo(&package);
    Ok(command.args(&args.arguments).status()?.success())
}
