//! Latency per hop at several rates: the demo's own path, with a thousand mailboxes.

use crate::machine::Machine;
use crate::program;
use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// From the mail server's EXISTS to the frame at the device, per hop, fetch and TLS included.
#[derive(Debug, Args)]
pub(crate) struct LatencyArgs {
    /// Events a second, over all mailboxes; may be given several times.
    #[arg(long, default_values_t = [100, 1000, 5000])]
    rate: Vec<u32>,
    /// How many mailboxes, each with one device.
    #[arg(long, default_value_t = 1000)]
    mailboxes: u32,
    /// For how many seconds at each rate.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    /// Print the JSON document only.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    runs: Vec<serde_json::Value>,
}

/// Runs every rate; false if mail was lost in one.
pub(crate) fn run(args: &LatencyArgs) -> anyhow::Result<bool> {
    let program = program::build()?;
    let mut runs = Vec::new();
    let mut passed = true;
    for rate in &args.rate {
        if !args.json {
            eprintln!("{rate} events a second for {} s", args.seconds);
        }
        let (run, complete) = once(&program, args, *rate)?;
        passed &= complete;
        runs.push(run);
    }
    println!(
        "{}",
        serde_json::to_string(&Report {
            machine: Machine::here(),
            runs
        })?
    );
    Ok(passed)
}

fn once(
    program: &PathBuf,
    args: &LatencyArgs,
    rate: u32,
) -> anyhow::Result<(serde_json::Value, bool)> {
    let output = Command::new(program)
        .args(["demo", "--json"])
        .args(["--mailboxes", &args.mailboxes.to_string()])
        .args(["--rate", &rate.to_string()])
        .args(["--seconds", &args.seconds.to_string()])
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let last = text.lines().last().context("the demo printed nothing")?;
    Ok((serde_json::from_str(last)?, output.status.success()))
}
