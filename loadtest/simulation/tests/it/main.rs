//! Worlds by the thousand, the same twice, and with rules broken on purpose; and a fleet.

mod scale;

use pushmail_simulation::{Options, Outcome, Plant, simulate, sweep};

/// How many worlds are run in each test of the project.
const WORLDS: u64 = 2000;
/// Within so many worlds every planted fault shows.
const CAUGHT_WITHIN: u64 = 300;
/// So many worlds are looked at before it is asked whether one failed.
const STEP: u64 = 20;

#[test]
fn the_invariants_hold_whatever_goes_wrong() {
    let outcomes = sweep(1..WORLDS + 1, Options::default()).unwrap();
    let failed: Vec<String> = outcomes.iter().filter_map(failure).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let mails: u64 = outcomes.iter().map(|outcome| outcome.sums.mails).sum();
    assert!(mails > WORLDS * 50, "there was hardly any mail: {mails}");
}

#[test]
fn a_seed_gives_the_same_world_each_time() {
    for seed in 1..20 {
        let options = Options {
            seed,
            keeps_trace: true,
            ..Options::default()
        };
        let (once, again) = (simulate(options).unwrap(), simulate(options).unwrap());
        let differs = once.trace.iter().zip(&again.trace).find(|(a, b)| a != b);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!(once.hash, again.hash, "seed {seed}");
        let other = Options {
            seed: seed + 1000,
            ..options
        };
        assert_ne!(once.hash, simulate(other).unwrap().hash);
    }
}

#[test]
fn a_trace_that_is_not_kept_has_the_same_hash() {
    let hash = |keeps_trace| {
        let options = Options {
            seed: 3,
            keeps_trace,
            ..Options::default()
        };
        simulate(options).unwrap().hash
    };
    assert_eq!(hash(true), hash(false));
}

#[test]
fn an_append_without_the_fence_is_caught() {
    assert_caught(Plant::SkipFence, "the log took an append of a stale epoch");
}

#[test]
fn a_checkpoint_before_its_event_is_caught() {
    assert_caught(Plant::CursorFirst, "ahead of the log");
}

#[test]
fn mail_lost_by_a_checkpoint_before_its_event_is_caught() {
    assert_caught(Plant::CursorFirst, "is lost");
}

#[test]
fn a_take_without_the_fold_is_caught() {
    assert_caught(Plant::SkipFold, "is stored twice");
}

#[test]
fn a_stale_read_is_caught() {
    // Seldom: the replica has to be behind just when a shard is taken.
    assert_caught_within(1_500, Plant::StaleReplica, "");
}

/// Some world fails, in these words.
fn assert_caught(plant: Plant, words: &str) {
    assert_caught_within(CAUGHT_WITHIN, plant, words);
}

fn assert_caught_within(worlds: u64, plant: Plant, words: &str) {
    for from in (1..=worlds).step_by(STEP as usize) {
        let options = Options {
            plant: Some(plant),
            ..Options::default()
        };
        let outcomes = sweep(from..from + STEP, options).expect("worlds run");
        let mut broken = outcomes.iter().flat_map(|outcome| &outcome.violations);
        if broken.any(|violation| violation.contains(words)) {
            return;
        }
    }
    panic!("{plant:?} went unnoticed in {worlds} worlds");
}

fn failure(outcome: &Outcome) -> Option<String> {
    let (seed, broken) = (outcome.seed, outcome.violations.join("; "));
    let replay = "cargo xtask simulate worlds --trace --seed";
    (!broken.is_empty()).then(|| format!("seed {seed}: {broken} ({replay} {seed})"))
}
