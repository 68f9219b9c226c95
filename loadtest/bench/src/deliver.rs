//! What delivery costs as it is spread over more processes: events from the log on NATS to devices.

pub(crate) mod feed;
mod pods;

use crate::machine::Machine;
use crate::program;
use crate::quantiles::Millis;
use crate::rig::Rig;
use crate::rig::devices::Devices;
use crate::rig::operator::Operator;
use crate::rig::process::Process;
use clap::Args;
use feed::Feed;
use pods::{Pod, Readings};
use pushmail_domain::Clock as _;
use pushmail_runtime::SystemClock;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;

/// Where no mail server is: nobody connects to these mailboxes.
const NOWHERE: u16 = 9;

/// From the event log to the devices, through one delivery process and through several.
///
/// First so many events as fast as the log takes them, then some at a moderate rate. Everything runs on
/// this machine: the processor time of an event tells more about spreading than events a second do.
#[derive(Debug, Args)]
pub(crate) struct DeliverArgs {
    /// How many delivery processes, one run for each number.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2, 4])]
    pods: Vec<usize>,
    /// How many devices, spread over the processes, each with an account of its own.
    #[arg(long, default_value_t = 400)]
    devices: usize,
    /// How many events each device gets as fast as the log takes them.
    #[arg(long, default_value_t = 100)]
    events: u32,
    /// How many events of an account are appended together then; at most 100.
    #[arg(long, default_value_t = 10)]
    batch: u32,
    /// Events a second, of all devices together, at the moderate rate.
    #[arg(long, default_value_t = 300)]
    rate: u32,
    /// For how many seconds.
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Print the JSON document only.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    /// Of the one NATS server.
    sync_interval: &'static str,
    devices: usize,
    runs: Vec<Run>,
    /// The other runs against the first one.
    against_first: Vec<Ratio>,
}

/// One number of processes.
#[derive(Serialize)]
struct Run {
    pods: usize,
    events: u64,
    /// At the fastest rate: until the log had acknowledged all of them, and until devices had them.
    appended_per_s: f64,
    delivered_per_s: f64,
    /// How often a device was told that it may have missed something.
    gaps: u64,
    /// Processor time of all processes together for 10,000 events, in seconds.
    cpu_s_per_10k: f64,
    /// At the moderate rate, from before the append until the device had the frame.
    append_to_device_ms: Millis,
    each: Vec<Pod>,
}

#[derive(Serialize)]
struct Ratio {
    pods: usize,
    delivered_per_s: f64,
    cpu_s_per_10k: f64,
    append_to_device_p50: f64,
    append_to_device_p99: f64,
}

pub(crate) fn run(args: &DeliverArgs) -> anyhow::Result<bool> {
    let program = program::build()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let runs = runtime.block_on(measure(args, program))?;
    let first = &runs[0];
    let report = Report {
        machine: Machine::here(),
        sync_interval: "always",
        devices: args.devices,
        against_first: runs[1..].iter().map(|run| run.against(first)).collect(),
        runs,
    };
    if !args.json {
        report.against_first.iter().for_each(Ratio::tell);
    }
    println!("{}", serde_json::to_string(&report)?);
    Ok(report.runs.iter().all(|run| run.gaps == 0))
}

async fn measure(args: &DeliverArgs, program: std::path::PathBuf) -> anyhow::Result<Vec<Run>> {
    eprintln!("{} devices", args.devices);
    let rig = Rig::start(program, None)?;
    let control = rig.process("control", "control", 1)?;
    let operator = Operator::new(&control).await?;
    let accounts = operator.accounts(args.devices, NOWHERE).await?;
    let tokens = operator.devices(&accounts).await?;
    let feed = Arc::new(Feed::open(&rig, operator.tenant.id(), &accounts).await?);
    let mut runs = Vec::new();
    for pods in &args.pods {
        eprintln!("{pods} delivery processes");
        let run = once(args, &rig, (*pods).max(1), &tokens, &feed).await?;
        if !args.json {
            eprintln!("{run}");
        }
        runs.push(run);
    }
    anyhow::ensure!(!runs.is_empty(), "--pods: at least one number");
    Ok(runs)
}

async fn once(
    args: &DeliverArgs,
    rig: &Rig,
    count: usize,
    tokens: &[String],
    feed: &Arc<Feed>,
) -> anyhow::Result<Run> {
    let names = (1..=count).map(|number| format!("pod-{count}-{number}"));
    let start = |name: String| rig.process("delivery", &name, 1);
    let pods: Vec<Process> = names.map(start).collect::<anyhow::Result<_>>()?;
    let mut devices = Devices::connect(tokens, &pods).await?;

    let before = Readings::take(rig, &pods)?;
    let events = u64::from(args.events) * tokens.len() as u64;
    let begun = SystemClock.elapsed();
    let feeding = tokio::spawn(feed.clone().all(args.events, args.batch.clamp(1, 100)));
    for _ in 0..events {
        devices.mail().await?;
    }
    let delivered = SystemClock.elapsed().saturating_sub(begun);
    let appended = feeding.await??.saturating_sub(begun);
    let each = Readings::take(rig, &pods)?.since(&before)?;

    let moderate = args.rate.max(1) * args.seconds;
    let feeding = tokio::spawn(feed.clone().evenly(moderate, args.rate.max(1)));
    let mut took = Vec::new();
    for _ in 0..moderate {
        let came = devices.mail().await?;
        took.push(came.received_at.since(came.detected_at));
    }
    feeding.await??;
    Ok(Run {
        pods: count,
        events,
        appended_per_s: rate(events, appended),
        delivered_per_s: rate(events, delivered),
        gaps: devices.gaps,
        cpu_s_per_10k: each.iter().map(|pod| pod.cpu_s).sum::<f64>() * 1e4 / count_of(events),
        append_to_device_ms: Millis::of(took)?,
        each,
    })
}

fn rate(events: u64, within: Duration) -> f64 {
    count_of(events) / within.as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "there are not so many events")]
const fn count_of(events: u64) -> f64 {
    events as f64
}

impl Run {
    fn against(&self, first: &Self) -> Ratio {
        let (own, its) = (&self.append_to_device_ms, &first.append_to_device_ms);
        Ratio {
            pods: self.pods,
            delivered_per_s: self.delivered_per_s / first.delivered_per_s,
            cpu_s_per_10k: self.cpu_s_per_10k / first.cpu_s_per_10k,
            append_to_device_p50: own.p50 / its.p50,
            append_to_device_p99: own.p99 / its.p99,
        }
    }
}

impl Ratio {
    fn tell(&self) {
        eprintln!(
            "{} processes against the first run: events/s {:.2}, processor time {:.2}, p50 {:.2}, p99 {:.2}",
            self.pods,
            self.delivered_per_s,
            self.cpu_s_per_10k,
            self.append_to_device_p50,
            self.append_to_device_p99
        );
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "  {} events: {:.0}/s appended, {:.0}/s delivered, {} gaps, {:.2} s of processor time for 10,000",
            self.events, self.appended_per_s, self.delivered_per_s, self.gaps, self.cpu_s_per_10k
        )?;
        for pod in &self.each {
            writeln!(f, "  {pod}")?;
        }
        write!(f, "  append to device: {}", self.append_to_device_ms)
    }
}
