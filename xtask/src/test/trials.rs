//! Nothing is lost: the ledger and the chaos test, clean and with rules broken on purpose.

use super::TestArgs;
use super::built;
use super::count::Count;
use super::memory;
use super::programs::{self, Program, Ran};
use anyhow::Context as _;
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Each of them waits for faults to pass more than it works.
const AT_ONCE: usize = 4;

/// What the chaos test cannot do without.
const CHAOS_NEEDS: [&str; 3] = ["nats", "redis", "postgres"];
/// What the ledger with changes uses besides the simulated server.
const MIXED: [&str; 3] = ["dovecot", "cyrus", "courier"];

/// The smaller ledgers, on the simulated server: enough for a broken rule to show.
const SMALL: &str = "--server mailsim --messages 800 --mailboxes 20 --kills 6";
const SMALL_WITH_CHANGES: &str =
    "--changes --server mailsim --messages 400 --mailboxes 20 --kills 4";
/// One mailbox of three is watched through ActiveSync. More mail comes into it than is remembered: what is read again shows.
const SMALL_WITH_ACTIVESYNC: &str = "--server mailsim --messages 400 --mailboxes 3 --kills 3";
const LARGE_WITH_CHANGES: &str = "--changes --messages 420 --mailboxes 14 --kills 4";
const CHAOS: &str = "--profile short --seed 1";

/// The plant that shows only while a NATS node catches up with the others: in memory it does so too fast.
const ON_DISK: &str = "stale-replica";

/// By what a ledger shows a broken rule.
const LEDGER_FAULTS: &[&str] = &[
    "lost",
    "log_duplicates",
    "duplicates_after_dedupe",
    "out_of_order",
    "unlogged",
    "refused",
    "violations",
];

/// The rules that ledgers break.
const LEDGER_PLANTS: [(&str, &str); 6] = [
    ("no-fsync", SMALL),
    ("cursor-first", SMALL),
    ("skip-fold", SMALL),
    ("skip-memory-fold", SMALL_WITH_CHANGES),
    ("forget-cursor-step", SMALL_WITH_CHANGES),
    ("early-synckey", SMALL_WITH_ACTIVESYNC),
];

/// The rules that the chaos test breaks, and by what each shows.
const CHAOS_PLANTS: [(&str, &[&str]); 4] = [
    (ON_DISK, &["log_duplicates"]),
    ("skip-fold", &["log_duplicates"]),
    ("skip-fence", &["stale_accepted", "log_duplicates"]),
    ("cursor-first", &["lost"]),
];

/// What there is to run.
struct Programs {
    ledger: PathBuf,
    chaos: PathBuf,
    /// The gateway as it is shipped.
    gateway: PathBuf,
    /// The gateway whose rules can be broken.
    breakable: PathBuf,
}

/// One run, and what it has to find.
struct Trial {
    program: Program,
    expected: Expected,
}

/// What a trial has to find.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Expected {
    Nothing,
    /// One of these counters is above 0.
    Fault(&'static [&'static str]),
}

/// Runs them, the longest first, and shows the output of each when it has ended.
pub(super) fn run(args: &TestArgs, count: &mut Count) -> anyhow::Result<bool> {
    let folder = tempfile::tempdir()?;
    let programs = build(folder.path())?;
    let mut trials = programs.trials(args);
    let left_out = args
        .without
        .iter()
        .find(|name| CHAOS_NEEDS.contains(&&***name));
    match left_out {
        None => trials.splice(0..0, programs.chaos_trials()).for_each(drop),
        Some(missing) => {
            println!("SKIPPED: without {missing}: chaos");
            count.skipped += 1;
        }
    }
    let expected = |trial: &Trial| (trial.program.name.clone(), trial.expected);
    let expected: HashMap<_, _> = trials.iter().map(expected).collect();
    let mut failed = Vec::new();
    let programs = trials.into_iter().map(|trial| trial.program).collect();
    programs::run(programs, AT_ONCE, |ran| {
        let found = expected[&ran.name].is_met(&ran);
        let word = if found { "as it has to be" } else { "FAILED" };
        print!(
            "-- {}: {word}, {:.1} s\n{}",
            ran.name,
            ran.took.as_secs_f64(),
            ran.output
        );
        if found {
            count.passed += 1;
        } else {
            count.failed += 1;
            failed.push(ran.name);
        }
    })?;
    failed.iter().for_each(|name| println!("-- {name}: FAILED"));
    Ok(failed.is_empty())
}

