//! Servers that take connections and say nothing.

use crate::watcher::eventually;
use crate::world::{LIVE, PASSWORD, Told, World};
use pushmail_domain::Security;
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread")]
async fn one_tenants_silent_servers_do_not_keep_another_tenants_account_from_going_live() {
    let mut world = World::new().await;
    let tarpit = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = tarpit.local_addr().unwrap();
    for _ in 0..70 {
        world
            .account_at(PASSWORD, (silent, Security::Plaintext))
            .await;
    }
    world.change_tenant().await;
    let healthy = world.account("ann").await;
    let watcher = world.watch().await;
    // Held open, so that it stays silent rather than gone.
    let (_open, _) = tarpit.accept().await.unwrap();
    world.expect(healthy, &[LIVE]).await;
    let mail = Told::Mail(world.deliver("ann"));
    world.expect(healthy, &[LIVE, mail]).await;
    let pending = "pushmail_accounts{phase=\"pending\"}";
    eventually("the others wait", || watcher.metric(pending) == 70).await;
    watcher.drain().await;
}
