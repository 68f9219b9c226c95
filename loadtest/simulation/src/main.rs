//! Runs simulations: many worlds by seed, or one with its trace.

mod large;
mod worlds;

use clap::{Parser, Subcommand};
use pushmail_simulation::Plant;
use std::process::ExitCode;

/// Simulates fleets of watchers: by default a large one that loses workers, gets some, is restarted and loses its leases.
///
/// Exit codes: 0 all is well, 1 a rule or a bound is broken, 2 it could not be run.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask simulate", args_conflicts_with_subcommands = true)]
struct Args {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    scale: ScaleArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Worlds in which everything goes wrong that can; the invariants have to hold.
    Worlds(WorldsArgs),
}

#[derive(Debug, clap::Args)]
struct ScaleArgs {
    /// How many workers there are.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(2..=4000))]
    workers: u32,
    /// How many accounts there are.
    #[arg(long, default_value_t = 10_000_000)]
    accounts: u64,
    /// Let all workers beat at once where they learn something at once.
    #[arg(long)]
    no_turns: bool,
    /// Decides who dies and when whose heart beats.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print the JSON result only.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct WorldsArgs {
    /// How many worlds, by rising seed.
    #[arg(long, default_value_t = 2000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// One world only.
    #[arg(long)]
    seed: Option<u64>,
    /// With --seed: print all that happens.
    #[arg(long, requires = "seed")]
    trace: bool,
    /// Break a rule on purpose; some worlds must then fail.
    #[arg(long, value_enum)]
    plant: Option<Plant>,
    /// Print the JSON result only.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match &args.what {
        Some(What::Worlds(worlds)) => worlds::run(worlds),
        None => large::run(&args.scale),
    };
    match done {
        Ok(well) => ExitCode::from(u8::from(!well)),
        Err(error) => {
            eprintln!("simulate: {error:#}");
            ExitCode::from(2)
        }
    }
}
