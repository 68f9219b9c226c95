//! Two watchers and one shard.

use crate::faulty::Failure;
use crate::watcher::eventually;
use crate::world::{LIVE, Told, World};

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
