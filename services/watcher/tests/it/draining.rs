//! The end of a watcher.

use crate::watcher::eventually;
use crate::world::{LIVE, Told, World};
use pushmail_domain::AccountPhase;
use std::time::Duration;

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
