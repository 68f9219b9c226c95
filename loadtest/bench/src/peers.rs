//! The same connections without the gateway, by a usual IMAP library.

pub(crate) mod client;

use crate::clients::Clients;
use crate::machine::Machine;
use crate::measured::measured;
use crate::parked::{Kind, Parked, TlsPark};
use crate::usage::Usage;
use clap::Args;
use serde::Serialize;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// After the last one is connected, until memory is read.
const SETTLE: Duration = Duration::from_secs(5);
/// How the library is used.
const CLIENT: &str =
    "async-imap 0.12 on tokio-rustls, a task for each connection, parked in idle.wait()";

/// The memory of a mailbox in IDLE and the processor time to get there, in the gateway and in a program on async-imap and
/// tokio-rustls with a task for each connection.
///
/// Both connect the same mailboxes of the same mail servers, one after the other. The gateway does it with all that it
/// needs: registry, leases, event log. The other program logs in, selects INBOX and waits in IDLE, no more.
#[derive(Debug, Args)]
pub(crate) struct PeersArgs {
    /// How many mailboxes.
    #[arg(long, default_value_t = 2000)]
    connections: usize,
    #[command(flatten)]
    kind: Kind,
    /// Print the JSON document only; how far it is goes to standard error all the same.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    /// How many mailboxes each of the two watched.
    connections: usize,
    /// What the gateway keeps of TLS.
    tls_park: TlsPark,
    /// Bytes of certificates that the servers show besides their own.
    chain_bytes: usize,
    /// What the other program is.
    peer_is: &'static str,
    peer: Side,
    gateway: Side,
    /// How many times as much the other program takes.
    peer_against_gateway: Ratios,
}

/// One of the two.
#[derive(Debug, Clone, Copy, Serialize)]
struct Side {
    processes: usize,
    /// Memory of its own (RssAnon) of all processes, over the number of connections, nothing subtracted.
    bytes_per_connection: f64,
    /// Of all processes before they connected anything.
    baseline_bytes: u64,
    /// The first without the second.
    marginal_bytes_per_connection: f64,
    /// Processor time until all are connected, over their number; of the gateway with the reading of new accounts, the
    /// taking of shards and the events that say that accounts are live.
    cpu_us_per_connect: f64,
    /// How long that took.
    connected_s: f64,
    /// How many resumed a TLS session; `None` where that is not known.
    resumed: Option<usize>,
}

#[derive(Debug, Serialize)]
struct Ratios {
    bytes: f64,
    marginal_bytes: f64,
    cpu_per_connect: f64,
}

pub(crate) fn run(args: &PeersArgs) -> anyhow::Result<bool> {
    measured(args.json, async |program| measure(args, program).await)?;
    Ok(true)
}

async fn measure(args: &PeersArgs, program: &Path) -> anyhow::Result<Report> {
    let mut parked = Parked::start(program, args.connections, &args.kind).await?;
    eprintln!("{} mailboxes, by async-imap", args.connections);
    let peer = by_library(&parked, args.connections).await?;
    parked.emptied().await?;
    eprintln!("the same, by the gateway");
    let gateway = by_gateway(&mut parked, args.connections).await?;
    Ok(Report {
        machine: Machine::here(),
        connections: args.connections,
        tls_park: args.kind.tls_park,
        chain_bytes: args.kind.chain_bytes,
        peer_is: CLIENT,
        peer_against_gateway: peer.against(&gateway),
        peer,
        gateway,
    })
}

async fn by_library(parked: &Parked, connections: usize) -> anyhow::Result<Side> {
    let mut clients = Clients::start("peer-client", connections).await?;
    let before = clients.usage()?;
    let took = clients
        .connect(&parked.servers.places, connections, true)
        .await?;
    sleep(SETTLE).await;
    let memory = (before, clients.usage()?);
    let times = (took.cpu, took.time);
    Ok(Side {
        resumed: Some(took.resumed),
        ..Side::new(clients.len(), connections, memory, times)
    })
}

async fn by_gateway(parked: &mut Parked, connections: usize) -> anyhow::Result<Side> {
    parked.watch().await?;
    sleep(SETTLE).await;
    let (before, begun) = (parked.watchers.usage()?, Instant::now());
    parked.fill(0..connections).await?;
    let cpu = parked.watchers.usage()?.cpu_since(&before);
    let times = (cpu, begun.elapsed());
    sleep(SETTLE).await;
    let memory = (before, parked.watchers.usage()?);
    Ok(Side::new(parked.watchers.len(), connections, memory, times))
}

impl Side {
    #[expect(clippy::cast_precision_loss, reason = "nobody reads so many digits")]
    fn new(
        processes: usize,
        connections: usize,
        (before, after): (Usage, Usage),
        (cpu, time): (Duration, Duration),
    ) -> Self {
        let each = |bytes: u64| bytes as f64 / connections as f64;
        Self {
            processes,
            bytes_per_connection: each(after.memory),
            baseline_bytes: before.memory,
            marginal_bytes_per_connection: each(after.memory.saturating_sub(before.memory)),
            cpu_us_per_connect: cpu.as_secs_f64() * 1e6 / connections as f64,
            connected_s: time.as_secs_f64(),
            resumed: None,
        }
    }

    fn against(&self, other: &Self) -> Ratios {
        Ratios {
            bytes: self.bytes_per_connection / other.bytes_per_connection,
            marginal_bytes: self.marginal_bytes_per_connection
                / other.marginal_bytes_per_connection,
            cpu_per_connect: self.cpu_us_per_connect / other.cpu_us_per_connect,
        }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (name, side) in [("async-imap", &self.peer), ("the gateway", &self.gateway)] {
            writeln!(
                f,
                "  {name}: {:.0} bytes for each connection, {:.0} without the baseline; {:.0} us to connect it",
                side.bytes_per_connection,
                side.marginal_bytes_per_connection,
                side.cpu_us_per_connect
            )?;
        }
        let ratios = &self.peer_against_gateway;
        write!(
            f,
            "  async-imap takes {:.2} times the memory, {:.2} times without baselines, {:.2} times the processor time",
            ratios.bytes, ratios.marginal_bytes, ratios.cpu_per_connect
        )
    }
}
