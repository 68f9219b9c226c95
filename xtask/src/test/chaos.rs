//! The chaos test, briefly: nothing is lost while all kinds of faults happen, and it would notice if a rule were broken.

use super::TestArgs;
use super::count::Count;
use crate::chaos;
use anyhow::bail;

/// The rules that are broken, and the counters by which each shows.
const PLANTS: [(&str, &[&str]); 4] = [
    ("skip-fence", &["stale_accepted", "log_duplicates"]),
    ("cursor-first", &["lost"]),
    ("skip-fold", &["log_duplicates"]),
    ("stale-replica", &["log_duplicates"]),
];

/// The clean run, and beside it the planted ones: each of them waits more than it works.
pub(super) fn run(args: &TestArgs, count: &mut Count) -> anyhow::Result<bool> {
    let needs = ["nats", "redis", "postgres"];
    let mut without = args.without.iter();
    if let Some(missing) = without.find(|name| needs.contains(&name.as_str())) {
        println!("SKIPPED: without {missing}: chaos");
        count.skipped += 1;
        return Ok(true);
    }
    std::thread::scope(|scope| {
        let planted = scope.spawn(plants_are_noticed);
        let clean = chaos::run_briefly(&["--seed", "1"])?.failures.is_empty();
        let noticed = planted.join();
        let noticed = noticed.unwrap_or_else(|_| bail!("the planted runs panicked"))?;
        Ok(clean && noticed)
    })
}

fn plants_are_noticed() -> anyhow::Result<bool> {
    for (plant, counters) in PLANTS {
        let found = chaos::run_briefly(&["--seed", "1", "--plant", plant])?.failures;
        if !found.iter().any(|counter| counters.contains(&&**counter)) {
            eprintln!("the chaos test did not notice {plant}");
            return Ok(false);
        }
    }
    Ok(true)
}
