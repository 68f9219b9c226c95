//! Cuts between two parts: nothing is heard any more, or connections end and no new one is made.

use super::Met;
use crate::world::World;
use pushmail_testkit::proxy::Mode;
use tokio::time::sleep;

fn how(world: &World) -> Mode {
    [Mode::Stall, Mode::Refuse][world.choose(2)]
}

/// The target's name, and how it is cut off.
fn target(name: &str, from: &str, how: Mode) -> Met {
    let how = if how == Mode::Stall {
        "silence"
    } else {
        "refused"
    };
    Met::only(format!("{name} - {from} ({how})"))
}

pub(super) async fn watcher_nats(world: &World) -> anyhow::Result<Met> {
    let (watcher, how) = (
        &world.watchers[world.choose(world.watchers.len())],
        how(world),
    );
    watcher.ways.set_nats(how);
    sleep(world.profile.fault).await;
    watcher.ways.set_nats(Mode::Pass);
    Ok(target(&watcher.name, "nats", how))
}

pub(super) async fn delivery_nats(world: &World) -> anyhow::Result<Met> {
    let (delivery, how) = (
        &world.deliveries[world.choose(world.deliveries.len())],
        how(world),
    );
    delivery.ways.set_nats(how);
    sleep(world.profile.fault).await;
    delivery.ways.set_nats(Mode::Pass);
    Ok(target(&delivery.name, "nats", how))
}

pub(super) async fn watcher_postgres(world: &World) -> anyhow::Result<Met> {
    let (watcher, how) = (
        &world.watchers[world.choose(world.watchers.len())],
        how(world),
    );
    watcher.ways.postgres.set(how);
    sleep(world.profile.fault).await;
    watcher.ways.postgres.set(Mode::Pass);
    Ok(target(&watcher.name, "postgres", how))
}

pub(super) async fn watcher_mail(world: &World) -> anyhow::Result<Met> {
    let (way, how) = (&world.servers.way_to_mail, how(world));
    way.set(how);
    sleep(world.profile.fault).await;
    way.set(Mode::Pass);
    Ok(target("watchers", "mail server", how))
}
