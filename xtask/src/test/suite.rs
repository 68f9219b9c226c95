//! All Rust tests of the workspace.

use super::count::Count;
use super::programs::{self, Program};
use super::{TestArgs, cargo};
use super::{built, memory};
use anyhow::Context as _;

/// Most of them wait for servers and for time to pass as much as they work.
const AT_ONCE: usize = 2;

/// The end-to-end tests.
const END_TO_END: &str = "services/pushmail/tests/it/main.rs";
/// What gateways in end-to-end tests keep things in, a file by default.
const SHAPE: (&str, &str) = ("PUSHMAIL_TEST_SHAPE", "fleet");
/// The end-to-end tests that are the same in both shapes, or a fleet's already.
const OF_NO_SHAPE: [&str; 3] = ["fleet::", "watch::", "demo::"];

/// Those that take longest, by how their names begin. They run first, so that the last one is not long
/// alone.
const LONGEST: [&str; 6] = [
    "loadtest/simulation/tests/it/main.rs",
    "crates/eventlog/nats/tests/it/main.rs",
    END_TO_END,
    "services/watcher/tests/it/main.rs",
    "crates/testkit/tests/it/main.rs",
    "crates/imap/tests/servers/main.rs",
];

/// Those whose tests wait for time to pass, and hardly work: more of them run at once than there are
/// cores, if nobody chose how many.
const WAITING: [&str; 5] = [
    "crates/eas/tests/it/main.rs",
    "crates/leases/redis/tests/it/main.rs",
    "crates/pacer/redis/tests/it/main.rs",
    "crates/testkit/tests/it/main.rs",
    "services/control/tests/it/main.rs",
];
const THREADS: (&str, &str) = ("RUST_TEST_THREADS", "4");

/// Runs them, and those end-to-end tests that need a gateway once more, with gateways on a fleet's
/// servers. Shows the output of each program when it has ended, and counts its tests.
pub(super) fn run(args: &TestArgs, count: &mut Count) -> anyhow::Result<bool> {
    let Some(mut programs) = built::tests()? else {
        return Ok(false);
    };
    programs.push(doc_tests());
    programs.extend(as_a_fleet(&programs, args, count)?);
    programs.sort_by_key(place);
    let in_memory = memory::is_fit();
    for program in &mut programs {
        program.set("PUSHMAIL_WITHOUT", &args.without.join(","));
        if in_memory {
            program.set("TMPDIR", memory::FOLDER);
        }
        if WAITING.contains(&&*program.name) && std::env::var_os(THREADS.0).is_none() {
            program.set(THREADS.0, THREADS.1);
        }
    }
    let mut failed = Vec::new();
    programs::run(programs, AT_ONCE, |ran| {
        let (name, seconds) = (&ran.name, ran.took.as_secs_f64());
        // At once, since others begin meanwhile.
        print!("-- {name} took {seconds:.1} s\n{}", ran.output);
        ran.output.lines().for_each(|line| count.add(line));
        if !ran.passed {
            failed.push(ran.name);
        }
    })?;
    failed.iter().for_each(|name| println!("-- {name}: FAILED"));
    Ok(failed.is_empty())
}

/// Where it comes in the order.
fn place(program: &Program) -> usize {
    let mut longest = LONGEST.iter();
    let place = longest.position(|name| program.name.starts_with(name));
    place.unwrap_or(LONGEST.len())
}

fn doc_tests() -> Program {
    let arguments = ["test", "--workspace", "--doc", "--no-fail-fast"];
    let program = cargo::program();
    Program::new("doc tests", program.into(), cargo::root()).with(&arguments)
}

/// The end-to-end tests in the other shape; `None` if a server is missing.
fn as_a_fleet(
    programs: &[Program],
    args: &TestArgs,
    count: &mut Count,
) -> anyhow::Result<Option<Program>> {
    let needs = ["nats", "redis", "postgres"];
    let mut without = args.without.iter();
    if let Some(missing) = without.find(|name| needs.contains(&name.as_str())) {
        println!("SKIPPED: without {missing}: end-to-end tests as a fleet");
        count.skipped += 1;
        return Ok(None);
    }
    let mut programs = programs.iter();
    let tests = programs.find(|program| program.name == END_TO_END);
    let mut tests = tests.context("the end-to-end tests are gone")?.clone();
    tests.name.push_str(" as a fleet");
    let skips = OF_NO_SHAPE.iter().flat_map(|name| ["--skip", name]);
    tests = tests.with(&skips.collect::<Vec<_>>());
    tests.set(SHAPE.0, SHAPE.1);
    Ok(Some(tests))
}
