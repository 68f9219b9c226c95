//! Servers that answer a FETCH in another order than that of the UIDs.

use crate::server::{Order, Server};
use crate::watcher::eventually;
use crate::world::{LIVE, PASSWORD, Told, World};
use pushmail_domain::Security;

#[tokio::test(flavor = "multi_thread")]
async fn mail_that_comes_at_once_is_announced_in_the_order_of_its_uids() {
    let world = World::new().await;
    let server = Server::start(&[1]).await;
    server.set_order(Order::Falling);
    let account = world
        .account_at(PASSWORD, (server.addr, Security::Plaintext))
        .await;
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    eventually("it idles", || server.idling() == 1).await;
    server.deliver(&[2, 3, 4]);
    let mails = [2, 3, 4].map(Told::Mail);
    world
        .expect(account, &[LIVE, mails[0], mails[1], mails[2]])
        .await;
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lower_uid_that_comes_later_is_announced_first_and_moves_no_cursor_back() {
    let world = World::new().await;
    let server = Server::start(&[1]).await;
    server.set_order(Order::FallingOneByOne);
    let account = world
        .account_at(PASSWORD, (server.addr, Security::Plaintext))
        .await;
    let watcher = world.watch().await;
    let mut expected = vec![LIVE];
    world.expect(account, &expected).await;
    eventually("it idles", || server.idling() == 1).await;
    server.deliver(&[2, 3, 4]);
    for _ in 0..3 {
        server.send_one();
    }
    expected.extend([2, 3, 4].map(Told::Mail));
    let events = world.expect(account, &expected).await;
    let next: Vec<u64> = events
        .iter()
        .map(|stored| stored.event.cursor.folders[0].uid_next)
        .collect();
    assert_eq!(next, [2, 3, 4, 5]);
    watcher.drain().await;

    // A cursor that had moved back would have these announced again.
    server.set_order(Order::Rising);
    server.deliver(&[5]);
    let watcher = world.watch().await;
    expected.push(Told::Mail(5));
    world.expect(account, &expected).await;
    watcher.drain().await;
}
