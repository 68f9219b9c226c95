//! A log that lost events it had acknowledged.

use crate::faulty::Failure;
use crate::watcher::eventually;
use crate::world::{LIVE, Store, Told, World};
use pushmail_domain::{Position, Shard, WorkerId};
use pushmail_eventlog::EventLog as _;
use pushmail_registry::{Checkpoints as _, Flushed, ShardFlush};
use std::time::Duration;

const REGRESSIONS: &str = "pushmail_log_regressions_total";
const SWEEPS: &str = "pushmail_sweeps_total{outcome=\"ok\"}";
/// A record that explains why versions have none.
const EXPLAINS: Told = Told::Folder("cursor");

#[tokio::test(flavor = "multi_thread")]
async fn events_that_the_log_lost_are_announced_again_under_the_same_ids() {
    let mut world = World::new().await;
    let ann = world.account("ann").await;
    let bob = world.account("bob").await;
    let watcher = world.watch().await;
    world.expect(ann, &[LIVE]).await;
    let kept = Told::Mail(world.deliver("ann"));
    world.expect(ann, &[LIVE, kept]).await;
    world.expect(bob, &[LIVE]).await;
    watcher.drain().await;
    world.back_up(Store::Log).await;

    let watcher = world.watch().await;
    let lost = [(); 2].map(|()| Told::Mail(world.deliver("ann")));
    let before = world.expect(ann, &[LIVE, kept, lost[0], lost[1]]).await;
    watcher.drain().await;
    world.restore(Store::Log).await;
    world.expect(ann, &[LIVE, kept]).await;

    let watcher = world.watch().await;
    let after = world.expect(ann, &[LIVE, kept, lost[0], lost[1]]).await;
    let ids = |events: &[pushmail_eventlog::Stored]| -> Vec<_> {
        events.iter().map(|stored| stored.event.id).collect()
    };
    assert_eq!(ids(&before), ids(&after));
    assert_eq!(watcher.metric(REGRESSIONS), 1);
    assert_eq!(world.log.generation(Shard::of(ann).stream()), 2);
    // The other account lost nothing, and goes on in the new generation.
    let mail = Told::Mail(world.deliver("bob"));
    world.expect(bob, &[LIVE, mail]).await;
    watcher.drain().await;
    let position = world.checkpoint(ann).await.position.unwrap();
    assert_eq!(position.generation, 2);

    let watcher = world.watch().await;
    assert_eq!(watcher.metric(REGRESSIONS), 0);
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_restored_once_more_gets_a_generation_that_was_never_used() {
    let mut world = World::new().await;
    let account = world.account("ann").await;
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    watcher.drain().await;
    world.back_up(Store::Log).await;
    let mut mails = vec![LIVE];
    for generation in 1..=3 {
        let watcher = world.watch().await;
        mails.push(Told::Mail(world.deliver("ann")));
        world.expect(account, &mails).await;
        let stream = Shard::of(account).stream();
        assert_eq!(world.log.generation(stream), generation);
        watcher.drain().await;
        world.restore(Store::Log).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_ahead_of_the_log_is_not_believed() {
    let world = World::new().await;
    let account = world.account("ann").await;
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    let mail = Told::Mail(world.deliver("ann"));
    world.expect(account, &[LIVE, mail]).await;
    watcher.drain().await;

    let shard = Shard::of(account);
    let taken = world
        .log
        .take(shard, WorkerId::from_bytes([9; 16]))
        .await
        .unwrap();
    let mut ahead = world.checkpoint(account).await.accounts;
    let folders: Vec<_> = ahead[0].cursor.folders().collect();
    let beyond = folders.into_iter().map(|mut folder| {
        folder.uid_next += 100;
        folder
    });
    ahead[0].cursor = pushmail_domain::Cursor::new(500, beyond);
    let position = Position {
        stream: shard.stream(),
        generation: taken.epoch.generation,
        sequence: 1000,
    };
    let flush = ShardFlush {
        shard,
        epoch: taken.epoch,
        position,
        accounts: ahead,
    };
    assert_eq!(
        world.registry.flush(&[flush]).await.unwrap(),
        [Flushed::Stored]
    );

    let meanwhile = Told::Mail(world.deliver("ann"));
    let watcher = world.watch().await;
    world.expect(account, &[LIVE, mail, meanwhile]).await;
    assert_eq!(watcher.metric(REGRESSIONS), 1);
    watcher.drain().await;
    assert_eq!(
        world.checkpoint(account).await.accounts[0].cursor.version(),
        3
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_of_an_account_that_the_log_lost_altogether_is_told_again_even_after_a_restart() {
    let mut world = World::new().await;
    world.back_up(Store::Log).await;
    let account = world.account("ann").await;
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    let lost = Told::Mail(world.deliver("ann"));
    world.expect(account, &[LIVE, lost]).await;
    watcher.drain().await;
    world.restore(Store::Log).await;
    world.expect(account, &[]).await;

    // It finds the loss, flushes, and ends before the account can say so.
    world.log.set_full(true);
    let watcher = world.watch().await;
    assert_eq!(watcher.metric(REGRESSIONS), 1);
    watcher.drain().await;
    assert_eq!(
        world.checkpoint(account).await.position.unwrap().generation,
        2
    );
    world.log.set_full(false);

    // Where the folder was read to is not known: it is read from the time on at which the account was made.
    let watcher = world.watch().await;
    assert_eq!(watcher.metric(REGRESSIONS), 0);
    let again = [LIVE, Told::Folder("folder.reset"), lost];
    world.expect(account, &again).await;
    let next = Told::Mail(world.deliver("ann"));
    world.expect(account, &[&again[..], &[next]].concat()).await;
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_after_a_loss_hides_no_mail_that_was_lost_before() {
    let world = World::new().await;
    let account = world.account("ann").await;
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    let kept = Told::Mail(world.deliver("ann"));
    world.expect(account, &[LIVE, kept]).await;
    world.log.fail_next(Failure::Lied);
    let lost = Told::Mail(world.deliver("ann"));
    eventually("the lie is told", || world.log.appends().len() == 3).await;
    let after = Told::Mail(world.deliver("ann"));
    world
        .expect_after_a_lie(account, &[LIVE, kept, after])
        .await;

    world.log.fail_next(Failure::Regressed);
    let noticed = Told::Mail(world.deliver("ann"));
    // What the log has is not stored again, though it is read again.
    let all = [LIVE, kept, after, EXPLAINS, lost, noticed, EXPLAINS];
    world.expect(account, &all).await;
    assert_eq!(watcher.metric(REGRESSIONS), 1);
    watcher.drain().await;

    let watcher = world.watch().await;
    let next = Told::Mail(world.deliver("ann"));
    world.expect(account, &[&all[..], &[next]].concat()).await;
    assert_eq!(watcher.metric(REGRESSIONS), 0);
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_finds_what_was_acknowledged_and_never_stored() {
    let mut world = World::new().await;
    world.sweep_interval = Duration::from_millis(50);
    let account = world.account("ann").await;
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    world.log.fail_next(Failure::Lied);
    let lost = Told::Mail(world.deliver("ann"));
    // Nothing came after it: only its version tells that there was something.
    world.expect(account, &[LIVE, lost]).await;
    assert_eq!(watcher.metric(REGRESSIONS), 1);
    let swept = watcher.metric(SWEEPS);
    eventually("it is swept again", || watcher.metric(SWEEPS) > swept + 2).await;
    assert_eq!(watcher.metric(REGRESSIONS), 1);
    let next = Told::Mail(world.deliver("ann"));
    world.expect(account, &[LIVE, lost, next]).await;
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_owner_finds_what_the_log_lost_from_the_one_before() {
    let mut world = World::new().await;
    let account = world.account("ann").await;
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    world.log.fail_next(Failure::Lied);
    let lost = Told::Mail(world.deliver("ann"));
    eventually("the lie is told", || world.log.appends().len() == 2).await;
    let kept = Told::Mail(world.deliver("ann"));
    world.expect_after_a_lie(account, &[LIVE, kept]).await;
    watcher.drain().await;

    world.sweep_interval = Duration::from_millis(50);
    let watcher = world.watch().await;
    let events = [LIVE, kept, EXPLAINS, lost, EXPLAINS];
    world.expect(account, &events).await;
    assert_eq!(watcher.metric(REGRESSIONS), 1);
    watcher.drain().await;
}
