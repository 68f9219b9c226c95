//! What each kind of fault does, and how it is mended.

mod cuts;
mod log;
mod replica;
mod stores;
mod watchers;

pub(crate) use log::{kill_all, start_all};

use crate::kind::Kind;
use crate::observer::Takeover;
use crate::world::World;
use tokio::time::sleep;

/// What a fault met.
pub(crate) struct Met {
    pub(crate) target: String,
    pub(crate) took: Takeover,
}

impl Met {
    /// Something that takes no watcher out.
    fn only(target: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            took: Takeover::default(),
        }
    }
}

/// Lets a fault happen and mends it; its effects may last.
pub(crate) async fn strike(world: &mut World, kind: Kind) -> anyhow::Result<Met> {
    match kind {
        Kind::RedisGone => stores::redis_gone(world).await,
        Kind::RedisFlushed => stores::redis_flushed(world).await,
        Kind::PostgresGone => stores::postgres_gone(world).await,
        Kind::NatsLeaderLost => log::leader_lost(world).await,
        Kind::NatsRestarted => log::restarted(world).await,
        Kind::NatsGone => log::gone(world).await,
        Kind::NatsRestored => log::restored(world).await,
        Kind::NatsFull => log::full(world).await,
        Kind::DiskFull => log::disk_full(world).await,
        Kind::ReplicaBehind => replica::behind(world).await,
        Kind::WatcherFrozen => watchers::frozen(world).await,
        Kind::WatcherKilled => watchers::killed(world).await,
        Kind::DeliveryKilled => delivery_killed(world).await,
        Kind::ClockJump => clock_jump(world).await,
        Kind::CutWatcherRedis => watchers::without_redis(world).await,
        Kind::CutWatcherNats => cuts::watcher_nats(world).await,
        Kind::CutWatcherPostgres => cuts::watcher_postgres(world).await,
        Kind::CutWatcherMail => cuts::watcher_mail(world).await,
        Kind::CutDeliveryNats => cuts::delivery_nats(world).await,
    }
}

async fn delivery_killed(world: &mut World) -> anyhow::Result<Met> {
    let index = world.choose(world.deliveries.len());
    tokio::task::block_in_place(|| world.deliveries[index].program.kill());
    sleep(world.profile.fault).await;
    let (member, patience) = (&mut world.deliveries[index], world.profile.patience);
    tokio::task::block_in_place(|| member.revive(patience))?;
    Ok(Met::only(&member.name))
}

/// An hour ahead, then an hour behind.
async fn clock_jump(world: &mut World) -> anyhow::Result<Met> {
    let watcher = &world.watchers[world.choose(world.watchers.len())];
    let delivery = &world.deliveries[world.choose(world.deliveries.len())];
    for ahead in [3_600, -3_600, 0] {
        watcher.set_clock(ahead)?;
        delivery.set_clock(ahead)?;
        sleep(world.profile.fault / 2).await;
    }
    Ok(Met::only(format!("{}, {}", watcher.name, delivery.name)))
}
