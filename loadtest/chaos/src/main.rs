//! The chaos test: messages into the mailboxes of a fleet while its parts fail, one after the other;
//! then every message is accounted for.
//!
//! Three watchers, two delivery processes and a control process run on three NATS nodes, Redis and
//! PostgreSQL, all of them real, and reach each other through proxies that can be cut. Every third mailbox is
//! watched through Exchange ActiveSync. Devices connect
//! to the delivery processes through a balancer. A seeded nemesis ([`nemesis`]) lets one fault of each
//! kind ([`kind`]) happen after the other, in an order that the seed decides, and mends it.
//!
//! With an older gateway besides, nothing fails, and its processes are replaced instead ([`upgrade`]).
//!
//! What was sent is read from the mail server, what was received is what devices saw in the order in
//! which they saw it ([`history`]), what was logged is read from the event log; [`checker`] says what
//! is allowed.

mod checker;
mod devices;
mod faults;
mod fleet;
mod history;
mod kind;
mod nats;
mod nemesis;
mod observer;
mod profile;
mod program;
mod provision;
mod restore;
mod run;
mod sender;
mod servers;
mod tally;
mod upgrade;
mod world;

use clap::{Parser, ValueEnum};
use std::process::ExitCode;

/// Proves that nothing is lost, doubled or reordered while a fleet's parts fail.
///
/// Exit codes: 0 nothing was found, 1 something was, 2 the test could not be run.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask chaos")]
struct Args {
    /// Decides the order of the faults, and whom they meet.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// For how long faults happen; every kind happens once, however long that takes.
    #[arg(long, default_value_t = 1)]
    minutes: u64,
    /// How long faults last, and how much mail there is.
    #[arg(long, value_enum, default_value_t = Size::Full)]
    profile: Size,
    /// Break a rule on purpose, and let only that fault happen which shows it: the test must then exit 1.
    #[arg(long, value_enum)]
    plant: Option<Plant>,
    /// Let nothing fail: begin with this older gateway, replace each of its processes by the gateway under test, one after the
    /// other, and then each by the older one again.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["plant", "only"])]
    upgrade_from: Option<std::path::PathBuf>,
    /// Kill the processes that are replaced, instead of draining them: the test must then exit 1.
    #[arg(long, requires = "upgrade_from")]
    abrupt: bool,
    /// Let nothing fail: back the registry and the log up while mail comes, end every process, and begin again from these backups.
    #[arg(long, value_enum, conflicts_with_all = ["plant", "only", "upgrade_from"])]
    restore: Option<restore::What>,
    /// So many mails come after the last backup, and are lost by what is restored.
    #[arg(long, requires = "restore", default_value_t = 50)]
    lose: u64,
    /// Begin no new generation of the log after the restore.
    #[arg(long, requires = "restore")]
    same_generation: bool,
    /// Let only these kinds of faults happen; then none is missed.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "KIND")]
    only: Vec<kind::Kind>,
    /// Take this gateway, built with the feature `plant` unless nothing is to fail, instead of building one.
    #[arg(long, value_name = "FILE")]
    program: Option<std::path::PathBuf>,
    /// Keep the processes' logs in this folder.
    #[arg(long, value_name = "DIR")]
    keep: Option<std::path::PathBuf>,
    /// Print the JSON result; progress is on standard error all the same.
    #[arg(long)]
    json: bool,
}

/// The scale of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Size {
    /// 500 mailboxes, 20,000 messages in 5 minutes, production's times.
    Full,
    /// Few mailboxes, and every time as short as it can be.
    Short,
}

/// A rule to break on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Plant {
    /// Events are published without the condition that the fence is the writer's.
    SkipFence,
    /// The cursor is flushed before the event is durable.
    CursorFirst,
    /// A takeover takes the checkpoint as it is, without folding the log.
    SkipFold,
    /// Reads end where the replica that answers ends.
    StaleReplica,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    match run::run(&args).await {
        Ok(verdict) => {
            match serde_json::to_string(&verdict) {
                Ok(text) if args.json => println!("{text}"),
                Ok(text) => eprintln!("{text}"),
                Err(error) => eprintln!("chaos: {error}"),
            }
            ExitCode::from(u8::from(!verdict.failures.is_empty()))
        }
        Err(error) => {
            eprintln!("chaos: {error:#}");
            ExitCode::from(2)
        }
    }
}
