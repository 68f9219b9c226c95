//! The ledger: it balances, and it would notice if a rule were broken.

use super::TestArgs;
use crate::ledger;
use anyhow::bail;

/// The ledger, on a real mail server unless that is left out.
pub(super) fn balances(args: &TestArgs) -> anyhow::Result<bool> {
    let without = args.without.iter().any(|name| name == "dovecot");
    let server = if without { "mailsim" } else { "dovecot" };
    Ok(ledger::draw_up(&["--server", server])?.0)
}

/// The ledger with changes, on every kind of server unless one of them is left out.
pub(super) fn balances_with_changes(args: &TestArgs) -> anyhow::Result<bool> {
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
pub(super) fn plants() -> anyhow::Result<bool> {
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
