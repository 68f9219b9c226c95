//! Accounts at a simulated server of Exchange ActiveSync, which notes whatever a client does wrong.

use crate::watcher::{Watcher, eventually};
use crate::world::{LIVE, PASSWORD, TOKEN, Told, World, told};
use pushmail_domain::{AccountId, AccountPhase, Authentication, Protocol, Secret, Security};
use pushmail_eventlog::Stored;
use pushmail_mailsim::eas::{Command, Config, Fault, ProtocolVersion, StaleKey, Wipe, Wiped};
use pushmail_registry::Accounts as _;

const MAIL: Told = Told::Folder("message.new");
const CURSOR: Told = Told::Folder("cursor");

/// A world whose mail server speaks ActiveSync too.
async fn world(config: Config) -> World {
    World::with_mail(|mail| mail.eas = Some(config)).await
}

async fn account(world: &World) -> AccountId {
    let password = Secret::new(PASSWORD.to_owned());
    account_with(world, Authentication::Password(password)).await
}

/// The account, which shows this.
async fn account_with(world: &World, credential: Authentication) -> AccountId {
    let id = world.new_id();
    let protocol = Protocol::Eas {
        path: "/Microsoft-Server-ActiveSync".to_owned(),
    };
    let addr = world.sim.eas().addr().unwrap();
    let server = (protocol, addr, Security::Tls);
    world.register_at(id, "ann", credential, server).await;
    id
}

/// What devices are told.
fn delivered(events: &[Stored]) -> Vec<Told> {
    let mut told = told(events);
    told.retain(|told| *told != CURSOR);
    told
}

/// Waits until devices were told as much as this, which has to be all.
async fn expect(world: &World, account: AccountId, expected: &[Told]) {
    let enough = |events: &[Stored]| delivered(events).len() >= expected.len();
    let events = world.events_when(account, enough).await;
    assert_eq!(delivered(&events), expected);
}

/// Waits until a Ping waits.
async fn pinging(world: &World) {
    eventually("a Ping waits", || world.sim.parked() == 1).await;
}

/// An account whose Ping waits, and its watcher.
async fn waiting(world: &World) -> (AccountId, Watcher) {
    let account = account(world).await;
    let watcher = world.watch().await;
    expect(world, account, &[LIVE]).await;
    pinging(world).await;
    (account, watcher)
}

