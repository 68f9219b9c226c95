//! Appends whose answer is lost, and a log without room.

use crate::faulty::Failure;
use crate::watcher::{Watcher, eventually, metric};
use crate::world::{LIVE, Told, World, told};
use pushmail_domain::AccountId;

async fn live() -> (World, AccountId, Watcher) {
    let world = World::new().await;
    let account = world.account("ann").await;
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    world.sim.wait_idling(1).await;
    (world, account, watcher)
}

/// One mail meets the failures, another one comes after it; both are there once, and a restart finds
/// nothing more to tell.
async fn survives(world: World, account: AccountId, watcher: Watcher) -> Vec<usize> {
    let first = Told::Mail(world.deliver("ann"));
    world.expect(account, &[LIVE, first]).await;
    let second = Told::Mail(world.deliver("ann"));
    world.expect(account, &[LIVE, first, second]).await;
    let published = "pushmail_events_published_total{type=\"message.new\"}";
    eventually("both count as published", || watcher.metric(published) == 2).await;
    watcher.drain().await;
    let appends = world.log.appends();

    let third = Told::Mail(world.deliver("ann"));
    let watcher = world.watch().await;
    world.expect(account, &[LIVE, first, second, third]).await;
    watcher.drain().await;
    appends
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_whose_answer_was_lost_is_found_stored_and_not_sent_again() {
    let (world, account, watcher) = live().await;
    world.log.fail_next(Failure::AnswerLost);
    let appends = survives(world, account, watcher).await;
    assert_eq!(appends, [1, 1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_that_was_lost_on_the_way_is_sent_again() {
    let (world, account, watcher) = live().await;
    world.log.fail_next(Failure::RequestLost);
    let appends = survives(world, account, watcher).await;
    assert_eq!(appends, [1, 1, 1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_again_before_it_is_known_whether_it_was_stored() {
    let (world, account, watcher) = live().await;
    world.log.fail_next(Failure::AnswerLost);
    world.log.set_unreadable(2);
    let appends = survives(world, account, watcher).await;
    assert_eq!(appends, [1, 1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_baseline_whose_answer_was_lost_holds() {
    let world = World::new().await;
    let account = world.account("ann").await;
    world.log.fail_next(Failure::AnswerLost);
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    let mail = Told::Mail(world.deliver("ann"));
    world.expect(account, &[LIVE, mail]).await;
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_wait_for_a_full_log_and_go_on_when_it_has_room() {
    const ACCOUNTS: usize = 40;
    const MAILS: usize = 4;
    let world = World::new().await;
    let accounts = world.accounts_of_one_shard(ACCOUNTS).await;
    let watcher = world.watch().await;
    for account in &accounts {
        world.expect(*account, &[LIVE]).await;
    }
    world.sim.wait_idling(ACCOUNTS).await;
    world.log.set_full(true);
    let mut expected = vec![vec![LIVE]; ACCOUNTS];
    for _ in 0..MAILS {
        for (user, expected) in expected.iter_mut().enumerate() {
            expected.push(Told::Mail(world.deliver(&format!("user{user}"))));
        }
    }
    let refused = "pushmail_append_failures_total{kind=\"full\"}";
    eventually("the log refuses", || watcher.metric(refused) >= 3).await;
    assert!(watcher.metric("pushmail_publish_queue") <= 100);
    assert_eq!(told(&world.events(accounts[0]).await), [LIVE]);

    // Batches of many accounts whose answers are lost are settled as single appends are.
    world.log.fail_next(Failure::AnswerLost);
    world.log.fail_next(Failure::RequestLost);
    world.log.set_full(false);
    for (account, expected) in accounts.iter().zip(&expected) {
        world.expect(*account, expected).await;
    }
    assert!(
        world
            .log
            .appends()
            .iter()
            .all(|size| (1..=100).contains(size))
    );
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_that_drains_while_the_log_is_full_loses_nothing() {
    let (world, account, watcher) = live().await;
    world.log.set_full(true);
    let mail = Told::Mail(world.deliver("ann"));
    let refused = "pushmail_append_failures_total{kind=\"full\"}";
    eventually("the log refuses", || watcher.metric(refused) >= 1).await;
    let telemetry = watcher.telemetry.clone();
    watcher.drain().await;
    // What was detected and not published counts as to be read again.
    let count = |name: &str| metric(&telemetry, name);
    assert_eq!(
        count("pushmail_events_detected_total{type=\"message.new\"}"),
        1
    );
    assert_eq!(
        count("pushmail_events_published_total{type=\"message.new\"}"),
        0
    );
    assert_eq!(
        count("pushmail_events_coalesced_total{reason=\"dirty\"}"),
        1
    );
    world.log.set_full(false);
    let watcher = world.watch().await;
    world.expect(account, &[LIVE, mail]).await;
    watcher.drain().await;
}
