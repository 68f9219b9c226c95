//! Many worlds, on all processors, or one.

use crate::WorldsArgs;
use pushmail_simulation::{Options, Outcome, Sums, simulate, sweep};
use serde::Serialize;

/// At most so many failures are told.
const TOLD: usize = 10;

#[derive(Serialize)]
struct Verdict {
    worlds: u64,
    failed: Vec<u64>,
    #[serde(flatten)]
    sums: Sums,
}

/// Whether all invariants held.
pub(crate) fn run(args: &WorldsArgs) -> anyhow::Result<bool> {
    let options = Options {
        plant: args.plant,
        keeps_trace: args.trace,
        ..Options::default()
    };
    let seeds = match args.seed {
        Some(seed) => seed..seed + 1,
        None => args.from..args.from + args.seeds,
    };
    let worlds = seeds.end - seeds.start;
    let outcomes = match args.seed {
        Some(seed) => vec![simulate(Options { seed, ..options })?],
        None => sweep(seeds, options)?,
    };
    let mut sums = Sums::default();
    outcomes.iter().for_each(|outcome| sums.add(outcome.sums));
    let failed: Vec<&Outcome> = outcomes
        .iter()
        .filter(|o| !o.violations.is_empty())
        .collect();
    outcomes
        .iter()
        .flat_map(|outcome| &outcome.trace)
        .for_each(|line| println!("{line}"));
    for outcome in failed.iter().take(TOLD) {
        let (seed, what) = (outcome.seed, outcome.violations.join("; "));
        eprintln!("seed {seed}: {what}");
    }
    let verdict = Verdict {
        worlds,
        failed: failed.iter().map(|outcome| outcome.seed).collect(),
        sums,
    };
    match args.json {
        true => println!("{}", serde_json::to_string(&verdict)?),
        false => tell(&verdict),
    }
    Ok(verdict.failed.is_empty())
}

fn tell(verdict: &Verdict) {
    let Verdict {
        worlds,
        failed,
        sums,
    } = verdict;
    println!("{worlds} worlds, {} failed", failed.len());
    println!(
        "{} mails; {} in announced gaps, after a restore of the log",
        sums.mails, sums.in_gaps
    );
    println!(
        "{} streams were restored and nobody noticed",
        sums.unnoticed
    );
    if let Some(seed) = failed.first() {
        println!("look into one: cargo xtask simulate worlds --seed {seed} --trace");
    }
}
