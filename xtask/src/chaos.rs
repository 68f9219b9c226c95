//! `cargo xtask chaos`: builds the chaos test and runs it.

use crate::cargo;
use anyhow::bail;
use clap::Args;

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
    let mut command = cargo::cargo(&["run", "--quiet", "--package", "pushmail-chaos", "--"]);
    command.args(&args.arguments);
    match command.status()?.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => bail!("the chaos test could not be run"),
    }
}
