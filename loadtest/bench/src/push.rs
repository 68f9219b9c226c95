//! From a delivery at the mail server to the device, while many other mailboxes wait.

mod hops;
mod load;

use crate::machine::Machine;
use crate::measured::measured;
use crate::parked::{Kind, Parked, TlsPark};
use crate::rig::devices::Devices;
use clap::Args;
use load::{Load, Run};
use serde::Serialize;
use std::path::Path;
use std::time::Duration;
use tokio::time::sleep;

/// After the last mailbox is connected, until mail is sent.
const SETTLE: Duration = Duration::from_secs(5);

/// The latency of each hop and events a second, with few mailboxes and while many others wait in IDLE.
///
/// The same mailboxes, each with a device, get mail twice in one run, through the same processes: first alone, then with
/// the others connected. Each time first at a steady rate, by which latency is told, then as fast as the mail servers
/// store mail. It fails if a device does not get a mail.
#[derive(Debug, Args)]
pub(crate) struct PushArgs {
    /// How many mailboxes get mail.
    #[arg(long, default_value_t = 100)]
    mailboxes: usize,
    /// How many others wait.
    #[arg(long, default_value_t = 10_000)]
    parked: usize,
    #[command(flatten)]
    kind: Kind,
    /// Mails a second, at the steady rate.
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// For how many seconds.
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// How many mails as fast as possible.
    #[arg(long, default_value_t = 5000)]
    burst: usize,
    /// Print the JSON document only; how far it is goes to standard error all the same.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    /// How many mailboxes got mail, each with a device.
    mailboxes: usize,
    /// Mails a second, of all of them together.
    rate: u32,
    /// What watchers keep of TLS.
    tls_park: TlsPark,
    /// Bytes of certificates that the servers show besides their own.
    chain_bytes: usize,
    watchers: usize,
    mail_servers: usize,
    alone: Run,
    with_others: Run,
    with_others_against_alone: Ratios,
}

#[derive(Debug, Serialize)]
struct Ratios {
    total_p50: f64,
    total_p99: f64,
    burst_events_per_s: f64,
}

pub(crate) fn run(args: &PushArgs) -> anyhow::Result<bool> {
    anyhow::ensure!(args.mailboxes > 0, "--mailboxes: at least one");
    let report = measured(args.json, async |program| measure(args, program).await)?;
    Ok(report.alone.lost() + report.with_others.lost() == 0)
}

async fn measure(args: &PushArgs, program: &Path) -> anyhow::Result<Report> {
    let all = args.mailboxes + args.parked;
    let mut parked = Parked::start(program, all, &args.kind).await?;
    let pods = [parked.rig.process("delivery", "pod-1", 1)?];
    parked.watch().await?;
    let filled = parked.fill(0..args.mailboxes).await?;
    let tokens = parked.operator.devices(&filled.accounts).await?;
    let mut devices = Devices::connect(&tokens, &pods).await?;
    let mut next = 1;
    eprintln!("mail for {} mailboxes", args.mailboxes);
    let alone = once(args, (&mut parked, &mut devices, &mut next), 0).await?;
    eprintln!("{} others are registered", args.parked);
    parked.fill(args.mailboxes..all).await?;
    eprintln!("mail again");
    let with_others = once(args, (&mut parked, &mut devices, &mut next), args.parked).await?;
    Ok(Report {
        machine: Machine::here(),
        mailboxes: args.mailboxes,
        rate: args.rate,
        tls_park: args.kind.tls_park,
        chain_bytes: args.kind.chain_bytes,
        watchers: parked.watchers.len(),
        mail_servers: parked.servers.len(),
        with_others_against_alone: with_others.against(&alone),
        alone,
        with_others,
    })
}

async fn once(
    args: &PushArgs,
    (parked, devices, next): (&mut Parked, &mut Devices, &mut u64),
    others: usize,
) -> anyhow::Result<Run> {
    sleep(SETTLE).await;
    let servers = &mut parked.servers;
    let mut load = Load {
        servers,
        devices,
        next,
    };
    load.warm_up(args).await?;
    load.run(args, others).await
}

impl Run {
    fn against(&self, alone: &Self) -> Ratios {
        let (own, its) = (&self.hops.total_ms, &alone.hops.total_ms);
        Ratios {
            total_p50: own.p50 / its.p50,
            total_p99: own.p99 / its.p99,
            burst_events_per_s: self.burst_events_per_s / alone.burst_events_per_s,
        }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}\n{}", self.alone, self.with_others)?;
        let ratios = &self.with_others_against_alone;
        write!(
            f,
            "  with others against alone: p50 {:.2}, p99 {:.2}, events/s {:.2}",
            ratios.total_p50, ratios.total_p99, ratios.burst_events_per_s
        )
    }
}
