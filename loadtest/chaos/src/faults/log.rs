//! NATS.

use super::Met;
use crate::servers::NODES;
use crate::world::World;
use pushmail_testkit::NatsCluster;
use std::time::Duration;
use tokio::task::block_in_place;
use tokio::time::sleep;

/// So many mails come between a backup and its restore.
const SINCE_BACKUP: u64 = 20;

pub(crate) fn kill_all(nats: &mut NatsCluster) {
    for node in 0..NODES {
        nats.node_mut(node).kill();
    }
}

pub(crate) fn start_all(nats: &mut NatsCluster) {
    for node in 0..NODES {
        nats.node_mut(node).start_again();
    }
    nats.wait_ready();
}

/// The node that leads the streams of most mailboxes would do as well: each leads some.
pub(super) async fn leader_lost(world: &mut World) -> anyhow::Result<Met> {
    let stream = world.watched[world.choose(world.watched.len())]
        .shard
        .stream();
    let stream = format!("EVENTS_{}", stream.number());
    let nats = &mut world.servers.nats;
    let leader = block_in_place(|| {
        let leader = nats.leader_of(&stream);
        nats.node_mut(leader).kill();
        leader
    });
    sleep(world.profile.fault).await;
    block_in_place(|| {
        world.servers.nats.node_mut(leader).start_again();
        world.servers.nats.wait_ready();
    });
    Ok(Met::only(format!("node{leader}")))
}

/// All at once; what they hold then is the backup.
pub(super) async fn restarted(world: &mut World) -> anyhow::Result<Met> {
    let nats = &mut world.servers.nats;
    let backups = block_in_place(|| {
        kill_all(nats);
        let backups = (0..NODES)
            .map(|node| nats.node_mut(node).back_up())
            .collect();
        start_all(nats);
        backups
    });
    world.backups = Some((backups, world.history.count_received()));
    Ok(Met::only("all nodes"))
}

pub(super) async fn gone(world: &mut World) -> anyhow::Result<Met> {
    block_in_place(|| kill_all(&mut world.servers.nats));
    sleep(world.profile.nats_gone).await;
    block_in_place(|| start_all(&mut world.servers.nats));
    Ok(Met::only("all nodes"))
}

/// What came since the backup is lost by the log.
pub(super) async fn restored(world: &mut World) -> anyhow::Result<Met> {
    if world.backups.is_none() {
        restarted(world).await?;
        world.until_well().await?;
    }
    let Some((backups, then)) = world.backups.take() else {
        anyhow::bail!("there is no backup");
    };
    let grown = async || world.history.count_received() >= then + SINCE_BACKUP;
    world.until("mail comes after the backup", grown).await?;
    let nats = &mut world.servers.nats;
    block_in_place(|| {
        kill_all(nats);
        for (node, backup) in backups.iter().enumerate() {
            nats.node_mut(node).restore(backup);
        }
        start_all(nats);
    });
    Ok(Met::only("all nodes"))
}

pub(super) async fn full(world: &mut World) -> anyhow::Result<Met> {
    world.admin.close_streams().await?;
    let seen = refused(world).await;
    world.admin.open_streams().await?;
    seen?;
    Ok(Met::only("all streams"))
}

pub(super) async fn disk_full(world: &mut World) -> anyhow::Result<Met> {
    world.admin.fill().await?;
    let seen = refused(world).await;
    world.admin.empty().await?;
    seen?;
    Ok(Met::only("all nodes"))
}

/// Waits until a mail does not come, and so long.
async fn refused(world: &World) -> anyhow::Result<()> {
    let waits = async || {
        let missing = world.history.missing();
        sleep(Duration::from_millis(500)).await;
        world.history.still_missing(&missing) > 0
    };
    world.until("a mail is held up", waits).await?;
    sleep(world.profile.fault).await;
    Ok(())
}
