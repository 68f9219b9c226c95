//! Servers that are gone for a while, or come back changed.

use crate::server::Server;
use crate::watcher::{PATIENCE, eventually};
use crate::world::{LIVE, PASSWORD, Told, World, folder_of};
use pushmail_domain::{AccountPhase, Security};
use std::net::TcpListener;
use tokio::time::timeout;

const RESET: Told = Told::Folder("folder.reset");
const RETRYING: Told = Told::State(AccountPhase::Retrying);

#[tokio::test(flavor = "multi_thread")]
async fn one_lost_connection_is_not_announced_and_loses_nothing() {
    let world = World::new().await;
    let account = world.account("ann").await;
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    world.sim.wait_idling(1).await;
    world.sim.disconnect_all();
    eventually("it is cut off", || world.sim.idling() == 0).await;
    let meanwhile = Told::Mail(world.deliver("ann"));
    world.expect(account, &[LIVE, meanwhile]).await;
    assert_eq!(world.logins(), 2);
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_announced_at_the_second_failure_and_so_is_its_end() {
    let world = World::new().await;
    let server = Server::start(&[1]).await;
    let account = world
        .account_at(PASSWORD, (server.addr, Security::Plaintext))
        .await;
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    eventually("it idles", || server.idling() == 1).await;

    server.set_down(true);
    let events = world.expect(account, &[LIVE, RETRYING]).await;
    assert!(server.tried() >= 2, "the first failure was not announced");
    assert!(world.detail(&events[1]).contains("127.0.0.1"));
    server.deliver(&[2]);
    server.set_down(false);
    world
        .expect(account, &[LIVE, RETRYING, LIVE, Told::Mail(2)])
        .await;
    watcher.drain().await;
    let status = &world.checkpoint(account).await.accounts[0].status;
    assert_eq!(
        (status.phase, status.detail.as_str()),
        (AccountPhase::Live, "")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuilt_folder_is_told_of_and_watched_on() {
    let world = World::new().await;
    let server = Server::start(&[1, 2, 3]).await;
    let account = world
        .account_at(PASSWORD, (server.addr, Security::Plaintext))
        .await;
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    eventually("it idles", || server.idling() == 1).await;

    server.rebuild(2, &[1]);
    let events = world.expect(account, &[LIVE, RESET]).await;
    let begun = events[1].event.cursor.folders[0];
    assert_eq!(
        (begun.folder, begun.uid_validity),
        (folder_of(account, 1), 2)
    );
    assert_eq!(begun.read_at, events[0].event.cursor.folders[0].read_at);

    eventually("it idles again", || server.idling() == 1).await;
    server.deliver(&[2]);
    world.expect(account, &[LIVE, RESET, Told::Mail(2)]).await;
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_no_connection_is_tried_again_and_again() {
    let world = World::new().await;
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = gone.local_addr().unwrap();
    drop(gone);
    let account = world
        .account_at(PASSWORD, (address, Security::Plaintext))
        .await;
    let watcher = world.watch().await;
    world.expect(account, &[RETRYING]).await;

    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let tried = timeout(PATIENCE, listener.accept()).await;
    assert!(tried.is_ok(), "it is not tried any more");
    watcher.drain().await;
}
