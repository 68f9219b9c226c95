//! `cargo xtask test`: everything that has to hold, fast things first.

mod built;
mod count;
mod memory;
mod programs;
mod suite;

use crate::{cargo, fuzz, generate, ledger, rules, servers};
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

const STEPS: [(&str, Step); 10] = [
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
    ("tests", suite::run),
    ("fuzzing, briefly", |_, _| fuzz::briefly()),
    ("ledger", |args, _| balances(args)),
    ("ledger with changes", |args, _| balances_with_changes(args)),
    ("ledger notices planted faults", |_, _| plants()),
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

/// The ledger, on a real mail server unless that is left out.
fn balances(args: &TestArgs) -> anyhow::Result<bool> {
    let without = args.without.iter().any(|name| name == "dovecot");
    let server = if without { "mailsim" } else { "dovecot" };
    Ok(ledger::draw_up(&["--server", server])?.0)
}

/// The ledger with changes, on every kind of server unless one of them is left out.
fn balances_with_changes(args: &TestArgs) -> anyhow::Result<bool> {
    let mut server = ["--server", "mix"];
    let mixed = ["dovecot", "cyrus", "courier"];
    if args
        .without
        .iter()
        .any(|name| mixed.contains(&name.as_str()))
    {
        server[1] = "mailsim";
    }
    let sizes = ["--messages", "420", "--mailboxes", "14", "--kills", "4"];
    Ok(ledger::draw_up(&[&["--changes"][..], &server, &sizes].concat())?.0)
}

/// Each planted fault must make the ledger find one; without a plant it balances at the same sizes.
fn plants() -> anyhow::Result<bool> {
    // The simulated server and fewer messages: enough for a broken rule to show.
    let sizes = [
        "--server",
        "mailsim",
        "--messages",
        "800",
        "--mailboxes",
        "20",
        "--kills",
        "6",
    ];
    println!("-- planting nothing: the ledger has to balance");
    if !ledger::draw_up(&sizes)?.0 {
        return Ok(false);
    }
    let changes = [
        "--changes",
        "--server",
        "mailsim",
        "--messages",
        "400",
        "--mailboxes",
        "20",
        "--kills",
        "4",
    ];
    let plants: [(&str, &[&str]); 5] = [
        ("no-fsync", &sizes),
        ("cursor-first", &sizes),
        ("skip-fold", &sizes),
        ("skip-memory-fold", &changes),
        ("forget-cursor-step", &changes),
    ];
    // Two at a time: each of them waits more than it works.
    for pair in plants.chunks(2) {
        let noticed = std::thread::scope(|scope| {
            let runs: Vec<_> = pair
                .iter()
                .map(|(plant, sizes)| scope.spawn(|| notices(plant, sizes)))
                .collect();
            runs.into_iter()
                .map(|run| run.join().unwrap_or_else(|_| bail!("a ledger panicked")))
                .collect::<anyhow::Result<Vec<bool>>>()
        })?;
        if noticed.contains(&false) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a ledger of these sizes notices the planted fault.
fn notices(plant: &str, sizes: &[&str]) -> anyhow::Result<bool> {
    println!("-- planting {plant}: the ledger has to fail");
    let (balances, verdict) = ledger::draw_up(&[&["--plant", plant][..], sizes].concat())?;
    let noticed = !balances && verdict.found_fault();
    if !noticed {
        eprintln!("the ledger did not notice {plant}");
    }
    Ok(noticed)
}
