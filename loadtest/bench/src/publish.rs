//! What the event log on NATS JetStream bears: events a second and the time to an acknowledgement, on
//! one server and on three, with everything synced.

mod load;
mod place;

use crate::machine::Machine;
use clap::Args;
use load::{Load, Run};
use place::Place;
use serde::Serialize;
use std::time::Duration;

/// Appends of many shards at once, through the adapter that a fleet uses.
///
/// Each shard has one writer, as in a fleet, and each writer one append under way. A watcher sends what
/// waits together: singles are what a quiet shard does, batches what a busy one does.
#[derive(Debug, Args)]
pub(crate) struct PublishArgs {
    /// How many shards are written for at the same time.
    #[arg(long, default_value_t = 64)]
    shards: usize,
    /// How many events each append has; may be given several times. At most 100.
    #[arg(long, default_values_t = [1, 10, 100])]
    batch: Vec<usize>,
    /// How many copies of each event: 1 on one server, 3 on three servers of this machine.
    #[arg(long, default_values_t = [1, 3])]
    replicas: Vec<u8>,
    /// For how many seconds each is measured.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Print the JSON document only.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    /// Of all servers.
    sync_interval: &'static str,
    shards: usize,
    runs: Vec<Run>,
}

/// Measures every combination.
pub(crate) fn run(args: &PublishArgs) -> anyhow::Result<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut runs = Vec::new();
    for replicas in &args.replicas {
        for batch in &args.batch {
            let load = Load {
                shards: args.shards.max(1),
                batch: (*batch).clamp(1, 100),
                lasts: Duration::from_secs(args.seconds.max(1)),
            };
            let run = runtime.block_on(async {
                let place = Place::start(*replicas).await?;
                load.run(&place, *replicas).await
            })?;
            if !args.json {
                eprintln!("{run}");
            }
            runs.push(run);
        }
    }
    let report = Report {
        machine: Machine::here(),
        sync_interval: "always",
        shards: args.shards,
        runs,
    };
    println!("{}", serde_json::to_string(&report)?);
    Ok(true)
}
