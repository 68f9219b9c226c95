//! What it takes to connect many mailboxes at once, against the handshakes alone.

pub(crate) mod handshakes;
mod report;

use crate::clients::Clients;
use crate::machine::Machine;
use crate::measured::measured;
use crate::parked::{Kind, Parked};
use crate::rig::PATIENCE;
use anyhow::bail;
use clap::Args;
use report::{Report, Side};
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks at how many have lost their connection.
const LOOK: Duration = Duration::from_millis(50);
/// Between a storm and the next.
const SETTLE: Duration = Duration::from_secs(3);

/// The processor time and the rate at which watchers connect mailboxes, against bare TLS handshakes in the same run.
///
/// First a program of one thread makes as many TCP connections and TLS handshakes with rustls, one after the other, to the
/// same mail servers with the same certificates, up to the greeting: once with no session resumed, once with sessions
/// resumed. Then mailboxes are registered, and watchers are started: they connect, log in, select and wait in IDLE. Then
/// the mail servers cut all connections at once, and watchers connect anew.
#[derive(Debug, Args)]
pub(crate) struct StormArgs {
    /// How many connections.
    #[arg(long, default_value_t = 5000)]
    connections: usize,
    #[command(flatten)]
    kind: Kind,
    /// Print the JSON document only; how far it is goes to standard error all the same.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &StormArgs) -> anyhow::Result<bool> {
    measured(args.json, async |program| measure(args, program).await)?;
    Ok(true)
}

async fn measure(args: &StormArgs, program: &Path) -> anyhow::Result<Report> {
    let connections = args.connections;
    let mut parked = Parked::start(program, connections, &args.kind).await?;
    eprintln!("{connections} bare handshakes");
    let full_handshakes = bare(&parked, connections, false).await?;
    eprintln!("{connections} bare handshakes, resumed");
    let resumed_handshakes = bare(&parked, connections, true).await?;
    eprintln!("{connections} mailboxes are registered, and watchers start");
    let start = start(&mut parked, connections).await?;
    sleep(SETTLE).await;
    eprintln!("all lose their connection");
    let reconnect = reconnect(&mut parked, connections).await?;
    Ok(Report {
        machine: Machine::here(),
        connections,
        watchers: parked.watchers.len(),
        shards_with_accounts: parked.watchers.shards_with_accounts()?,
        mail_servers: parked.servers.len(),
        tls_park: args.kind.tls_park,
        chain_bytes: args.kind.chain_bytes,
        start_against_handshake: start.against(&full_handshakes, &resumed_handshakes),
        reconnect_against_handshake: reconnect.against(&full_handshakes, &resumed_handshakes),
        full_handshakes,
        resumed_handshakes,
        start,
        reconnect,
    })
}

/// Handshakes with nothing around them.
async fn bare(parked: &Parked, connections: usize, resume: bool) -> anyhow::Result<Side> {
    let mut clients = Clients::start("handshakes", connections).await?;
    let took = clients
        .connect(&parked.servers.places, connections, resume)
        .await?;
    Ok(Side::of_handshakes(connections, &took))
}

/// Watchers from their start until all mailboxes are in IDLE. The rate counts from the first of these on: for some seconds
/// new watchers take no shards, because others may have had them.
async fn start(parked: &mut Parked, connections: usize) -> anyhow::Result<Side> {
    parked.register(0..connections).await?;
    parked.start_watchers()?;
    parked.connected(1).await?;
    let begun = Instant::now();
    parked.connected(connections).await?;
    let cpu = parked.watchers.usage()?.cpu;
    Ok(Side::new(connections, cpu, begun.elapsed()))
}

/// From the end of all connections until all are in IDLE again.
async fn reconnect(parked: &mut Parked, connections: usize) -> anyhow::Result<Side> {
    let (before, begun) = (parked.watchers.usage()?, Instant::now());
    parked.servers.disconnect().await?;
    while parked.servers.idling().await? > connections / 2 {
        if begun.elapsed() > PATIENCE {
            bail!("the mail servers do not end their connections");
        }
        sleep(LOOK).await;
    }
    parked.connected(connections).await?;
    let cpu = parked.watchers.usage()?.cpu_since(&before);
    Ok(Side::new(connections, cpu, begun.elapsed()))
}
