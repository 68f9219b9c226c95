//! A new watcher on the same data.

use crate::world::{LIVE, Store, Told, World};
use pushmail_domain::AccountId;
use std::time::Duration;

const NEVER: Duration = Duration::from_secs(3600);

/// An account that is live and has told of one mail.
async fn started(world: &World) -> (AccountId, Told) {
    let account = world.account("ann").await;
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    let mail = Told::Mail(world.deliver("ann"));
    world.expect(account, &[LIVE, mail]).await;
    watcher.drain().await;
    (account, mail)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_announced_twice_and_what_came_meanwhile_is_announced() {
    let world = World::new().await;
    let (account, before) = started(&world).await;
    let meanwhile = Told::Mail(world.deliver("ann"));
    let watcher = world.watch().await;
    world.expect(account, &[LIVE, before, meanwhile]).await;
    let after = Told::Mail(world.deliver("ann"));
    world
        .expect(account, &[LIVE, before, meanwhile, after])
        .await;
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cursors_that_were_never_flushed_come_from_the_log() {
    let mut world = World::new().await;
    let account = world.account("ann").await;
    world.back_up(Store::Registry).await;
    let watcher = world.watch_flushing(NEVER).await;
    world.expect(account, &[LIVE]).await;
    let before = Told::Mail(world.deliver("ann"));
    world.expect(account, &[LIVE, before]).await;
    watcher.drain().await;
    // As if the process had been killed before its first flush.
    world.restore(Store::Registry).await;
    assert_eq!(world.checkpoint(account).await.position, None);

    let meanwhile = Told::Mail(world.deliver("ann"));
    let watcher = world.watch().await;
    world.expect(account, &[LIVE, before, meanwhile]).await;
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_checkpoint_is_brought_up_to_date_from_the_log() {
    let mut world = World::new().await;
    let (account, first) = started(&world).await;
    world.back_up(Store::Registry).await;
    let watcher = world.watch().await;
    let second = Told::Mail(world.deliver("ann"));
    world.expect(account, &[LIVE, first, second]).await;
    watcher.drain().await;
    world.restore(Store::Registry).await;

    let meanwhile = Told::Mail(world.deliver("ann"));
    let watcher = world.watch().await;
    world
        .expect(account, &[LIVE, first, second, meanwhile])
        .await;
    watcher.drain().await;
}