/// Builds what there is to run. The gateways are copied into `folder`: one takes the other's place where cargo puts it.
fn build(folder: &Path) -> anyhow::Result<Programs> {
    let mut built = built::programs()?;
    let mut program = |name| built.remove(name).context("cargo builds no such program");
    let copied = |program: PathBuf, name: &str| {
        let copy = folder.join(name);
        std::fs::copy(program, &copy)?;
        anyhow::Ok(copy)
    };
    Ok(Programs {
        ledger: program("pushmail-ledger")?,
        chaos: program("pushmail-chaos")?,
        gateway: copied(program("pushmail")?, "gateway")?,
        breakable: copied(built::breakable()?, "breakable")?,
    })
}

impl Programs {
    /// The ledgers, clean and planted.
    fn trials(&self, args: &TestArgs) -> Vec<Trial> {
        let without = |names: &[&str]| args.without.iter().any(|name| names.contains(&&**name));
        let server = |names: &[&str], server| if without(names) { "mailsim" } else { server };
        let dovecot = ["--server", server(&["dovecot"], "dovecot")];
        let mixed = ["--server", server(&MIXED, "mix")];
        let clean = [
            ("ledger", [&dovecot[..], &[]].concat()),
            (
                "ledger with changes",
                [words(LARGE_WITH_CHANGES), mixed.to_vec()].concat(),
            ),
            ("small ledger", words(SMALL)),
        ];
        let clean = clean.map(|(name, arguments)| {
            self.trial(
                name,
                &self.ledger,
                &self.gateway,
                &arguments,
                Expected::Nothing,
            )
        });
        let planted = LEDGER_PLANTS.map(|(plant, sizes)| {
            let arguments = [words(sizes), vec!["--plant", plant]].concat();
            let name = format!("ledger, planted {plant}");
            let expected = Expected::Fault(LEDGER_FAULTS);
            self.trial(&name, &self.ledger, &self.breakable, &arguments, expected)
        });
        clean.into_iter().chain(planted).collect()
    }

    /// The chaos tests, clean and planted.
    fn chaos_trials(&self) -> Vec<Trial> {
        let clean = ("chaos".to_owned(), words(CHAOS), Expected::Nothing);
        let planted = CHAOS_PLANTS.map(|(plant, shown_by)| {
            let arguments = [words(CHAOS), vec!["--plant", plant]].concat();
            (
                format!("chaos, planted {plant}"),
                arguments,
                Expected::Fault(shown_by),
            )
        });
        let all = std::iter::once(clean).chain(planted);
        let trial = |(name, arguments, expected): (String, Vec<&str>, _)| {
            self.trial(&name, &self.chaos, &self.breakable, &arguments, expected)
        };
        all.map(trial).collect()
    }

    fn trial(
        &self,
        name: &str,
        test: &Path,
        gateway: &Path,
        arguments: &[&str],
        expected: Expected,
    ) -> Trial {
        let gateway = gateway.display().to_string();
        let program = Program::new(name, test.into(), crate::cargo::root());
        let mut program = program
            .with(arguments)
            .with(&["--json", "--program", &gateway]);
        if memory::is_fit() && !arguments.contains(&ON_DISK) {
            program.set("TMPDIR", memory::FOLDER);
        }
        Trial { program, expected }
    }
}

impl Expected {
    /// Whether the run could be made and found what it had to. Its last line is its result.
    fn is_met(self, ran: &Ran) -> bool {
        let last = ran.output.lines().rev().find(|line| line.starts_with('{'));
        let Some(result) = last.and_then(|line| serde_json::from_str::<Value>(line).ok()) else {
            return false;
        };
        let count = |name: &str| result[name].as_u64().unwrap_or(0);
        match self {
            Self::Nothing => ran.passed,
            // Kills that met no append in flight prove nothing.
            Self::Fault(_)
                if result.get("kills_in_flight").is_some() && count("kills_in_flight") == 0 =>
            {
                false
            }
            Self::Fault(counters) => !ran.passed && counters.iter().any(|name| count(name) > 0),
        }
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split(' ').collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn ran(passed: bool, output: &str) -> Ran {
        Ran {
            name: String::new(),
            output: output.to_owned(),
            passed,
            took: Duration::ZERO,
        }
    }

    #[test]
    fn a_planted_run_has_to_find_the_fault_and_a_clean_one_nothing() {
        let fault = Expected::Fault(&["lost"]);
        assert!(fault.is_met(&ran(false, "progress\n{\"lost\":1}\nfailed: 1\n")));
        assert!(!fault.is_met(&ran(false, "{\"lost\":0,\"unlogged\":1}")));
        assert!(!fault.is_met(&ran(true, "{\"lost\":1}")));
        assert!(!fault.is_met(&ran(false, "{\"lost\":1,\"kills_in_flight\":0}")));
        assert!(!fault.is_met(&ran(false, "it could not be run")));
        assert!(Expected::Nothing.is_met(&ran(true, "{\"lost\":0}")));
        assert!(!Expected::Nothing.is_met(&ran(false, "{\"lost\":1}")));
        assert!(!Expected::Nothing.is_met(&ran(true, "")));
    }
}
