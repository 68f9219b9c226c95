//! `cargo xtask cluster-test` runs this.

use clap::Parser;
use pushmail_cluster::{Tools, outside, scenario};
use std::process::ExitCode;

/// Installs the chart on a real Kubernetes control plane, and sees that no mail is lost whatever is done to it.
///
/// Exit codes: 0 all is as it has to be, 1 something is not, 2 the test could not be run.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask cluster-test")]
struct Cli {
    #[command(flatten)]
    tools: Tools,
    #[command(flatten)]
    scenario: scenario::Args,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Cli::parse();
    let ran = match outside::folder() {
        None => first(&args).await,
        Some(folder) => scenario::run(&args.scenario, &args.tools, &folder).await,
    };
    match ran {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cluster-test: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn first(args: &Cli) -> anyhow::Result<ExitCode> {
    args.tools.check()?;
    outside::run().await
}
