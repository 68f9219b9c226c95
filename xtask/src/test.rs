//! `cargo xtask test`: everything that has to hold, fast things first.

mod built;
mod count;
mod memory;
mod programs;
mod suite;
mod trials;

use crate::{cargo, dashboards, fuzz, generate, rules, servers};
use anyhow::bail;
use clap::Args;
use count::Count;
use std::time::Instant;

/// Runs every check and every test; installs the servers that they need.
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Leave out the tests that need this server; the result is then INCOMPLETE. May be given several times.
    #[arg(long, value_name = "NAME")]
    without: Vec<String>,
}

type Step = fn(&TestArgs, &mut Count) -> anyhow::Result<bool>;

const STEPS: [(&str, Step); 9] = [
    ("format", |_, _| plain(&["fmt", "--all", "--check"])),
    ("dependency rules", |_, _| rules::run()),
    ("generated files", |_, _| {
        generate::run(&generate::GenerateArgs::check())
    }),
    ("clippy", |_, _| {
        plain(&[
            "clippy",
            "--quiet",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--",
            "-D",
            "warnings",
        ])
    }),
    ("docs", |_, _| docs()),
    ("alerts", alerts),
    ("tests", suite::run),
    ("fuzzing, briefly", |_, _| fuzz::briefly()),
    ("nothing is lost", trials::run),
];

pub(crate) fn run(args: &TestArgs) -> anyhow::Result<bool> {
    for name in &args.without {
        if !servers::names().contains(&name.as_str()) {
            bail!(
                "--without {name}: the servers are {}",
                servers::names().join(", ")
            );
        }
    }
    servers::install(&args.without)?;
    let mut count = Count::default();
    for (name, step) in STEPS {
        println!("== {name}");
        let started = started();
        let passed = step(args, &mut count)?;
        println!(
            "== {name}: {} in {:.0} s",
            if passed { "ok" } else { "FAILED" },
            started.elapsed().as_secs_f64()
        );
        if passed {
            count.passed += 1;
        } else {
            count.failed += 1;
            break;
        }
    }
    let passed = count.passed.saturating_sub(count.left_out);
    println!(
        "{passed} passed, {} failed, {} skipped",
        count.failed, count.skipped
    );
    if !args.without.is_empty() {
        println!("INCOMPLETE: without {}", args.without.join(", "));
    }
    Ok(count.failed == 0)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a developer's tool tells how long its steps took"
)]
fn started() -> Instant {
    Instant::now()
}

fn plain(arguments: &[&str]) -> anyhow::Result<bool> {
    Ok(cargo::cargo(arguments).status()?.success())
}

/// That each alert is raised by what it is for. That the rules are up to date is a test of the crate that makes them.
fn alerts(args: &TestArgs, count: &mut Count) -> anyhow::Result<bool> {
    if args.without.iter().any(|name| name == servers::PROMETHEUS) {
        println!("SKIPPED: without {}", servers::PROMETHEUS);
        count.skipped += 1;
        count.left_out += 1;
        return Ok(true);
    }
    dashboards::test_alerts()
}

fn docs() -> anyhow::Result<bool> {
    let mut command = cargo::cargo(&[
        "doc",
        "--quiet",
        "--workspace",
        "--no-deps",
        "--document-private-items",
    ]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    Ok(command.status()?.success())
}
