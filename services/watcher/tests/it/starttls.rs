//! A real server whose connections begin in the clear.

use crate::watcher::eventually;
use crate::world::{LIVE, PASSWORD, Told, World};
use pushmail_domain::{AccountId, AccountPhase, Security};
use pushmail_mailsim::message;
use pushmail_testkit::proxy::Mode;
use pushmail_testkit::{Dovecot, Proxy, skip};
use pushmail_upstream::dial::Dialer;
use pushmail_upstream::egress::{EgressConfig, EgressGuard};
use pushmail_upstream::tls;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const USER: &str = "user1@tenant1.test";
const ACCOUNT: AccountId = AccountId::from_bytes([1; 16]);
const RETRYING: Told = Told::State(AccountPhase::Retrying);
/// The first byte of a record of TLS's handshake (RFC 8446, section 5.1).
const HANDSHAKE: u8 = 22;

/// A world that trusts this server.
async fn world(dovecot: &Dovecot) -> World {
    let mut world = World::new().await;
    let mut authority = tempfile::NamedTempFile::new().unwrap();
    authority.write_all(dovecot.ca_pem().as_bytes()).unwrap();
    let allow = vec!["127.0.0.0/8".parse().unwrap()];
    world.dialer = Arc::new(Dialer::new(
        EgressGuard::public_only(EgressConfig { allow }),
        tls::client_config(Some(authority.path())).unwrap(),
    ));
    world
}

/// Has the account watched at this address.
async fn register(world: &World, addr: SocketAddr) {
    let server = (addr, Security::StartTls);
    world.register(ACCOUNT, USER, PASSWORD, server).await;
}

/// Delivers the mailbox's next mail, the `uid`-th.
fn deliver(dovecot: &Dovecot, uid: u32) -> Told {
    dovecot.deliver(USER, &message(uid.into(), USER));
    Told::Mail(uid)
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_is_published_through_starttls_and_again_after_the_connection_was_cut() {
    if skip("dovecot") {
        return;
    }
    let dovecot = Dovecot::start();
    let proxy = Proxy::start(vec![dovecot.imap_addr()]).await;
    let world = world(&dovecot).await;
    register(&world, proxy.addr()).await;
    let watcher = world.watch().await;
    world.expect(ACCOUNT, &[LIVE]).await;
    let first = deliver(&dovecot, 1);
    world.expect(ACCOUNT, &[LIVE, first]).await;

    proxy.set(Mode::Refuse);
    world.expect(ACCOUNT, &[LIVE, first, RETRYING]).await;
    let meanwhile = deliver(&dovecot, 2);
    proxy.set(Mode::Pass);
    let back = [LIVE, first, RETRYING, LIVE, meanwhile];
    world.expect(ACCOUNT, &back).await;
    let next = deliver(&dovecot, 3);
    world.expect(ACCOUNT, &[&back[..], &[next]].concat()).await;
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_in_the_handshake_is_tried_again_until_it_is_well() {
    if skip("dovecot") {
        return;
    }
    let dovecot = Dovecot::start();
    let dying = Dying::before(dovecot.imap_addr()).await;
    let world = world(&dovecot).await;
    register(&world, dying.addr).await;
    let watcher = world.watch().await;
    let events = world.expect(ACCOUNT, &[RETRYING]).await;
    let detail = world.detail(&events[0]);
    assert!(detail.contains("broke off the start of TLS"), "{detail}");
    let deaths = || *dying.deaths.borrow();
    eventually("it is tried again", || deaths() >= 2).await;

    dying.well.send_replace(true);
    world.expect(ACCOUNT, &[RETRYING, LIVE]).await;
    let mail = deliver(&dovecot, 1);
    world.expect(ACCOUNT, &[RETRYING, LIVE, mail]).await;
    watcher.drain().await;
}

/// A way to a server that ends each connection in the middle of the server's first record of a handshake, until
/// it is well.
struct Dying {
    addr: SocketAddr,
    well: watch::Sender<bool>,
    deaths: watch::Receiver<u32>,
}

impl Dying {
    async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (well, is_well) = watch::channel(false);
        let (died, deaths) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(server).await.unwrap();
                let (is_well, died) = (is_well.clone(), died.clone());
                tokio::spawn(async move {
                    if pass(client, server, &is_well).await.is_ok_and(|died| died) {
                        died.send_modify(|deaths| *deaths += 1);
                    }
                });
            }
        });
        Self { addr, well, deaths }
    }
}

/// Passes on what both say until one of them has ended; whether the server died.
async fn pass(
    mut client: TcpStream,
    mut server: TcpStream,
    is_well: &watch::Receiver<bool>,
) -> io::Result<bool> {
    let (mut asked, mut said) = ([0; 4096], [0; 4096]);
    loop {
        let length = tokio::select! {
            length = client.read(&mut asked) => {
                let length = length?;
                server.write_all(&asked[..length]).await?;
                length
            }
            length = server.read(&mut said) => {
                let said = &said[..length?];
                if said.first() == Some(&HANDSHAKE) && !*is_well.borrow() {
                    client.write_all(&said[..said.len() / 2]).await?;
                    return Ok(true);
                }
                client.write_all(said).await?;
                said.len()
            }
        };
        if length == 0 {
            return Ok(false);
        }
    }
}
