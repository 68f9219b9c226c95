//! A NATS node that is behind the others when shards are taken through it.

use super::Met;
use crate::servers::NODES;
use crate::world::World;
use pushmail_testkit::proxy::Mode;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::task::block_in_place;
use tokio::time::sleep;

/// How many mails some mailboxes of the watcher get while the node stands still: one by one, since the
/// node would take in few batches too fast.
const BURST: usize = 60;
/// How much more the node has to take in before that.
const STUFFINGS: usize = 200;
const MAILBOXES: usize = 6;
const PAUSE: Duration = Duration::from_millis(35);

/// While PostgreSQL is away, so that no checkpoint helps, a node stands still and misses what a
/// watcher appends. Then the watcher is killed, and the one that is left, which reaches only that
/// node, takes its shards when it goes on.
pub(super) async fn behind(world: &mut World) -> anyhow::Result<Met> {
    let [dead, victim, heir] = [0, 1, 2];
    // Whoever looks on is not on the node that stands still.
    let onlooker = world.admin.node().unwrap_or_default();
    let node = (onlooker + 1 + world.choose(NODES - 1)) % NODES;
    block_in_place(|| world.watchers[dead].program.kill());
    sleep(world.profile.ttl * 2).await;
    for other in 0..NODES {
        let of_heir = if other == node {
            Mode::Pass
        } else {
            Mode::Refuse
        };
        let of_others = if other == node {
            Mode::Refuse
        } else {
            Mode::Pass
        };
        world.watchers[heir].ways.nats[other].set(of_heir);
        world.watchers[victim].ways.nats[other].set(of_others);
        for delivery in &world.deliveries {
            delivery.ways.nats[other].set(of_others);
        }
    }
    world.until_received().await?;
    let victim = world.victim_at(victim).await?;
    let mut mailboxes = world.mailboxes_of(&victim.shards);
    mailboxes.truncate(MAILBOXES);
    block_in_place(|| {
        world.servers.postgres.kill();
        world.servers.nats.node_mut(node).pause();
    });
    let streams: BTreeSet<u8> = mailboxes
        .iter()
        .map(|one| one.shard.stream().number())
        .collect();
    let stuffing = streams
        .iter()
        .map(|stream| world.admin.stuff(*stream, STUFFINGS));
    futures::future::join_all(stuffing).await;
    let before = world.admin.records().await?;
    for _ in 0..BURST {
        for one in &mailboxes {
            world.sender.send(one.mailbox);
        }
        sleep(PAUSE).await;
    }
    let burst = (BURST * mailboxes.len()) as u64;
    let records = async || world.admin.records().await.unwrap_or_default();
    let logged = async || records().await >= before + burst;
    let come = world.until("the burst is logged", logged).await;
    block_in_place(|| {
        world.watchers[victim.index].program.kill();
        world.servers.postgres.start_again();
    });
    sleep(world.profile.ttl * 2).await;
    block_in_place(|| world.servers.nats.node_mut(node).resume());
    come?;
    sleep(world.profile.dedupe * 2).await;
    mend(world, &[dead, victim.index])?;
    Ok(Met::only(format!("node{node}")))
}

fn mend(world: &mut World, killed: &[usize]) -> anyhow::Result<()> {
    let members = world.watchers.iter().chain(&world.deliveries);
    members.for_each(|member| member.ways.set_nats(Mode::Pass));
    let patience = world.profile.patience;
    let mut killed = killed.iter();
    block_in_place(|| killed.try_for_each(|index| world.watchers[*index].revive(patience)))
}
