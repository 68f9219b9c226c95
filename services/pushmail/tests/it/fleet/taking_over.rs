//! Watchers that come, go and die.

use super::{Fleet, all_idle, shards as shards_of};
use crate::support::{text, until};

const MAILBOXES: usize = 8;

#[tokio::test]
async fn a_dead_watcher_s_mailboxes_are_taken_over_and_nothing_is_lost_or_doubled() {
    let Some(fleet) = Fleet::start().await else {
        return;
    };
    let mut first = fleet.join("watcher").await;
    let mut watched = fleet.watch(MAILBOXES).await;
    all_idle(&fleet.server, MAILBOXES).await;
    fleet.reaches_all(&mut watched, "before").await;
    let _second = fleet.join("watcher").await;
    first.kill().await;
    fleet.reaches_all(&mut watched, "meanwhile").await;
    all_idle(&fleet.server, MAILBOXES).await;
    fleet.reaches_all(&mut watched, "after").await;
}

#[tokio::test]
async fn a_second_watcher_gets_its_share_while_mail_goes_on() {
    let Some(fleet) = Fleet::start().await else {
        return;
    };
    let first = fleet.join("watcher").await;
    let mut watched = fleet.watch(MAILBOXES).await;
    all_idle(&fleet.server, MAILBOXES).await;
    let all = shards_of(&first);
    let second = fleet.join("watcher").await;
    until(async || {
        let (first, second) = (shards_of(&first), shards_of(&second));
        match first + second == all && second > 0 {
            true => Ok(()),
            false => Err(format!("{first} and {second} of {all} shards")),
        }
    })
    .await;
    fleet.reaches_all(&mut watched, "shared").await;
    all_idle(&fleet.server, MAILBOXES).await;
}

#[tokio::test]
async fn a_drained_watcher_hands_its_mailboxes_over() {
    let Some(fleet) = Fleet::start().await else {
        return;
    };
    let mut first = fleet.join("watcher").await;
    let mut watched = fleet.watch(MAILBOXES).await;
    all_idle(&fleet.server, MAILBOXES).await;
    fleet.reaches_all(&mut watched, "before").await;
    let all = shards_of(&first);
    let second = fleet.join("watcher").await;
    assert_eq!(first.terminate().await, Some(0));
    until(async || match shards_of(&second) {
        shards if shards == all => Ok(()),
        shards => Err(format!("{shards} of {all} shards")),
    })
    .await;
    fleet.reaches_all(&mut watched, "after").await;
    all_idle(&fleet.server, MAILBOXES).await;
}

#[tokio::test]
async fn an_operator_sees_the_fleet_and_drains_a_worker() {
    let Some(fleet) = Fleet::start().await else {
        return;
    };
    let first = fleet.join("watcher").await;
    let mut watched = fleet.watch(MAILBOXES).await;
    all_idle(&fleet.server, MAILBOXES).await;
    let workers = fleet.control.ctl(&["fleet", "workers"]).await;
    assert_eq!(workers.len(), 1);
    assert_eq!(
        (
            workers[0]["accounts"].as_u64(),
            workers[0]["shards"].as_u64()
        ),
        (Some(8), Some(4096))
    );
    let worker = text(&workers[0], "id").to_owned();
    let shards = fleet
        .control
        .ctl(&["fleet", "shards", "--worker", &worker])
        .await;
    assert_eq!(shards.len(), 4096);
    let accounts: u64 = shards
        .iter()
        .filter_map(|shard| shard["accounts"].as_u64())
        .sum();
    assert_eq!(accounts, 8);

    let second = fleet.join("watcher").await;
    fleet.control.ctl(&["fleet", "drain", &worker]).await;
    until(async || match (shards_of(&first), shards_of(&second)) {
        (0, second) if second > 0 => Ok(()),
        (first, second) => Err(format!("{first} and {second} shards")),
    })
    .await;
    fleet.reaches_all(&mut watched, "after").await;
    all_idle(&fleet.server, MAILBOXES).await;
}
