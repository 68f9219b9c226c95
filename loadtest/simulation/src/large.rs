//! A large fleet, and a table of what came of it.

use crate::ScaleArgs;
use pushmail_simulation::scale::{Report, Scale, Scenario, play, spread};

/// Whether all bounds were kept.
pub(crate) fn run(args: &ScaleArgs) -> anyhow::Result<bool> {
    let scale = Scale {
        workers: usize::try_from(args.workers)?,
        accounts: args.accounts,
        seed: args.seed,
        turns: !args.no_turns,
    };
    let part = scale.workers / 10;
    let scenarios = Scenario::ALL.map(|scenario| match scenario {
        Scenario::Lose(count) if count > 1 => Scenario::Lose((part * count / 100).max(1)),
        scenario => scenario,
    });
    let accounts = spread(scale);
    let mut well = true;
    let mut reports = Vec::new();
    for scenario in scenarios {
        let report = play(scale, scenario, &accounts);
        well &= report.broken.is_empty();
        match args.json {
            true => reports.push(report),
            false => tell(&report),
        }
    }
    if args.json {
        println!("{}", serde_json::to_string(&reports)?);
    }
    Ok(well)
}

fn tell(report: &Report) {
    let seconds =
        |after: Option<f64>| after.map_or("never".to_owned(), |after| format!("{after:.1} s"));
    let (before, after) = report.workers;
    println!("{}: {before} -> {after} workers", report.scenario);
    println!(
        "  moved {} shards ({} accounts), {} had to",
        report.shards_moved, report.accounts_moved, report.least_moves
    );
    println!(
        "  all owned after {}, loads fair after {}",
        seconds(report.owned_after_seconds),
        seconds(report.fair_after_seconds)
    );
    println!(
        "  {} to {} shards a worker; {} accounts at most, {} on average",
        report.shards_of_one.0,
        report.shards_of_one.1,
        report.most_accounts.0,
        report.most_accounts.1
    );
    println!(
        "  {:.0} calls a second, {} in the busiest; answers {} KiB, {} KiB the largest",
        report.calls_average,
        report.calls_peak,
        report.answers_bytes / 1024,
        report.largest_answer_bytes / 1024
    );
    println!(
        "  a beat and its plan {} us, {} us at most; {} Raft groups",
        report.beat_micros.0, report.beat_micros.1, report.raft_groups
    );
    report
        .broken
        .iter()
        .for_each(|what| println!("  BROKEN: {what}"));
}
