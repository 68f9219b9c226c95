//! What is done on the cluster, with mail going through.

mod accounts;
mod commands;
mod devices;
mod gateway;
mod ledger;
mod left;
mod look;
mod mail;
mod result;
mod run;
mod steps;

use crate::node::Agent;
use crate::plane::Plane;
use crate::{Tools, outside, plane};
use anyhow::Context as _;
use clap::ValueEnum;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// What to do.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// How many mailboxes there are at first, each with a device: three watchers have them, each a third. Later there are twice
    /// as many, and then half as many.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(12..=3000))]
    mailboxes: u32,
    /// Mails a second.
    #[arg(long, default_value_t = 10)]
    rate: u32,
    /// Print a JSON document of what came of it; progress is on standard error all the same.
    #[arg(long)]
    json: bool,
    /// Also write that document into this file.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Keep the logs of all processes in this folder.
    #[arg(long, value_name = "DIR")]
    logs: Option<PathBuf>,
    /// Leave the cluster running at the end, until Ctrl-C, and say how to reach it.
    #[arg(long)]
    keep: bool,
    /// Do something wrong on purpose: the test has to exit 1.
    #[arg(long, value_enum)]
    plant: Option<Plant>,
}

/// Something wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Plant {
    /// A device forgets one event that it saw.
    Forget,
    /// Pods are killed and never told to end.
    Kill,
}

/// Runs it, in the namespaces of [`crate::outside`], and says 0 if all is as it has to be.
///
/// # Errors
/// If it could not be run.
pub async fn run(args: &Args, tools: &Tools, folder: &Path) -> anyhow::Result<ExitCode> {
    let begun = tokio::time::Instant::now();
    eprintln!("-- the control plane: etcd, API server, controllers, scheduler, proxy");
    let plane = Plane::start(tools, folder).await?;
    let agent = Agent::start(&plane, tools, args.plant == Some(Plant::Kill)).await?;
    let (nodes, took) = (plane::NODES.len(), begun.elapsed().as_secs_f64());
    eprintln!("   {nodes} nodes, {took:.1} s");
    let ran = run::run(args, tools, &plane, &agent).await;
    if let Some(kept) = &args.logs {
        keep_logs(plane.folder(), &agent.logs(), kept).context("the logs cannot be kept")?;
    }
    if args.keep {
        if let Err(error) = &ran {
            eprintln!("cluster-test: {error:#}");
        }
        stay(&plane, tools).await?;
    }
    let result = ran?;
    let document = serde_json::to_string(&result)?;
    if let Some(file) = &args.record {
        std::fs::write(file, format!("{document}\n"))?;
    }
    eprint!("{}", result.table());
    if args.json {
        println!("{document}");
    }
    Ok(ExitCode::from(u8::from(!result.passed())))
}

/// Says how to reach the cluster, and waits for its end.
async fn stay(plane: &Plane, tools: &Tools) -> anyhow::Result<()> {
    let parent = std::fs::read_to_string(plane.folder().join(outside::PARENT))?;
    let (folder, kubeconfig) = (plane.folder().display(), plane.kubeconfig().display());
    let kubectl = tools.of_kubernetes("kubectl");
    let kubectl = kubectl.display();
    eprintln!("-- the cluster stays until Ctrl-C; its logs are in {folder}. In another shell:");
    eprintln!("   nsenter --target $(pgrep --parent {parent}) --net --mount --pid \\");
    eprintln!("     env KUBECONFIG={kubeconfig} {kubectl} get pods --all-namespaces");
    loop {
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
}

fn keep_logs(plane: &Path, containers: &Path, kept: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(kept)?;
    for folder in [plane, containers] {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "log") {
                std::fs::copy(&path, kept.join(path.file_name().unwrap_or_default()))?;
            }
        }
    }
    Ok(())
}
