//! What connections cost that wait: memory and processor time of real watchers, with all that a mailbox needs.

mod push;
mod report;

use crate::kernel::{Kernel, Network};
use crate::machine::Machine;
use crate::measured::measured;
use crate::parked::{Filled, Kind, Parked, Spread};
use crate::usage::Usage;
use clap::Args;
use report::Report;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// After the last one is connected, until memory is read.
const SETTLE: Duration = Duration::from_secs(10);
/// For how long at most the processor time of watchers without mailboxes is counted.
const BASELINE: u64 = 30;
/// In the end, mailboxes that a mail woke are in IDLE again within this.
const PARKED_AGAIN: Duration = Duration::from_secs(30);

/// Memory and processor time for each mailbox whose connection waits in IDLE, or in a Ping, through watchers on a registry, leases and
/// an event log of their own.
///
/// Both ends run on this machine, in as many processes as it takes: a watcher for each 17,500 mailboxes, a mail server for
/// each 19,000; `net.core.netdev_max_backlog` is raised for that, if it may be, and stays so. First watchers are measured without mailboxes; then all mailboxes are registered and connected; then
/// memory is read and processor time counted; then, with --push, some get a mail each, and each has to be in the event
/// log exactly once. It fails if mailboxes do not connect, do not stay connected, or mail is lost or comes twice.
#[derive(Debug, Args)]
pub(crate) struct IdleArgs {
    /// How many mailboxes.
    #[arg(long, default_value_t = 10_000)]
    connections: usize,
    #[command(flatten)]
    kind: Kind,
    /// For how many seconds processor time is counted. Connections are probed every 9 minutes.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Register all mailboxes before the watchers that connect them start: the more watchers are told of each new mailbox, the
    /// longer that takes.
    #[arg(long)]
    register_first: bool,
    /// How many random mailboxes get a mail in the end.
    #[arg(long, default_value_t = 0)]
    push: usize,
    /// Print the JSON document only; how far it is goes to standard error all the same.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &IdleArgs) -> anyhow::Result<bool> {
    let report = measured(args.json, async |program| measure(args, program).await)?;
    Ok(report.passed())
}

/// Watchers without mailboxes.
struct Baseline {
    usage: Usage,
    kernel: Option<u64>,
    cpu: f64,
}

async fn measure(args: &IdleArgs, program: &Path) -> anyhow::Result<Report> {
    eprintln!("watchers start, for {} mailboxes", args.connections);
    let network = Network::from_now();
    // Ends after the watchers, which may be in its control group.
    let kernel = Kernel::here();
    let mut parked = Parked::start(program, args.connections, &args.kind).await?;
    parked.watch().await?;
    kernel.count(parked.watchers.ids())?;
    sleep(SETTLE).await;
    let baseline = Baseline {
        usage: parked.watchers.usage()?,
        kernel: kernel.bytes()?,
        cpu: parked
            .watchers
            .cpu_over(Duration::from_secs(args.seconds.min(BASELINE)))
            .await?,
    };
    eprintln!("mailboxes are registered and connected");
    let filled = if args.register_first {
        registered_first(&mut parked, &kernel, args.connections).await
    } else {
        parked.fill(0..args.connections).await
    };
    let filled = filled.inspect_err(|_| {
        parked.watchers.print_complaints();
        eprintln!("  {:?}", network.lost());
    })?;
    eprintln!("all wait, for {} s", args.seconds);
    sleep(SETTLE).await;
    let mut report = report(args, &parked, &filled, (&kernel, &baseline), &network).await?;
    if args.push > 0 {
        eprintln!("{} of them get a mail", args.push);
        report.push = Some(
            push::measure(
                &mut parked,
                &filled.accounts,
                (args.kind.protocol, args.push),
            )
            .await?,
        );
    }
    report.idling_in_the_end = idling_again(&mut parked, args.connections).await?;
    if report.idling_in_the_end < args.connections {
        parked.watchers.print_complaints();
    }
    report.network = network.lost();
    Ok(report)
}

/// Has new watchers connect mailboxes that are all registered.
async fn registered_first(
    parked: &mut Parked,
    kernel: &Kernel,
    connections: usize,
) -> anyhow::Result<Filled> {
    let begun = Instant::now();
    let filled = parked.register_first(0..connections).await?;
    kernel.count(parked.watchers.ids())?;
    parked.connected(connections).await?;
    Ok(Filled {
        connected: begun.elapsed(),
        ..filled
    })
}

#[expect(clippy::cast_precision_loss, reason = "nobody reads so many digits")]
async fn report(
    args: &IdleArgs,
    parked: &Parked,
    filled: &Filled,
    (kernel, baseline): (&Kernel, &Baseline),
    network: &Network,
) -> anyhow::Result<Report> {
    let watchers = &parked.watchers;
    let accounts = args.connections.max(1) as u64;
    let (usage, kernel_bytes) = (watchers.usage()?, kernel.bytes()?);
    let more = usage.memory.saturating_sub(baseline.usage.memory);
    let kernel_more = kernel_bytes.zip(baseline.kernel);
    let kernel_more = kernel_more.map(|(now, before)| now.saturating_sub(before) / accounts);
    let files = watchers.files()?;
    let workers = parked.operator.workers().await?;
    let shards: Vec<u64> = workers.iter().map(|one| one.shards.into()).collect();
    let of_watchers: Vec<u64> = workers.iter().map(|one| one.accounts).collect();
    let of_each = |cpu: f64| cpu * 1e6 / accounts as f64;
    Ok(Report {
        machine: Machine::here(),
        connections: args.connections,
        watchers: watchers.len(),
        mail_servers: parked.servers.len(),
        protocol: args.kind.protocol,
        tls_park: args.kind.tls_park,
        chain_bytes: args.kind.chain_bytes,
        hasty_log: args.kind.hasty_log,
        logins_per_s: args.kind.logins,
        registered_s: filled.registered.as_secs_f64(),
        connected_s: filled.connected.as_secs_f64(),
        connected_per_s: accounts as f64 / filled.connected.as_secs_f64(),
        user_bytes_per_account: usage.memory / accounts,
        baseline_bytes_per_watcher: baseline.usage.memory / watchers.len() as u64,
        marginal_bytes_per_account: more / accounts,
        resident_bytes_per_account: usage.resident / accounts,
        bytes_of_a_watcher: watchers.memory()?,
        kernel_bytes_per_account: kernel_more,
        kernel_bytes_method: kernel.method(),
        files: files.iter().sum(),
        files_of_a_watcher: Spread::of(&files),
        shards_of_a_watcher: Spread::of(&shards),
        accounts_of_a_watcher: Spread::of(&of_watchers),
        mail_server_bytes_per_account: parked.servers.usage()?.memory / accounts,
        cpu_us_per_account_s: of_each(watchers.cpu_over(Duration::from_secs(args.seconds)).await?),
        baseline_cpu_us_per_account_s: of_each(baseline.cpu),
        seconds: args.seconds,
        push: None,
        network: network.lost(),
        idling_in_the_end: 0,
    })
}

/// How many are in IDLE once all are, or after a while.
async fn idling_again(parked: &mut Parked, all: usize) -> anyhow::Result<usize> {
    let begun = Instant::now();
    loop {
        let idling = parked.servers.idling().await?;
        if idling >= all || begun.elapsed() > PARKED_AGAIN {
            return Ok(idling);
        }
        sleep(Duration::from_millis(500)).await;
    }
}
