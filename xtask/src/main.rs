//! The project's own commands.

mod cargo;
mod chaos;
mod chart;
mod cluster;
mod dashboards;
mod fuzz;
mod generate;
mod go;
mod image;
mod k6;
mod ledger;
mod providers;
mod python;
mod rules;
mod servers;
mod simulate;
mod terraform;
mod test;
mod upgrade;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Test(test::TestArgs),
    Fuzz(fuzz::FuzzArgs),
    Ledger(ledger::LedgerArgs),
    Chaos(chaos::ChaosArgs),
    Upgrade(upgrade::UpgradeArgs),
    /// Checks the dependency rules of ARCHITECTURE.md.
    Rules,
    Simulate(simulate::SimulateArgs),
    Generate(generate::GenerateArgs),
    Dashboards(dashboards::DashboardsArgs),
    Image(image::ImageArgs),
    K6(k6::K6Args),
    Chart(chart::ChartArgs),
    ClusterTest(cluster::ClusterArgs),
    Terraform(terraform::TerraformArgs),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Test(args) => test::run(&args),
        Command::Fuzz(args) => fuzz::run(&args),
        Command::Ledger(args) => ledger::run(&args),
        Command::Chaos(args) => chaos::run(&args),
        Command::Upgrade(args) => upgrade::run(&args),
        Command::Rules => rules::run(),
        Command::Simulate(args) => simulate::run(&args),
        Command::Generate(args) => generate::run(&args),
        Command::Dashboards(args) => dashboards::run(&args),
        Command::Image(args) => image::run(&args),
        Command::K6(args) => k6::run(&args),
        Command::Chart(args) => chart::run(&args),
        Command::ClusterTest(args) => cluster::run(&args),
        Command::Terraform(args) => terraform::run(&args),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
