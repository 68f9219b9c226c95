//! A gateway with simulated mailboxes, set up for other load generators, such as the k6 scripts in `loadtest/k6`.

mod fleet;
pub(crate) mod identity;
mod mail;
mod orders;
pub(crate) mod pods;
mod serve;
mod sheet;
mod world;

use crate::child;
use crate::parked::Kind;
use crate::program;
use anyhow::ensure;
use clap::{Args, ValueEnum};
use mail::Mail;
use orders::orders;
use serde::Serialize;
use std::path::{Path, PathBuf};
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Starts a gateway with simulated mailboxes, registers a device for each, and lets mail arrive until standard input ends.
///
/// What others need to be devices or operators is written into a file: addresses, the authority of their certificates,
/// tokens, the admin key. Then a line of JSON says `ready`, and mail begins to arrive, in mailboxes in turn. Meanwhile lines
/// of standard input have processes that serve devices drain and start again, each answered by a line of JSON: `drain
/// pod-1` and `start pod-1` in a fleet, whose processes are `pod-1`, `pod-2` …; `drain serve` and `start serve` otherwise.
#[derive(Debug, Args)]
pub(crate) struct StageArgs {
    /// How many mailboxes, each with a device.
    #[arg(long, default_value_t = 500)]
    devices: usize,
    /// Mails a second, of all mailboxes together; 0 for none.
    #[arg(long, default_value_t = 100)]
    rate: u32,
    /// What the gateway consists of.
    #[arg(long, value_enum, default_value_t = Shape::Serve)]
    shape: Shape,
    /// How many processes of a fleet serve devices.
    #[arg(long, default_value_t = 2)]
    pods: usize,
    /// The file to write. It holds secrets, and only its owner can read it.
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    /// `pushmail serve`, with TLS.
    Serve,
    /// Watchers, delivery processes with TLS, and a control process, on NATS, Redis and PostgreSQL.
    Fleet,
}

/// What is told on standard output.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Said<'n> {
    /// The file is written, and mail begins to arrive.
    Ready { devices: usize, took_s: f64 },
    /// The process ended.
    Drained { name: &'n str, took_s: f64 },
    /// The process serves devices again.
    Started { name: &'n str, took_s: f64 },
    /// An order could not be carried out.
    Refused { order: &'n str, why: String },
    /// All is over: so many mails were delivered.
    Ended { mails: u64 },
}

pub(crate) fn run(args: &StageArgs) -> anyhow::Result<bool> {
    ensure!(args.devices > 0, "--devices: at least one");
    ensure!(args.pods > 0, "--pods: at least one");
    let program = program::build()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(perform(args, &program))?;
    Ok(true)
}

async fn perform(args: &StageArgs, program: &Path) -> anyhow::Result<()> {
    let begun = Instant::now();
    let world = match args.shape {
        Shape::Serve => serve::start(args, program).await?,
        Shape::Fleet => fleet::start(args, program).await?,
    };
    world.sheet.write(&args.out)?;
    child::say(&Said::Ready {
        devices: args.devices,
        took_s: begun.elapsed().as_secs_f64(),
    })?;
    let (mut pods, mail) = (world.pods, Mail::new(args.devices, args.rate));
    let (over, is_over) = oneshot::channel();
    // A task of its own, since a process that is started again is waited for by blocking.
    let mut delivering = tokio::spawn(mail.deliver(world.mailboxes, is_over));
    tokio::select! {
        obeyed = pods.obey(orders()) => obeyed?,
        failed = &mut delivering => return failed?.map(drop),
    }
    drop(over);
    let (_mailboxes, mails) = delivering.await??;
    // First those that serve devices end.
    drop(pods);
    child::say(&Said::Ended { mails })
}
