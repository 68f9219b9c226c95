//! Accounts that are paused, deleted, changed or refused.

use crate::gated::Gated;
use crate::server::Server;
use crate::watcher::{PATIENCE, eventually};
use crate::world::{LIVE, PASSWORD, Told, World};
use pushmail_domain::{AccountPhase, DesiredState, Security};
use pushmail_registry::Accounts as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

const PAUSED: Told = Told::State(AccountPhase::Paused);

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_account_disconnects_and_resumes_without_loss() {
    let world = World::new().await;
    let account = world.account("ann").await;
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    world.sim.wait_idling(1).await;

    world.set_desired(account, DesiredState::Paused).await;
    watcher.nudge.notify_one();
    world.expect(account, &[LIVE, PAUSED]).await;
    eventually("it disconnects", || world.sim.idling() == 0).await;
    let paused = "pushmail_accounts{phase=\"paused\"}";
    eventually("it is shown as paused", || watcher.metric(paused) == 1).await;
    let meanwhile = Told::Mail(world.deliver("ann"));

    world.set_desired(account, DesiredState::Active).await;
    watcher.nudge.notify_one();
    world
        .expect(account, &[LIVE, PAUSED, LIVE, meanwhile])
        .await;
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_come_together_are_read_together() {
    const ACCOUNTS: usize = 50;
    let world = World::new().await;
    let registry = Arc::new(Gated::new(world.registry.clone()));
    let (watcher, readiness) = world.start(registry.clone(), Duration::from_secs(60));
    timeout(PATIENCE, readiness.wait()).await.unwrap();
    let (before, begun) = (registry.readings(), Instant::now());
    for number in 0..ACCOUNTS {
        world.account(&format!("user{number}")).await;
        watcher.nudge.notify_one();
    }
    eventually("all idle", || world.sim.idling() == ACCOUNTS).await;
    let readings = registry.readings() - before;
    let most = usize::try_from(begun.elapsed().as_millis() / 100).unwrap() + 2;
    assert!(
        readings <= most,
        "{readings}, {most} would be one each 100 ms"
    );
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_account_has_no_events_and_no_connection() {
    let world = World::new().await;
    let account = world.account("ann").await;
    let other = world.account("bob").await;
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    world.expect(other, &[LIVE]).await;
    world.sim.wait_idling(2).await;

    world
        .registry
        .delete_account(world.tenant, account)
        .await
        .unwrap();
    watcher.nudge.notify_one();
    eventually("its connection is gone", || world.sim.idling() == 1).await;
    world.deliver("ann");
    // Ends only when the purge has.
    watcher.drain().await;
    assert_eq!(world.events(account).await, []);
    assert!(world.checkpoint(account).await.accounts.is_empty());
    world.expect(other, &[LIVE]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_deleted_while_no_watcher_ran_has_no_events_after_the_next_start() {
    let world = World::new().await;
    let account = world.account("ann").await;
    let other = world.account("bob").await;
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    world.expect(other, &[LIVE]).await;
    watcher.drain().await;
    world
        .registry
        .delete_account(world.tenant, account)
        .await
        .unwrap();
    let watcher = world.watch().await;
    // Ends only when the purge has.
    watcher.drain().await;
    assert_eq!(world.events(account).await, []);
    world.expect(other, &[LIVE]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_account_starts_again_and_never_has_two_connections() {
    let world = World::new().await;
    let server = Server::start(&[1]).await;
    let account = world
        .account_at(PASSWORD, (server.addr, Security::Plaintext))
        .await;
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    for restarted in 2..5 {
        world.set_desired(account, DesiredState::Active).await;
        watcher.nudge.notify_one();
        let idling = || server.tried() == restarted && server.idling() == 1;
        eventually("it idles again", idling).await;
    }
    server.deliver(&[2]);
    world.expect(account, &[LIVE, Told::Mail(2)]).await;
    assert_eq!(server.most_open(), 1);
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_announced_with_the_remedy_and_not_hammered() {
    let world = World::new().await;
    let account = world
        .account_at("wrong", (world.sim.addr(), Security::Tls))
        .await;
    let watcher = world.watch().await;
    let events = world
        .expect(account, &[Told::State(AccountPhase::NeedsAttention)])
        .await;
    let detail = world.detail(&events[0]);
    assert!(
        detail.contains("check the user name and the password"),
        "{detail}"
    );
    assert!(!detail.contains("wrong"), "{detail}");
    // Longer than the longest pause of an account that is only retrying.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(world.logins(), 1);
    watcher.drain().await;
    let status = &world.checkpoint(account).await.accounts[0].status;
    assert_eq!(
        (status.phase, &status.detail),
        (AccountPhase::NeedsAttention, &detail)
    );
}
