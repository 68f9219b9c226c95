//! Two watchers and one shard.

use crate::faulty::Failure;
use crate::watcher::{PATIENCE, eventually, metric};
use crate::world::{LIVE, Store, Told, World, told};
use pushmail_domain::Shard;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

#[tokio::test(flavor = "multi_thread")]
async fn the_older_owner_of_a_shard_is_refused_and_stops_its_accounts() {
    let world = World::new().await;
    let account = world.account("ann").await;
    let older = world.watch().await;
    world.expect(account, &[LIVE]).await;
    world.sim.wait_idling(1).await;
    let newer = world.watch().await;
    world.sim.wait_idling(2).await;

    let mail = Told::Mail(world.deliver("ann"));
    world.expect(account, &[LIVE, mail]).await;
    let fenced = "pushmail_shards_fenced_total";
    eventually("the older one stops", || older.metric(fenced) == 1).await;
    eventually("its connection is closed", || world.sim.idling() == 1).await;
    let shards = "pushmail_shards";
    eventually("it holds no shard", || older.metric(shards) == 0).await;
    assert_eq!(newer.metric(shards), 1);
    let live = "pushmail_accounts{phase=\"live\"}";
    eventually("it shows no account", || older.metric(live) == 0).await;
    assert_eq!(newer.metric(live), 1);

    let next = Told::Mail(world.deliver("ann"));
    world.expect(account, &[LIVE, mail, next]).await;
    assert_eq!(newer.metric(fenced), 0);
    older.drain().await;
    newer.drain().await;
    world.expect(account, &[LIVE, mail, next]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_owner_without_mail_learns_of_the_newer_one_when_it_flushes() {
    let world = World::new().await;
    let account = world.account("ann").await;
    let older = world.watch().await;
    world.expect(account, &[LIVE]).await;
    world.sim.wait_idling(1).await;
    let newer = world.watch().await;
    world.sim.wait_idling(2).await;
    // Both note the reason, and that it has passed: something to flush, and no event.
    world.sim.disconnect_all();
    let fenced = "pushmail_shards_fenced_total";
    eventually("the older one stops", || older.metric(fenced) == 1).await;
    assert_eq!(
        older.metric("pushmail_append_failures_total{kind=\"stale_epoch\"}"),
        0
    );
    older.drain().await;

    let mail = Told::Mail(world.deliver("ann"));
    world.expect(account, &[LIVE, mail]).await;
    newer.drain().await;
    assert_eq!(
        world.checkpoint(account).await.accounts[0].cursor.version(),
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_epoch_ends_only_its_own_shard() {
    let world = World::new().await;
    let ann = world.account("ann").await;
    let bob = world.account("bob").await;
    let watcher = world.watch().await;
    world.expect(ann, &[LIVE]).await;
    world.expect(bob, &[LIVE]).await;
    world.sim.wait_idling(2).await;
    world.log.fail_next(Failure::Stale);
    let missed = Told::Mail(world.deliver("ann"));
    eventually("the connection is closed", || world.sim.idling() == 1).await;
    let mail = Told::Mail(world.deliver("bob"));
    world.expect(bob, &[LIVE, mail]).await;
    watcher.drain().await;
    // The next owner finds what the lost shard could not say.
    let watcher = world.watch().await;
    world.expect(ann, &[LIVE, missed]).await;
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_refuses_events_as_invalid_ends_the_process() {
    let world = World::new().await;
    let account = world.account("ann").await;
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    world.sim.wait_idling(1).await;
    world.log.fail_next(Failure::Invalid);
    let missed = Told::Mail(world.deliver("ann"));
    let telemetry = watcher.telemetry.clone();
    watcher.fails().await;
    assert_eq!(metric(&telemetry, "pushmail_accounts{phase=\"live\"}"), 0);
    assert_eq!(world.log.appends().len(), 2);

    let watcher = world.watch().await;
    world.expect(account, &[LIVE, missed]).await;
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shard_that_cannot_be_taken_holds_up_only_its_own_accounts() {
    let mut world = World::new().await;
    let ann = world.account("ann").await;
    let bob = world.account("bob").await;
    world.back_up(Store::Registry).await;
    let watcher = world.watch().await;
    world.expect(ann, &[LIVE]).await;
    world.expect(bob, &[LIVE]).await;
    watcher.drain().await;
    // Without checkpoints both shards have to be folded, and one of them cannot be read.
    world.restore(Store::Registry).await;
    world.log.set_unreadable_shard(Some(Shard::of(ann)));
    let first = [world.deliver("ann"), world.deliver("bob")].map(Told::Mail);

    let registry = Arc::new(world.registry.clone());
    let (watcher, readiness) = world.start(registry, Duration::from_millis(20));
    world.expect(bob, &[LIVE, first[1]]).await;
    assert_eq!(readiness.waiting_for(), ["watcher"]);
    assert_eq!(told(&world.events(ann).await), [LIVE]);

    world.log.set_unreadable_shard(None);
    timeout(PATIENCE, readiness.wait()).await.unwrap();
    world.expect(ann, &[LIVE, first[0]]).await;
    watcher.drain().await;
}
