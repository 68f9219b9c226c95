//! Load tests. Each prints one JSON document with the hardware and the commit that it ran on.

mod latency;
mod machine;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "pushmail-loadtest")]
struct Cli {
    #[command(subcommand)]
    test: Test,
}

#[derive(Debug, Subcommand)]
enum Test {
    Latency(latency::LatencyArgs),
}

fn main() -> ExitCode {
    let Test::Latency(args) = Cli::parse().test;
    match latency::run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("pushmail-loadtest: {error:#}");
            ExitCode::FAILURE
        }
    }
}
