//! What the gateway does and does not do to a mail server that refuses.

use crate::server::Server;
use crate::watcher::{PATIENCE, Watcher, eventually};
use crate::world::{LIVE, Told, World, told};
use pushmail_domain::{AccountId, AccountPhase, DesiredState, Rejections};
use std::time::Duration;

const WRONG: &str = "NO [AUTHENTICATIONFAILED] no such user or password";
const RETRYING: Told = Told::State(AccountPhase::Retrying);
const NEEDS_ATTENTION: Told = Told::State(AccountPhase::NeedsAttention);

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// The account's status as last flushed; no watcher runs.
async fn rejections(world: &World, account: AccountId) -> Rejections {
    let checkpoint = world.checkpoint(account).await;
    let mut accounts = checkpoint.accounts.iter();
    let found = accounts.find(|checkpoint| checkpoint.account == account);
    found.unwrap().status.rejections
}

/// A watcher that has done what it has to at its start: bob, the last to be registered, idles.
async fn settled(world: &World, server: &Server) -> Watcher {
    let watcher = world.watch().await;
    eventually("bob idles", || server.idling() == 1).await;
    watcher
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_credential_is_tried_after_five_minutes_then_an_hour_then_no_more_over_restarts()
{
    let world = World::new().await;
    let server = Server::start(&[1]).await;
    server.refuse("ann", WRONG);
    let account = world.user_at("ann", server.addr).await;
    world.user_at("bob", server.addr).await;
    let watcher = settled(&world, &server).await;
    world.expect(account, &[NEEDS_ATTENTION]).await;
    watcher.drain().await;
    assert_eq!(rejections(&world, account).await.count, 1);

    let second = Duration::from_secs(1);
    let pauses = [minutes(2), minutes(3), minutes(60)];
    let tried_after = [1, 2, 3];
    for (pause, tried) in pauses.into_iter().zip(tried_after) {
        world.clock.advance(pause - second);
        let watcher = settled(&world, &server).await;
        assert_eq!(server.logins("ann"), tried.max(2) - 1, "before {pause:?}");
        watcher.drain().await;
        world.clock.advance(second);
        let watcher = settled(&world, &server).await;
        let rejected = "pushmail_upstream_connects_total{outcome=\"auth_rejected\"}";
        let counted = || watcher.metric(rejected) == i64::from(tried > 1);
        eventually("ann is tried", counted).await;
        assert_eq!(server.logins("ann"), tried);
        watcher.drain().await;
    }

    world.clock.advance(minutes(100_000));
    let watcher = settled(&world, &server).await;
    assert_eq!(server.logins("ann"), 3);
    watcher.drain().await;
    world.expect(account, &[NEEDS_ATTENTION]).await;
    let checkpoint = world.checkpoint(account).await;
    let status = &checkpoint.accounts[0].status;
    assert_eq!(status.phase, AccountPhase::NeedsAttention);
    let words = "not tried again until the account is changed";
    assert!(status.detail.contains(words), "{}", status.detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_account_is_tried_at_once_and_a_login_that_succeeds_ends_the_count() {
    let world = World::new().await;
    let server = Server::start(&[1]).await;
    server.refuse("ann", WRONG);
    let account = world.user_at("ann", server.addr).await;
    let watcher = world.watch().await;
    world.expect(account, &[NEEDS_ATTENTION]).await;

    server.welcome();
    let changed = world.set_desired(account, DesiredState::Active).await;
    watcher.nudge.notify_one();
    world.expect(account, &[NEEDS_ATTENTION, LIVE]).await;
    watcher.drain().await;
    let proven = Rejections {
        version: changed.version,
        ..Rejections::default()
    };
    assert_eq!(rejections(&world, account).await, proven);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_without_a_reason_is_not_counted_and_says_what_it_may_be() {
    let world = World::new().await;
    let server = Server::start(&[1]).await;
    server.refuse("ann", "NO Login failed.");
    let account = world.user_at("ann", server.addr).await;
    for tried in 1..=4 {
        let watcher = world.watch().await;
        eventually("ann is tried", || server.logins("ann") == tried).await;
        let events = world.expect(account, &[RETRYING]).await;
        let detail = world.detail(&events[0]);
        assert!(detail.contains("the password may be wrong"), "{detail}");
        let refused = "pushmail_upstream_connects_total{outcome=\"login_refused\"}";
        eventually("it is counted", || watcher.metric(refused) == 1).await;
        watcher.drain().await;
        assert_eq!(rejections(&world, account).await, Rejections::default());
    }
    server.welcome();
    let watcher = world.watch().await;
    world.expect(account, &[RETRYING, LIVE]).await;
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_a_provider_blames_no_account_and_ends_by_itself() {
    const ACCOUNTS: usize = 20;
    const FAILING: usize = 12;
    let world = World::new().await;
    let server = Server::start(&[1]).await;
    let mut accounts = Vec::new();
    for number in 0..ACCOUNTS {
        accounts.push(world.user_at(&format!("user{number}"), server.addr).await);
    }
    let watcher = world.watch().await;
    eventually("all idle", || server.idling() == ACCOUNTS).await;

    for number in 0..FAILING {
        server.refuse(&format!("user{number}"), WRONG);
    }
    server.set_down(false);
    let opened = "pushmail_breakers{position=\"opened\"}";
    eventually("the breaker opens", || watcher.metric(opened) == 1).await;
    let phase = |name: &str| watcher.metric(&format!("pushmail_accounts{{phase=\"{name}\"}}"));
    eventually("those without a connection are told so", || {
        usize::try_from(phase("retrying")).unwrap() + server.idling() == ACCOUNTS
    })
    .await;
    assert!(usize::try_from(phase("retrying")).unwrap() >= FAILING);
    let tried: usize = server.tried();

    server.welcome();
    assert_eq!(server.tried(), tried, "none goes out while it is open");
    eventually("all are back", || {
        world.clock.advance(Duration::from_millis(5));
        server.idling() == ACCOUNTS && phase("live") == 20
    })
    .await;
    watcher.drain().await;
    for account in accounts {
        let events = world.events(account).await;
        let told = told(&events);
        assert!(
            told == [LIVE] || told == [LIVE, RETRYING, LIVE],
            "blamed, or told too often: {told:?}"
        );
        if let Some(retrying) = events.get(1) {
            let detail = world.detail(retrying);
            assert!(detail.contains("many logins at 127.0.0.1 fail"), "{detail}");
        }
        assert_eq!(rejections(&world, account).await.count, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_has_no_more_connections_than_the_budget_allows() {
    let mut world = World::new().await;
    // One of them is for sessions.
    world.budget.connections_per_host = 4;
    let server = Server::start(&[1]).await;
    let mut accounts = Vec::new();
    for number in 0..5 {
        accounts.push(world.user_at(&format!("user{number}"), server.addr).await);
    }
    let watcher = world.watch().await;
    eventually("three idle", || server.idling() == 3).await;
    let live = |number: usize| server.logins(&format!("user{number}")) == 1;
    let (within, without): (Vec<usize>, Vec<usize>) = (0..5).partition(|number| live(*number));
    assert_eq!((within.len(), server.tried()), (3, 3));
    for number in without {
        until_it_waits_for_a_place(&world, accounts[number]).await;
    }

    world
        .set_desired(accounts[within[0]], DesiredState::Paused)
        .await;
    watcher.nudge.notify_one();
    eventually("another has its turn", || {
        server.tried() == 4 && server.idling() == 3
    })
    .await;
    assert_eq!(server.most_open(), 3);
    watcher.drain().await;
}

/// Waits until it is stored that the account waits for one of its host's connections.
async fn until_it_waits_for_a_place(world: &World, account: AccountId) {
    let waiting = async {
        loop {
            let checkpoint = world.checkpoint(account).await;
            let mut details = checkpoint.accounts.iter().map(|known| &known.status.detail);
            if details.any(|detail| detail.contains("upstream.budget")) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let said = tokio::time::timeout(PATIENCE, waiting).await;
    said.expect("it is said that the account waits, and for what");
}
