//! What connections cost that wait: memory and processor time of real watchers, with all that a mailbox needs.

use crate::machine::Machine;
use crate::mail_server::MailServer;
use crate::program;
use crate::rig::Rig;
use crate::rig::operator::Operator;
use crate::rig::process::Process;
use anyhow::bail;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Connections of one process: it may open 20,000 files, and shares are within 10 % of each other.
const PER_PROCESS: usize = 16_000;
/// Between two looks at how many are connected.
const LOOK: Duration = Duration::from_secs(2);
/// Nothing new for so long: something is wrong.
const STALLED: Duration = Duration::from_secs(120);
/// After the last one is connected, until memory is read.
const SETTLE: Duration = Duration::from_secs(10);

/// Memory and processor time for each mailbox whose connection waits in IDLE, through watchers on a registry, leases and
/// an event log of their own. Both ends run on this machine, in as many processes as it takes.
#[derive(Debug, Args)]
pub(crate) struct IdleArgs {
    /// How many mailboxes.
    #[arg(long, default_value_t = 10_000)]
    connections: usize,
    /// What is kept of TLS.
    #[arg(long, value_enum, default_value_t = TlsPark::Frozen)]
    tls_park: TlsPark,
    /// Bytes of certificates that mail servers show besides their own.
    #[arg(long, default_value_t = 4700)]
    chain_bytes: usize,
    /// For how many seconds processor time is counted. Connections are probed every 9 minutes.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Print the JSON document only.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
enum TlsPark {
    Frozen,
    Unbuffered,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    connections: usize,
    watchers: usize,
    tls_park: TlsPark,
    chain_bytes: usize,
    /// From the first registration until all were in IDLE.
    connected_s: f64,
    /// Memory of the watchers' own (RssAnon) for each mailbox, nothing subtracted.
    user_bytes_per_account: u64,
    /// Of a watcher without mailboxes.
    baseline_bytes_per_watcher: u64,
    /// The first without the second.
    marginal_bytes_per_account: u64,
    /// Processor time of the watchers for each mailbox and second.
    cpu_us_per_account_s: f64,
    /// The same of watchers without mailboxes, for as many mailboxes.
    baseline_cpu_us_per_account_s: f64,
    seconds: u64,
}

pub(crate) fn run(args: &IdleArgs) -> anyhow::Result<bool> {
    let program = program::build()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(measure(args, program))?;
    if !args.json {
        eprintln!(
            "  {} bytes and {:.2} us of a second for each of {} mailboxes",
            report.user_bytes_per_account, report.cpu_us_per_account_s, report.connections
        );
    }
    println!("{}", serde_json::to_string(&report)?);
    Ok(true)
}

async fn measure(args: &IdleArgs, program: PathBuf) -> anyhow::Result<Report> {
    let processes = args.connections.div_ceil(PER_PROCESS);
    let mut servers = Vec::new();
    for _ in 0..processes {
        servers.push(MailServer::start(args.chain_bytes).await?);
    }
    let authorities: String = servers.iter().map(|server| &*server.ca_pem).collect();
    let tls_park = serde_json::to_string(&args.tls_park)?;
    let rig = Rig::start(program, Some(&authorities))?
        .with_settings(&format!("[upstream.lot]\ntls_park = {tls_park}\n"));
    let control = rig.process("control", "control", 1)?;
    let operator = Operator::new(&control).await?;
    let mut watchers = Vec::new();
    for number in 1..=processes {
        watchers.push(rig.process("watcher", &format!("watcher-{number}"), 1)?);
    }
    sleep(SETTLE).await;
    let baseline = Reading::of(&watchers)?;
    let baseline_cpu = cpu_over(&watchers, Duration::from_secs(args.seconds.min(30))).await?;

    let begun = Instant::now();
    let ports: Vec<u16> = servers.iter().map(|server| server.port).collect();
    let registering = operator.accounts_at(args.connections, &ports);
    let connecting = connected(&mut servers, args.connections);
    let (registered, connected) = tokio::join!(registering, connecting);
    registered?;
    connected?;
    let connected_s = begun.elapsed().as_secs_f64();
    sleep(SETTLE).await;
    let parked = Reading::of(&watchers)?;
    let cpu = cpu_over(&watchers, Duration::from_secs(args.seconds)).await?;
    let accounts = args.connections as u64;
    Ok(Report {
        machine: Machine::here(),
        connections: args.connections,
        watchers: watchers.len(),
        tls_park: args.tls_park,
        chain_bytes: args.chain_bytes,
        connected_s,
        user_bytes_per_account: parked.memory / accounts,
        baseline_bytes_per_watcher: baseline.memory / watchers.len() as u64,
        marginal_bytes_per_account: parked.memory.saturating_sub(baseline.memory) / accounts,
        cpu_us_per_account_s: cpu * 1e6 / args.connections as f64,
        baseline_cpu_us_per_account_s: baseline_cpu * 1e6 / args.connections as f64,
        seconds: args.seconds,
    })
}

/// Waits until so many connections are in IDLE, and tells how many there are.
async fn connected(servers: &mut [MailServer], all: usize) -> anyhow::Result<()> {
    let (mut last, mut since) = (0, Instant::now());
    loop {
        let mut idling = 0;
        for server in &mut *servers {
            idling += server.idling().await?;
        }
        if idling >= all {
            return Ok(());
        }
        if idling > last {
            (last, since) = (idling, Instant::now());
        }
        if since.elapsed() > STALLED {
            bail!("{idling} of {all} mailboxes are connected, and no more come");
        }
        eprintln!("  {idling} of {all} connected");
        sleep(LOOK).await;
    }
}

/// Processor seconds of all of them for each second.
async fn cpu_over(watchers: &[Process], time: Duration) -> anyhow::Result<f64> {
    let before = Reading::of(watchers)?;
    let begun = Instant::now();
    sleep(time).await;
    let used = Reading::of(watchers)?.cpu.saturating_sub(before.cpu);
    Ok(used.as_secs_f64() / begun.elapsed().as_secs_f64())
}

/// Of all watchers together.
struct Reading {
    memory: u64,
    cpu: Duration,
}

impl Reading {
    fn of(watchers: &[Process]) -> anyhow::Result<Self> {
        let (mut memory, mut cpu) = (0, Duration::ZERO);
        for watcher in watchers {
            memory += watcher.memory()?;
            cpu += watcher.cpu()?;
        }
        Ok(Self { memory, cpu })
    }
}
