//! What a new account says first, and what it says of mail.

use crate::watcher::eventually;
use crate::world::{LIVE, Told, World, folder_of};
use pushmail_domain::FolderCursor;

#[tokio::test(flavor = "multi_thread")]
async fn the_event_that_says_live_commits_the_baseline_and_only_later_mail_is_announced() {
    let world = World::new().await;
    let before = [world.deliver("ann"), world.deliver("ann")];
    let account = world.account("ann").await;
    let watcher = world.watch().await;
    let live = world.expect(account, &[LIVE]).await;
    let uid_validity = live[0].event.cursor.folders[0].uid_validity;
    let uid_next = u64::from(before[1]) + 1;
    let baseline = FolderCursor {
        // What it holds counts as read.
        read_at: live[0].event.detected_at,
        ..FolderCursor::starting(folder_of(account, 1_700_000_000), uid_validity, uid_next)
    };
    assert_eq!(live[0].event.cursor.folders, [baseline]);

    let uids = [(); 3].map(|()| world.deliver("ann"));
    let [first, second, third] = uids.map(Told::Mail);
    let events = world.expect(account, &[LIVE, first, second, third]).await;
    for (stored, uid) in events[1..].iter().zip(uids) {
        let after = FolderCursor {
            uid_next: u64::from(uid) + 1,
            read_at: stored.event.fetched_at,
            ..baseline
        };
        assert_eq!(stored.event.cursor.folders, [after]);
    }
    let published = "pushmail_events_published_total{type=\"message.new\"}";
    eventually("they are counted", || watcher.metric(published) == 3).await;
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_made_while_the_watcher_runs_is_watched_too() {
    let world = World::new().await;
    let watcher = world.watch().await;
    let account = world.account("ann").await;
    watcher.nudge.notify_one();
    world.expect(account, &[LIVE]).await;
    let uid = world.deliver("ann");
    world.expect(account, &[LIVE, Told::Mail(uid)]).await;
    watcher.drain().await;
}
