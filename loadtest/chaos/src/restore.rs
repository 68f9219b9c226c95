//! Backs a running fleet up, ends it, and begins again from the backups.

use crate::faults::{kill_all, start_all};
use crate::fleet::Member;
use crate::servers::NODES;
use crate::world::World;
use anyhow::{Context as _, ensure};
use clap::ValueEnum;
use pushmail_testkit::Proxy;
use pushmail_testkit::proxy::Mode;
use serde::Serialize;
use std::path::Path;
use std::process::Command;
use tokio::task::block_in_place;
use tokio::time::Instant;

/// Where PostgreSQL's programs are.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
/// So many mails come before the first backup, and between it and the next.
const BETWEEN: u64 = 50;
/// So many mailboxes have a device that is away when the fleet ends, and comes back later.
const AWAY: u32 = 6;

/// What is lost, and begins again from its backup.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// PostgreSQL; the log is newer then.
    Registry,
    /// NATS; the registry is newer then.
    Log,
    /// Both, of which the registry was backed up first.
    #[default]
    Both,
}

/// What was done.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Restored {
    what: What,
    /// Mails that devices had received by the backup of the registry, by that of the log, and by the end of the fleet.
    received: [u64; 3],
    /// Of the log, from then on; none if it stayed as it was.
    generation: Option<u32>,
    /// From the end of the last process until every mailbox was watched.
    away_ms: u64,
    /// The bytes of the registry's backup.
    dump_bytes: u64,
}

/// Lets mail come, backs both up meanwhile, and restores what is to be.
pub(crate) async fn restore(
    world: &mut World,
    what: What,
    lose: u64,
    new_generation: bool,
) -> anyhow::Result<Restored> {
    let folder = tempfile::tempdir()?;
    let dump = folder.path().join("registry.dump");
    let targets = world.deliveries.iter().map(Member::grpc).collect();
    let way = Proxy::start(targets).await;
    world.register(AWAY, way.addr()).await?;

    more(world, BETWEEN).await?;
    let url = url(world);
    block_in_place(|| run("pg_dump", &["--format", "custom", "--file"], &dump, &url))?;
    let mut received = [world.history.count_received(), 0, 0];
    more(world, BETWEEN).await?;
    let backups = block_in_place(|| {
        let nats = &mut world.servers.nats;
        kill_all(nats);
        let backups: Vec<_> = (0..NODES)
            .map(|node| nats.node_mut(node).back_up())
            .collect();
        start_all(nats);
        backups
    });
    received[1] = world.history.count_received();
    world.until_well().await?;
    more(world, lose).await?;
    received[2] = world.history.count_received();
    eprintln!("backed up: {received:?} mails were received");

    way.set(Mode::Refuse);
    block_in_place(|| world.members().for_each(|member| member.program.kill()));
    let begin = Instant::now();
    if what != What::Log {
        let how = [
            "--clean",
            "--if-exists",
            "--single-transaction",
            "--dbname",
            &url,
        ];
        block_in_place(|| run("pg_restore", &how, &dump, ""))?;
    }
    if what != What::Registry {
        block_in_place(|| {
            let nats = &mut world.servers.nats;
            kill_all(nats);
            for (node, backup) in backups.iter().enumerate() {
                nats.node_mut(node).restore(backup);
            }
            start_all(nats);
        });
    }
    let generation = match new_generation {
        true => Some(block_in_place(|| world.control.beside("new-generation"))?),
        false => None,
    };
    let patience = world.profile.patience;
    block_in_place(|| {
        world
            .members()
            .try_for_each(|member| member.revive(patience))
    })?;
    world.until_watched().await?;
    let away_ms = u64::try_from(begin.elapsed().as_millis())?;
    eprintln!("began again after {away_ms} ms");

    // The log grows, by mail of those too whose devices are away and know more of it than there is.
    more(world, BETWEEN + lose / 3).await?;
    way.set(Mode::Pass);
    if new_generation {
        world.until_well().await?;
    }
    Ok(Restored {
        what,
        received,
        generation: generation.map(|text| text.parse()).transpose()?,
        away_ms,
        dump_bytes: std::fs::metadata(&dump)?.len(),
    })
}

/// Waits until so many more mails have come.
async fn more(world: &World, count: u64) -> anyhow::Result<()> {
    let before = world.history.count_received();
    let grown = async || world.history.count_received() >= before + count;
    world.until("mail comes", grown).await
}

fn url(world: &World) -> String {
    let servers = &world.servers;
    format!(
        "postgres://postgres@{}/{}",
        servers.postgres.addr(),
        servers.database
    )
}

/// Runs one of PostgreSQL's programs with these arguments, the file, and one more if it is not empty.
fn run(program: &str, arguments: &[&str], file: &Path, last: &str) -> anyhow::Result<()> {
    let mut command = Command::new(Path::new(PROGRAMS).join(program));
    command.args(arguments).arg(file);
    if !last.is_empty() {
        command.arg(last);
    }
    let output = command
        .output()
        .with_context(|| format!("{program} cannot be started"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program}: {said}");
    Ok(())
}