fn nothing_wrong(world: &World) {
    assert_eq!(world.sim.eas().mistakes("ann"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn in_every_version_only_mail_from_after_the_baseline_is_told_and_no_rule_is_broken() {
    for version in [
        ProtocolVersion::V2_5,
        ProtocolVersion::V12_0,
        ProtocolVersion::V12_1,
        ProtocolVersion::V14_0,
        ProtocolVersion::V14_1,
        ProtocolVersion::V16_0,
        ProtocolVersion::V16_1,
    ] {
        let world = world(Config {
            versions: vec![version],
            ..Config::default()
        })
        .await;
        world.deliver("ann");
        let account = account(&world).await;
        let watcher = world.watch().await;
        expect(&world, account, &[LIVE]).await;
        pinging(&world).await;
        world.deliver("ann");
        expect(&world, account, &[LIVE, MAIL]).await;
        pinging(&world).await;
        world.deliver("ann");
        expect(&world, account, &[LIVE, MAIL, MAIL]).await;
        nothing_wrong(&world);
        watcher.drain().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_while_nobody_watched_is_told_once_by_the_next_owner() {
    let world = world(Config::default()).await;
    let (account, watcher) = waiting(&world).await;
    world.deliver("ann");
    expect(&world, account, &[LIVE, MAIL]).await;
    watcher.drain().await;
    world.deliver("ann");
    let watcher = world.watch().await;
    expect(&world, account, &[LIVE, MAIL, MAIL]).await;
    pinging(&world).await;
    expect(&world, account, &[LIVE, MAIL, MAIL]).await;
    nothing_wrong(&world);
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_loses_nothing_and_tells_nothing_twice() {
    let world = world(Config::default()).await;
    let (account, watcher) = waiting(&world).await;
    world.deliver("ann");
    expect(&world, account, &[LIVE, MAIL]).await;
    pinging(&world).await;
    let refused = Fault::Folders(3).on([Command::Sync]).times(1);
    world.sim.eas().spoil(Some("ann"), refused);
    world.deliver("ann");
    expect(&world, account, &[LIVE, MAIL, MAIL]).await;
    pinging(&world).await;
    expect(&world, account, &[LIVE, MAIL, MAIL]).await;
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_closes_after_each_answer_or_changes_its_policy_is_gone_along_with() {
    let world = world(Config::default()).await;
    world.sim.eas().spoil(None, Fault::Close);
    let (account, watcher) = waiting(&world).await;
    world.deliver("ann");
    expect(&world, account, &[LIVE, MAIL]).await;
    pinging(&world).await;
    world.sim.eas().change_policy(None, StaleKey::Invalid);
    world.deliver("ann");
    expect(&world, account, &[LIVE, MAIL, MAIL]).await;
    let devices = world.sim.eas().devices("ann");
    assert_eq!(devices.len(), 1, "{devices:?}");
    assert_eq!(devices[0].kind, "pushmail");
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_while_a_ping_waits_is_made_anew() {
    let world = world(Config::default()).await;
    let account = account(&world).await;
    let watcher = world.watch().await;
    expect(&world, account, &[LIVE]).await;
    for mails in 1..=3 {
        pinging(&world).await;
        world.sim.disconnect_all();
        world.deliver("ann");
        let mut expected = vec![LIVE];
        expected.extend(vec![MAIL; mails]);
        expect(&world, account, &expected).await;
    }
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_device_needs_attention_and_the_detail_says_whose() {
    let world = world(Config::default()).await;
    world.sim.eas().spoil(None, Fault::Status(129));
    let account = account(&world).await;
    let watcher = world.watch().await;
    let attention = Told::State(AccountPhase::NeedsAttention);
    let events = world
        .events_when(account, |events| told(events).contains(&attention))
        .await;
    let detail = world.detail(events.last().unwrap());
    assert!(detail.contains("allow the device"), "{detail}");
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_is_shown_with_every_request_and_one_that_is_refused_needs_a_new_one() {
    let token = |token: &str| Authentication::AccessToken(Secret::new(token.to_owned()));
    let fine = world(Config::default()).await;
    let account = account_with(&fine, token(TOKEN)).await;
    let watcher = fine.watch().await;
    expect(&fine, account, &[LIVE]).await;
    pinging(&fine).await;
    fine.deliver("ann");
    expect(&fine, account, &[LIVE, MAIL]).await;
    nothing_wrong(&fine);
    watcher.drain().await;

    let refused = world(Config::default()).await;
    let account = account_with(&refused, token("ya29.yesterday")).await;
    let watcher = refused.watch().await;
    let attention = Told::State(AccountPhase::NeedsAttention);
    let said = |events: &[Stored]| told(events).contains(&attention);
    let events = refused.events_when(account, said).await;
    let detail = refused.detail(events.last().unwrap());
    assert!(detail.contains("set a new one"), "{detail}");
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remote_wipe_erases_all_of_the_account_and_is_acknowledged_and_the_last_of_it() {
    let world = world(Config::default()).await;
    let (account, watcher) = waiting(&world).await;
    world.deliver("ann");
    expect(&world, account, &[LIVE, MAIL]).await;
    pinging(&world).await;
    world.sim.eas().wipe("ann", Some(Wipe::Device));
    world.deliver("ann");
    let done = Wiped {
        what: Wipe::Device,
        done: true,
    };
    let wiped = || world.sim.eas().devices("ann")[0].wiped;
    eventually("it is acknowledged", || wiped() == Some(done)).await;
    nothing_left(&world, account).await;
    nothing_wrong(&world);
    watcher.drain().await;

    let logins = world.logins();
    let watcher = world.watch().await;
    let begun = "pushmail_accounts{phase=\"wiped\"}";
    eventually("it has begun", || watcher.metric(begun) == 1).await;
    watcher.drain().await;
    assert_eq!(world.logins(), logins, "it is not connected again");
    nothing_left(&world, account).await;
}

/// Of a wiped account there is the event that says so, and neither credential nor folders nor cursors of these.
async fn nothing_left(world: &World, account: AccountId) {
    let events = world.events(account).await;
    assert_eq!(told(&events), [Told::State(AccountPhase::Wiped)]);
    let registry = &world.registry;
    let credential = registry.credential(world.tenant, account).await;
    assert_eq!(credential.unwrap(), Some(Vec::new()));
    let left = registry.account(world.tenant, account).await;
    assert_eq!(left.unwrap().unwrap().folders, []);
    let left = events[0].event.cursor.syncs.iter();
    assert_eq!(left.filter(|sync| sync.folder.is_some()).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_server_is_left_alone_and_then_served_again() {
    let world = world(Config::default()).await;
    let (account, watcher) = waiting(&world).await;
    let busy = Fault::Unavailable {
        retry_after: Some(1),
        throttle: None,
    };
    world
        .sim
        .eas()
        .spoil(None, busy.on([Command::Sync]).times(1));
    world.deliver("ann");
    expect(&world, account, &[LIVE, MAIL]).await;
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_is_told_while_the_registry_is_away() {
    let world = world(Config::default()).await;
    let account = account(&world).await;
    let _watcher = world.watch().await;
    expect(&world, account, &[LIVE]).await;
    pinging(&world).await;
    world.registry.close().await;
    for mails in 1..=2 {
        world.deliver("ann");
        let mut expected = vec![LIVE];
        expected.extend(vec![MAIL; mails]);
        expect(&world, account, &expected).await;
        pinging(&world).await;
    }
    // On another connection too.
    world.sim.disconnect_all();
    world.deliver("ann");
    expect(&world, account, &[LIVE, MAIL, MAIL, MAIL]).await;
}
