//! Sessions: as many as allowed, for as long as allowed.

use crate::world::{CONFIG, World, password, wanted};
use pushmail_domain::{Account, DesiredState, Security};
use pushmail_mailbox::{Mailbox as _, Part, ReadErrorKind};
use pushmail_mailbox_imap::Config;
use pushmail_mailsim::{Accounts, Credentials, Mailsim};
use pushmail_registry::Accounts as _;
use pushmail_testkit::MockClock;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

struct Setup {
    sim: Mailsim,
    world: World,
    logins: Arc<AtomicUsize>,
}

impl Setup {
    async fn new(config: Config) -> Self {
        let logins = Arc::new(AtomicUsize::new(0));
        let count = logins.clone();
        let mut mail = pushmail_mailsim::Config::new(Arc::new(MockClock::new()));
        mail.accounts = Accounts::checked_by(move |_, shown| {
            count.fetch_add(1, Ordering::SeqCst);
            shown == Credentials::Password("secret")
        });
        let sim = Mailsim::start(mail).await.unwrap();
        let world = World::new(Some(sim.ca_pem()), config).await;
        Self { sim, world, logins }
    }

    /// An account with one mail, and that one's UID.
    async fn account(&self, user: &str) -> (Account, u32) {
        let server = (self.sim.addr(), Security::Tls);
        let account = self.world.account(user, password("secret"), server).await;
        let mail = format!("Subject: for {user}\r\n\r\nHello\r\n");
        let delivered = self.sim.deliver(user, mail.into_bytes());
        (account, delivered.uid)
    }

    fn logins(&self) -> usize {
        self.logins.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn ten_requests_cost_one_login() {
    let setup = Setup::new(CONFIG).await;
    let (account, uid) = setup.account("ann").await;
    for _ in 0..10 {
        let read = setup.world.read(&account, wanted(uid, Part::Raw), 10);
        assert_eq!(read.await.unwrap().1, b"Subject: for ann\r\n\r\nHello\r\n");
    }
    assert_eq!(setup.logins(), 1);
}

#[tokio::test]
async fn a_server_that_ended_a_waiting_session_is_no_failure() {
    let setup = Setup::new(CONFIG).await;
    let (account, uid) = setup.account("ann").await;
    for logins in 1..=2 {
        let read = setup.world.read(&account, wanted(uid, Part::Headers), 10);
        assert_eq!(read.await.unwrap().1, b"Subject: for ann\r\n\r\n");
        assert_eq!(setup.logins(), logins);
        setup.sim.disconnect_all();
    }
}

#[tokio::test]
async fn reading_on_survives_the_end_of_a_waiting_session() {
    let setup = Setup::new(CONFIG).await;
    let (account, _) = setup.account("ann").await;
    let mail = [b"Subject: x\r\n\r\n".to_vec(), setup.world.bytes(9_000)].concat();
    let uid = setup.sim.deliver("ann", mail.clone()).uid;
    let mut raw = wanted(uid, Part::Raw);
    let mut all = Vec::new();
    for _ in 0..3 {
        let mut reading = setup.world.mailbox.open(&account, &raw).await.unwrap();
        let piece = reading.next(4_000).await.unwrap();
        raw.offset += piece.bytes.len() as u64;
        all.extend(piece.bytes);
        drop(reading);
        setup.sim.disconnect_all();
    }
    assert!(all == mail);
    assert!(setup.logins() >= 2);
}

#[tokio::test]
async fn a_changed_account_logs_in_anew_and_a_paused_one_not_at_all() {
    let setup = Setup::new(CONFIG).await;
    let (account, uid) = setup.account("ann").await;
    let world = &setup.world;
    let raw = wanted(uid, Part::Raw);
    world.read(&account, raw.clone(), 10).await.unwrap();
    let desire = |state| world.registry.set_desired(world.tenant, account.id, state);
    let paused = desire(DesiredState::Paused).await.unwrap();
    let refused = world.read(&paused, raw.clone(), 10).await.unwrap_err();
    assert_eq!(refused.kind, ReadErrorKind::Paused);
    let resumed = desire(DesiredState::Active).await.unwrap();
    world.read(&resumed, raw.clone(), 10).await.unwrap();
    assert_eq!(setup.logins(), 2);
}

#[tokio::test]
async fn a_rejected_credential_is_tried_once_until_the_account_changes() {
    let setup = Setup::new(CONFIG).await;
    let world = &setup.world;
    let server = (setup.sim.addr(), Security::Tls);
    let account = world.account("ann", password("wrong"), server).await;
    for _ in 0..3 {
        let read = world.read(&account, wanted(101, Part::Raw), 10).await;
        assert_eq!(read.unwrap_err().kind, ReadErrorKind::Credential);
    }
    assert_eq!(setup.logins(), 1);
    let resumed = world
        .registry
        .set_desired(world.tenant, account.id, DesiredState::Active);
    let resumed = resumed.await.unwrap();
    let read = world.read(&resumed, wanted(101, Part::Raw), 10).await;
    assert_eq!(read.unwrap_err().kind, ReadErrorKind::Credential);
    assert_eq!(setup.logins(), 2);
}

#[tokio::test]
async fn no_more_sessions_are_open_than_allowed() {
    let setup = Setup::new(Config {
        sessions: 2,
        sessions_per_account: 1,
        ..CONFIG
    })
    .await;
    let mailbox = &setup.world.mailbox;
    let (ann, of_ann) = setup.account("ann").await;
    let (bob, of_bob) = setup.account("bob").await;
    let (cleo, of_cleo) = setup.account("cleo").await;
    let (of_ann, of_bob) = (wanted(of_ann, Part::Raw), wanted(of_bob, Part::Raw));
    let of_cleo = wanted(of_cleo, Part::Raw);
    let held = mailbox.open(&ann, &of_ann).await.unwrap();
    let second = mailbox.open(&ann, &of_ann).await.err().unwrap();
    assert_eq!(second.kind, ReadErrorKind::Busy);
    assert!(second.message.contains("sessions_per_account"), "{second}");
    let waits = mailbox.open(&bob, &of_bob).await.unwrap();
    let third = mailbox.open(&cleo, &of_cleo).await.err().unwrap();
    assert!(third.message.contains("mailbox.sessions"), "{third}");
    // A session that only waits makes room.
    drop(waits);
    drop(mailbox.open(&cleo, &of_cleo).await.unwrap());
    drop(held);
    assert_eq!(setup.logins(), 3);
}

#[tokio::test]
async fn a_session_that_waited_long_enough_is_closed_and_all_are_in_a_drain() {
    let setup = Setup::new(Config {
        idle: Duration::from_millis(20),
        ..CONFIG
    })
    .await;
    let (account, uid) = setup.account("ann").await;
    let raw = wanted(uid, Part::Raw);
    setup.world.read(&account, raw.clone(), 10).await.unwrap();
    let closed = async {
        // Nobody announces the end of a wait: until it is over, a request goes on with the session.
        while setup.logins() < 2 {
            tokio::time::sleep(Duration::from_millis(60)).await;
            setup.world.read(&account, raw.clone(), 10).await.unwrap();
        }
    };
    let limit = Duration::from_secs(20);
    tokio::time::timeout(limit, closed).await.unwrap();
    let outcome = setup.world.lifecycle.shut_down(limit).await;
    assert_eq!(outcome, pushmail_runtime::Outcome::Clean);
}
