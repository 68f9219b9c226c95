//! The ledger test: messages into mailboxes while the gateway is killed and restarted, each kill a
//! power cut that drops what was not synced; then every message is accounted for.
//!
//! Every third mailbox is watched through Exchange ActiveSync at a simulated server, with which more goes wrong between the
//! kills ([`trouble`]).
//!
//! What was sent is read from the mail server, what was received from the device process, what was
//! logged from the event log itself.
//!
//! With `--changes`, mail comes into several folders of each mailbox and is copied, moved, flagged and expunged;
//! folders are made, renamed, removed and renumbered ([`workload`]). A [`device`] is then led through what was
//! received, and [`judge`]d by what the mail server holds at the end.

mod binaries;
mod changes;
mod checker;
mod device;
mod devices;
mod fleet;
mod gateway;
mod hand;
mod judge;
mod mailserver;
mod received;
mod run;
mod stored;
mod trouble;
mod workload;

use clap::{Parser, ValueEnum};
use std::process::ExitCode;

/// Proves that nothing is lost, doubled or reordered while the gateway is killed again and again.
///
/// Exit codes: 0 the ledger balances, 1 it does not, 2 it could not be drawn up.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask ledger --")]
struct Args {
    /// How many messages, over all mailboxes; with --changes, how many changes.
    #[arg(long, default_value_t = 2000)]
    messages: u32,
    /// How many mailboxes; at most 64.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=64))]
    mailboxes: u32,
    /// How often the gateway is killed.
    #[arg(long, default_value_t = 10)]
    kills: u32,
    /// Change several folders of each mailbox in every way, and check all events; without it, mail only comes.
    #[arg(long)]
    changes: bool,
    /// With --changes: begin with a folder that is too large to be remembered, where the server is fast.
    #[arg(long, requires = "changes")]
    large: bool,
    /// Decides when the kills happen, and what the changes are.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The mail server, or servers. Without --changes, every third mailbox is watched through the simulated server's
    /// ActiveSync instead.
    #[arg(long, value_enum, default_value_t = Server::Dovecot)]
    server: Server,
    /// Break a rule on purpose; the ledger must then fail.
    #[arg(long, value_enum)]
    plant: Option<Plant>,
    /// Take this gateway, built with the feature `plant` if a rule is to be broken, instead of building one.
    #[arg(long, value_name = "FILE")]
    program: Option<std::path::PathBuf>,
    /// Keep databases and logs in this folder, which must not exist, to look into a failure.
    #[arg(long, value_name = "DIR")]
    keep: Option<std::path::PathBuf>,
    /// Print the JSON result only.
    #[arg(long)]
    json: bool,
}

/// Which mail server holds the mailboxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Server {
    /// A real Dovecot.
    Dovecot,
    /// A real Cyrus.
    Cyrus,
    /// A real Courier.
    Courier,
    /// The simulated server.
    Mailsim,
    /// All of these, the simulated one with every extension, as Gmail, as Courier and as Cyrus.
    Mix,
}

/// A rule to break on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Plant {
    /// The event log acknowledges without fsync.
    NoFsync,
    /// The cursor is flushed before the event is durable.
    CursorFirst,
    /// A restart takes the checkpoint as it is, without folding the log.
    SkipFold,
    /// A restart leaves what is remembered of messages as the checkpoint has it; shows with --changes.
    SkipMemoryFold,
    /// A restart does not fold what events about folders say of cursors; shows with --changes.
    ForgetCursorStep,
    /// ActiveSync goes on with a new key before the log has what its window brought; shows without
    /// --changes.
    EarlySynckey,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    match run::run(&args).await {
        Ok(verdict) => {
            if let Some(changes) = verdict.changes.as_ref().filter(|_| !args.json) {
                changes.print();
            }
            match serde_json::to_string(&verdict) {
                Ok(text) => println!("{text}"),
                Err(error) => eprintln!("ledger: {error}"),
            }
            ExitCode::from(u8::from(!verdict.balances()))
        }
        Err(error) => {
            eprintln!("ledger: {error:#}");
            ExitCode::from(2)
        }
    }
}
