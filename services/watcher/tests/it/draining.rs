//! The end of a watcher.

use crate::gated::Gated;
use crate::watcher::{PATIENCE, eventually};
use crate::world::{LIVE, Told, World};
use pushmail_domain::AccountPhase;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_closes_the_connections_and_flushes_the_last_cursors() {
    let world = World::new().await;
    let account = world.account("ann").await;
    let watcher = world.watch_flushing(Duration::from_secs(3600)).await;
    world.expect(account, &[LIVE]).await;
    let mail = Told::Mail(world.deliver("ann"));
    let events = world.expect(account, &[LIVE, mail]).await;
    assert_eq!(world.checkpoint(account).await.position, None);
    let telemetry = watcher.telemetry.clone();
    watcher.drain().await;

    eventually("the connection is closed", || world.sim.idling() == 0).await;
    let last = events.last().unwrap();
    let checkpoint = world.checkpoint(account).await;
    assert_eq!(checkpoint.position, Some(last.position));
    assert_eq!(checkpoint.accounts[0].status.phase, AccountPhase::Live);
    let cursor = &checkpoint.accounts[0].cursor;
    assert_eq!(cursor.version(), 2);
    assert_eq!(
        cursor.folders().collect::<Vec<_>>(),
        last.event.cursor.folders
    );
    assert!(telemetry.render().contains("pushmail_shards 0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flush_that_fails_during_a_drain_leaves_no_account_out_of_the_last_one() {
    let world = World::new().await;
    let accounts = world.accounts_of_one_shard(2).await;
    let registry = Arc::new(Gated::new(world.registry.clone()));
    let (watcher, readiness) = world.start(registry.clone(), Duration::from_millis(20));
    timeout(PATIENCE, readiness.wait()).await.unwrap();
    for account in &accounts {
        world.expect(*account, &[LIVE]).await;
    }
    world.sim.wait_idling(2).await;
    registry.hold();
    let first = Told::Mail(world.deliver("user0"));
    world.expect(accounts[0], &[LIVE, first]).await;
    eventually("it is being flushed", || registry.held_up() == 1).await;
    let second = Told::Mail(world.deliver("user1"));
    let last = world.expect(accounts[1], &[LIVE, second]).await;

    let drained = tokio::spawn(watcher.drain());
    eventually("the accounts have stopped", || world.sim.idling() == 0).await;
    registry.fail_one();
    registry.let_go();
    timeout(PATIENCE, drained).await.unwrap().unwrap();
    assert_eq!(registry.most(), 1);
    let checkpoint = world.checkpoint(accounts[0]).await;
    assert_eq!(checkpoint.position, Some(last[1].position));
    let versions: Vec<u64> = checkpoint
        .accounts
        .iter()
        .map(|account| account.cursor.version())
        .collect();
    assert_eq!(versions, [2, 2]);
}
