//! A fleet at work: a push through separate processes, a hand-over, a takeover.

mod hand_over;
mod handshakes;
mod push;
mod take_over;

use crate::machine::Machine;
use crate::program;
use crate::rig::Rig;
use crate::rig::operator::user;
use clap::Args;
use pushmail_mailsim::Mailsim;
use pushmail_runtime::SystemClock;
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;

/// A watcher that gets nearly all shards beside one with the capacity of 1.
const MOST: u32 = 100_000;

/// From EXISTS to the device through watcher and delivery processes; and what mailboxes go without when
/// their watcher is drained or killed.
#[derive(Debug, Args)]
pub(crate) struct FleetArgs {
    /// How many mailboxes get mail, each with a device.
    #[arg(long, default_value_t = 100)]
    mailboxes: usize,
    /// How many mails they get together.
    #[arg(long, default_value_t = 1000)]
    mails: u32,
    /// Mails a second.
    #[arg(long, default_value_t = 100)]
    rate: u32,
    /// How many mailboxes a drained watcher hands over.
    #[arg(long, default_value_t = 500)]
    hand_over: usize,
    /// How many mailboxes a killed watcher leaves to another one.
    #[arg(long, default_value_t = 2000)]
    take_over: usize,
    /// Print the JSON document only.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    /// Of the one NATS server.
    sync_interval: &'static str,
    push: push::Push,
    hand_over: hand_over::HandOver,
    take_over: take_over::TakeOver,
}

/// A mail server, and a fleet on servers of its own.
struct World {
    server: Mailsim,
    rig: Rig,
}

impl World {
    async fn start(program: &Path) -> anyhow::Result<Self> {
        let config = pushmail_mailsim::Config::new(Arc::new(SystemClock));
        let server = Mailsim::start(config).await?;
        let rig = Rig::start(program.to_path_buf(), Some(server.ca_pem()))?;
        Ok(Self { server, rig })
    }

    fn port(&self) -> u16 {
        self.server.addr().port()
    }

    /// The login names of so many mailboxes.
    fn users(count: usize) -> Vec<String> {
        (0..count).map(user).collect()
    }
}

pub(crate) fn run(args: &FleetArgs) -> anyhow::Result<bool> {
    let program = program::build()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(measure(args, &program))?;
    println!("{}", serde_json::to_string(&report)?);
    Ok(true)
}

async fn measure(args: &FleetArgs, program: &Path) -> anyhow::Result<Report> {
    let tell = |result: &dyn std::fmt::Display| {
        if !args.json {
            eprintln!("  {result}");
        }
    };
    eprintln!("{} mails, {} a second", args.mails, args.rate);
    let push = push::measure(&World::start(program).await?, args).await?;
    tell(&push);
    eprintln!("a watcher with {} mailboxes is drained", args.hand_over);
    let hand_over = hand_over::measure(&World::start(program).await?, args.hand_over).await?;
    tell(&hand_over);
    eprintln!("a watcher with {} mailboxes is killed", args.take_over);
    let take_over = take_over::measure(&World::start(program).await?, args.take_over).await?;
    tell(&take_over);
    Ok(Report {
        machine: Machine::here(),
        sync_interval: "always",
        push,
        hand_over,
        take_over,
    })
}
