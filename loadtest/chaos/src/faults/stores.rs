//! Redis and PostgreSQL.

use super::Met;
use crate::world::World;
use tokio::task::block_in_place;
use tokio::time::sleep;

/// So many mails reach devices without PostgreSQL before a watcher is killed.
const RECEIVED: u64 = 20;

pub(super) async fn redis_gone(world: &mut World) -> anyhow::Result<Met> {
    block_in_place(|| world.servers.redis.kill());
    sleep(world.profile.redis_gone).await;
    block_in_place(|| world.servers.redis.start_again());
    sleep(world.profile.settle).await;
    Ok(Met::only("redis"))
}

pub(super) async fn redis_flushed(world: &mut World) -> anyhow::Result<Met> {
    world.servers.flush_redis()?;
    sleep(world.profile.settle).await;
    Ok(Met::only("redis"))
}

/// Events go on to the devices; meanwhile a watcher is killed and started again, whose shards wait: the log has to
/// tell their new owners what no checkpoint does.
pub(super) async fn postgres_gone(world: &mut World) -> anyhow::Result<Met> {
    let victim = world.victim().await?;
    block_in_place(|| world.servers.postgres.kill());
    let before = world.history.count_received();
    let received = async || world.history.count_received() >= before + RECEIVED;
    world
        .until("mails reach devices without PostgreSQL", received)
        .await?;
    let fences = world.observer.fences(&victim.shards).await;
    let takeover = world.takeover(&victim, fences);
    let (patience, outage) = (world.profile.patience, world.profile.postgres_gone);
    let postgres = &mut world.servers.postgres;
    let watcher = &mut world.watchers[victim.index];
    block_in_place(|| {
        watcher.program.kill();
        std::thread::scope(|scope| {
            let reviving = scope.spawn(|| watcher.revive(outage + patience));
            std::thread::sleep(outage);
            postgres.start_again();
            reviving
                .join()
                .unwrap_or_else(|_| Err(anyhow::anyhow!("panicked")))
        })
    })?;
    Ok(Met {
        target: format!("postgres, {}", watcher.name),
        took: takeover.await?,
    })
}
