//! Watchers that others take for dead, and some that are.

use super::Met;
use crate::fleet::Member;
use crate::observer::Fences;
use crate::world::{Victim, World};
use pushmail_domain::Shard;
use pushmail_testkit::proxy::{Late, Mode};
use std::time::Duration;
use tokio::task::block_in_place;
use tokio::time::sleep;

/// How many publishes are under way when a watcher is taken out.
const UNDER_WAY: usize = 4;
/// How long servers may take to answer what comes late.
const ANSWERS: Duration = Duration::from_secs(5);

/// Frozen past its lease, with publishes under way that arrive when its shards are another's; then it
/// goes on.
pub(super) async fn frozen(world: &mut World) -> anyhow::Result<Met> {
    let freeze = |member: &mut Member| member.program.pause();
    let wake = |member: &mut Member| member.program.resume();
    taken_for_dead(world, freeze, wake).await
}

/// Cut off from Redis past its lease, and from nothing else.
pub(super) async fn without_redis(world: &mut World) -> anyhow::Result<Met> {
    let cut = |member: &mut Member| member.ways.redis.set(Mode::Refuse);
    let mend = |member: &mut Member| member.ways.redis.set(Mode::Pass);
    taken_for_dead(world, cut, mend).await
}

/// Killed; what it was publishing never arrives.
pub(super) async fn killed(world: &mut World) -> anyhow::Result<Met> {
    let victim = world.victim().await?;
    let before = publishes_under_way(world, &victim).await?;
    let takeover = world.takeover(&victim, before);
    let watcher = &mut world.watchers[victim.index];
    block_in_place(|| watcher.program.kill());
    watcher.ways.discard();
    let took = takeover.await?;
    block_in_place(|| watcher.revive(world.profile.patience))?;
    Ok(Met {
        target: watcher.name.clone(),
        took,
    })
}

async fn taken_for_dead(
    world: &mut World,
    take_out: impl FnOnce(&mut Member),
    bring_back: impl FnOnce(&mut Member),
) -> anyhow::Result<Met> {
    let victim = world.victim().await?;
    let before = publishes_under_way(world, &victim).await?;
    let takeover = world.takeover(&victim, before.clone());
    block_in_place(|| take_out(&mut world.watchers[victim.index]));
    let took = takeover.await?;
    // So the successors announce what is under way too, and the log forgets that it knows it.
    let announced = world.until_received().await;
    sleep(world.profile.dedupe + Duration::from_millis(300)).await;
    let now = world.observer.fences(&victim.shards).await;
    let mut late = Vec::new();
    for way in &world.watchers[victim.index].ways.nats {
        late.extend(way.release(ANSWERS).await);
    }
    for late in late.iter().filter(|late| is_stale(late, &before, &now)) {
        world.tally.stale.add(late);
    }
    block_in_place(|| bring_back(&mut world.watchers[victim.index]));
    announced?;
    Ok(Met {
        target: world.watchers[victim.index].name.clone(),
        took,
    })
}

/// Keeps publishes of the watcher back until there are some; the fences of its shards.
async fn publishes_under_way(world: &World, victim: &Victim) -> anyhow::Result<Fences> {
    let ways = &world.watchers[victim.index].ways;
    ways.hold();
    let held = async || ways.held() >= UNDER_WAY;
    world.until("the watcher publishes", held).await?;
    Ok(world.observer.fences(&victim.shards).await)
}

/// Whether the shard's fence is known to have been another when the publish was kept back.
fn is_stale(late: &Late, before: &Fences, now: &Fences) -> bool {
    let shard = late.subject.split('.').nth(2);
    let shard = shard.and_then(|shard| Shard::new(shard.parse().ok()?));
    let Some(shard) = shard.filter(|_| late.asks) else {
        return false;
    };
    match (before.get(&shard), now.get(&shard)) {
        (Some(before), Some(now)) => before != now,
        _ => false,
    }
}
