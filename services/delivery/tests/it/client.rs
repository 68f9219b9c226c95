//! The reference client against the real gateway.

use crate::harness::{PATIENCE, World, config, token};
use pushmail_device::{
    BackoffConfig, ClientErrorKind, Config, Deps, FileStore, Handler, HandlerError, MemoryStore,
    Notice, Received, run,
};
use pushmail_domain::{DeviceToken, Secret};
use pushmail_proto::v1;
use pushmail_runtime::{SystemClock, SystemEntropy};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

/// What a client told its owner.
#[derive(Debug)]
enum Told {
    Uid(u32),
    Connected,
    Disconnected,
}

struct Teller(mpsc::UnboundedSender<Told>);

/// Handles nothing until a permit comes for each event.
struct Idler(Teller, Arc<Semaphore>);

#[async_trait::async_trait]
impl Handler for Idler {
    async fn event(&mut self, received: Received) -> Result<(), HandlerError> {
        self.1.acquire().await?.forget();
        self.0.event(received).await
    }

    fn notice(&mut self, notice: Notice) {
        self.0.notice(notice);
    }
}

#[async_trait::async_trait]
impl Handler for Teller {
    async fn event(&mut self, received: Received) -> Result<(), HandlerError> {
        assert!(!received.duplicate);
        match received.event.kind {
            Some(v1::event::Kind::MessageNew(message)) => self.0.send(Told::Uid(message.uid))?,
            other => panic!("{other:?}"),
        }
        Ok(())
    }

    fn notice(&mut self, notice: Notice) {
        let told = match notice {
            Notice::Connected { .. } => Told::Connected,
            Notice::Disconnected { .. } => Told::Disconnected,
            Notice::Gap { .. } => panic!("{notice:?}"),
        };
        drop(self.0.send(told));
    }
}

fn client(address: SocketAddr, token: Secret<String>) -> (Config, Deps) {
    let config = Config {
        endpoint: format!("http://{address}"),
        ca_pem: None,
        token,
        backoff: BackoffConfig {
            base: Duration::from_millis(20),
            cap: Duration::from_millis(100),
        },
    };
    let deps = Deps {
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
    };
    (config, deps)
}

async fn next(told: &mut mpsc::UnboundedReceiver<Told>) -> Told {
    let next = tokio::time::timeout(PATIENCE, told.recv()).await;
    next.expect("the client goes on").unwrap()
}

async fn uids(told: &mut mpsc::UnboundedReceiver<Told>, count: usize) -> Vec<u32> {
    let mut uids = Vec::new();
    while uids.len() < count {
        if let Told::Uid(uid) = next(told).await {
            uids.push(uid);
        }
    }
    uids
}

#[tokio::test]
async fn the_client_resumes_over_a_restart_of_the_gateway_and_its_own() {
    let world = World::new().await;
    let owner = world.owner().await;
    let mailbox = world.mailbox(&owner).await;
    let device = world.device(&owner, &[&mailbox]).await;
    let mut quick = config();
    quick.drain_spread = Duration::from_millis(10);
    let gateway = world.serve(quick.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("resume.json");

    let start = || {
        let (config, deps) = client(gateway.address, token(&device));
        let (sender, told) = mpsc::unbounded_channel();
        let (store, stop) = (Box::new(FileStore::new(&file)), CancellationToken::new());
        let stopping = stop.clone();
        let running =
            tokio::spawn(
                async move { run(config, deps, store, &mut Teller(sender), stopping).await },
            );
        (running, told, stop)
    };
    let (running, mut told, stop) = start();
    assert!(matches!(next(&mut told).await, Told::Connected));
    world.mails(&mailbox, 1..=3).await;
    assert_eq!(uids(&mut told, 3).await, [1, 2, 3]);

    gateway.shut_down().await;
    assert!(matches!(next(&mut told).await, Told::Disconnected));
    world.mails(&mailbox, 4..=5).await;
    let listener = TcpListener::bind(gateway.address).await.unwrap();
    let again = world.serve_on(listener, quick);
    assert_eq!(uids(&mut told, 2).await, [4, 5]);

    stop.cancel();
    running.await.unwrap().unwrap();
    world.mails(&mailbox, 6..=7).await;
    let (running, mut told, stop) = start();
    assert_eq!(uids(&mut told, 2).await, [6, 7]);
    stop.cancel();
    running.await.unwrap().unwrap();
    again.shut_down().await;
}

#[tokio::test]
async fn a_client_whose_token_is_refused_gives_up() {
    let world = World::new().await;
    let owner = world.owner().await;
    let mailbox = world.mailbox(&owner).await;
    let device = world.device(&owner, &[&mailbox]).await;
    let gateway = world.serve(config()).await;
    let forged = DeviceToken::mint(owner.id, device.device(), &SystemEntropy);
    let (config, deps) = client(gateway.address, token(&forged));
    let (sender, _told) = mpsc::unbounded_channel();
    let store = Box::new(MemoryStore::default());
    let stop = CancellationToken::new();
    let error = run(config, deps, store, &mut Teller(sender), stop)
        .await
        .unwrap_err();
    assert_eq!(error.kind, ClientErrorKind::Unauthenticated);
    assert!(!format!("{error:?}").contains(forged.expose()));
}

#[tokio::test]
async fn a_client_that_was_too_slow_has_the_gap_replayed() {
    let world = World::new().await;
    let owner = world.owner().await;
    let mailbox = world.mailbox(&owner).await;
    let (slow, fast) = (
        world.device(&owner, &[&mailbox]).await,
        world.device(&owner, &[&mailbox]).await,
    );
    let mut short = config();
    short.session_queue = 4;
    let gateway = world.serve(short).await;
    let (config, deps) = client(gateway.address, token(&slow));
    let (sender, mut told) = mpsc::unbounded_channel();
    let (stop, permits) = (CancellationToken::new(), Arc::new(Semaphore::new(0)));
    let mut idler = Idler(Teller(sender), permits.clone());
    let stopping = stop.clone();
    let running = tokio::spawn(async move {
        let store = Box::new(MemoryStore::default());
        run(config, deps, store, &mut idler, stopping).await
    });
    assert!(matches!(next(&mut told).await, Told::Connected));
    let mut phone = gateway.open(&fast, vec![]).await;
    phone.opening().await;
    let preview = "x".repeat(32 * 1024);
    for number in 1..=200 {
        world
            .append(&mailbox, vec![mailbox.mail(number, &preview)])
            .await;
        assert_eq!(phone.uids(1).await, [number]);
    }
    permits.add_permits(1000);
    assert!(uids(&mut told, 200).await.into_iter().eq(1..=200));
    let metrics = gateway.telemetry.render();
    assert!(!metrics.contains(r#"pushmail_resets_total{reason="slow_consumer"} 0"#));
    stop.cancel();
    running.await.unwrap().unwrap();
}
