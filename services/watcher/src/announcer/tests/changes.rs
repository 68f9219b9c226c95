//! Flags and deletions.

use super::world::{
    SEEN, VALIDITY, World, flags, folder, inbox, key, mail, message, snapshot, vanished,
};
use pushmail_domain::{EventScope, FolderCursor, Timestamp};
use pushmail_upstream::Change;

#[tokio::test]
async fn flags_are_told_when_they_differ_from_what_is_remembered() {
    let mut world = World::live(EventScope::All).await;
    let told = key(&inbox(), 3);
    world.accept(vec![snapshot(&[(3, &[]), (5, SEEN)])]).await;
    assert_eq!(world.told().await, [""; 0], "nothing to compare with");
    world.accept(vec![flags(told, SEEN, None)]).await;
    world
        .accept(vec![flags(told, &["\\SEEN", "\\Recent"], None)])
        .await;
    world
        .accept(vec![flags(key(&inbox(), 5), SEEN, None)])
        .await;
    world.accept(vec![flags(told, &[], None)]).await;
    world.accept(vec![flags(told, SEEN, None)]).await;
    let expected = [
        "message.flags 3 \\Seen",
        "message.flags 3",
        "message.flags 3 \\Seen",
    ];
    assert_eq!(world.told().await, expected);
    let events = world.events().await;
    assert_ne!(events[0].event.id, events[2].event.id, "each change is one");
}

#[tokio::test]
async fn the_same_change_told_again_has_the_same_identity() {
    let mut world = World::live(EventScope::All).await;
    for _ in 0..2 {
        world
            .accept(vec![flags(key(&inbox(), 3), SEEN, Some(40))])
            .await;
    }
    // Nothing is remembered of the folder, so it is told again; the log knows it by its identity. That the second
    // has no record of its own is in the log, so that nobody takes it for lost.
    assert_eq!(world.told().await, ["message.flags 3 \\Seen", "cursor"]);
    let events = world.events().await;
    let (first, last) = (&events[0].event.cursor, &events[1].event.cursor);
    let second = first.version + 1;
    assert_eq!(last.absent, [second..=second].into_iter().collect());
    assert_eq!(last.version, second + 1);
}

#[tokio::test]
async fn how_far_changes_were_told_is_in_the_log_with_the_last_of_them() {
    let mut world = World::live(EventScope::All).await;
    let (folder, read_at) = (inbox().id, Timestamp::from_micros(2));
    let cursor = FolderCursor {
        mod_seq: 41,
        read_at,
        ..FolderCursor::starting(folder, VALIDITY, 10)
    };
    let changes = [(3, 40), (5, 41)].map(|(uid, at)| flags(key(&inbox(), uid), SEEN, Some(at)));
    let changes = changes.into_iter().chain([Change::Confirmed(cursor)]);
    world.accept(changes.collect()).await;
    world.own().await;
    let known = world.cursor(folder).map(|cursor| cursor.mod_seq);
    assert_eq!(known, Some(41), "they are not asked for again");
}

#[tokio::test]
async fn a_message_that_vanished_is_told_once() {
    let mut world = World::live(EventScope::All).await;
    world
        .accept(vec![snapshot(&[(3, &[]), (5, SEEN), (8, &[])])])
        .await;
    world.accept(vec![vanished(&inbox(), &[(3, 5)])]).await;
    world.accept(vec![vanished(&inbox(), &[(1, 5)])]).await;
    let expected = ["message.deleted 3", "message.deleted 5"];
    assert_eq!(world.told().await, expected, "4 never was");
}

#[tokio::test]
async fn without_a_memory_the_server_s_word_counts() {
    let mut world = World::live(EventScope::All).await;
    world.accept(vec![vanished(&inbox(), &[(3, 4)])]).await;
    assert_eq!(
        world.told().await,
        ["message.deleted 3", "message.deleted 4"]
    );
}

#[tokio::test]
async fn more_than_can_be_told_one_by_one_is_one_resync() {
    let mut world = World::live(EventScope::All).await;
    world.accept(vec![snapshot(&[(3, &[]), (5, SEEN)])]).await;
    let (folder, noticed_at) = (inbox().id, Timestamp::from_micros(2));
    let resync = Change::Resync { folder, noticed_at };
    let now = snapshot(&[(5, &[])]);
    world
        .accept(vec![resync, now, vanished(&inbox(), &[(3, 5)])])
        .await;
    let expected = ["folder.resync INBOX", "message.deleted 5"];
    assert_eq!(world.told().await, expected, "the resync tells the rest");
    world
        .accept(vec![vanished(&inbox(), &[(1, 4_000_000_000)])])
        .await;
    assert_eq!(
        world.told().await,
        expected,
        "nothing else is known to be there"
    );
    world
        .accept(vec![Change::Resync { folder, noticed_at }])
        .await;
    world.accept(vec![vanished(&inbox(), &[(1, 501)])]).await;
    assert_eq!(world.told().await[2..], ["folder.resync INBOX"; 2]);
}

#[tokio::test]
async fn two_snapshots_tell_what_changed_between_them() {
    let mut world = World::live(EventScope::All).await;
    world
        .accept(vec![snapshot(&[(3, &[]), (5, SEEN), (8, &[])])])
        .await;
    world.accept(vec![snapshot(&[(3, SEEN), (8, &[])])]).await;
    let expected = ["message.deleted 5", "message.flags 3 \\Seen"];
    assert_eq!(world.told().await, expected);
    world.accept(vec![snapshot(&[(3, SEEN), (8, &[])])]).await;
    assert_eq!(world.told().await, expected);
}

#[tokio::test]
async fn a_message_that_comes_after_a_snapshot_of_the_same_moment_is_remembered() {
    let mut world = World::live(EventScope::All).await;
    let new = message(mail(key(&inbox(), 10), "a"));
    world.accept(vec![snapshot(&[(3, &[])]), new]).await;
    world.accept(vec![snapshot(&[(3, &[])])]).await;
    assert_eq!(
        world.told().await,
        ["message.new 10 INBOX a@x", "message.deleted 10"]
    );
}

#[tokio::test]
async fn a_new_owner_remembers_what_was_flushed_and_what_was_not() {
    for flushed in [true, false] {
        let mut world = World::live(EventScope::All).await;
        world.accept(vec![snapshot(&[(3, &[]), (5, &[])])]).await;
        // What was learned without an event is stored with the checkpoint only.
        world.flush().await;
        world.accept(vec![vanished(&inbox(), &[(3, 3)])]).await;
        world
            .accept(vec![message(mail(key(&inbox(), 10), "a"))])
            .await;
        if flushed {
            world.flush().await;
        }
        world.own().await;
        world.accept(vec![snapshot(&[(5, SEEN)])]).await;
        let expected = [
            "message.deleted 3",
            "message.new 10 INBOX a@x",
            "message.deleted 10",
            "message.flags 5 \\Seen",
        ];
        assert_eq!(world.told().await, expected, "flushed: {flushed}");
    }
}

#[tokio::test]
async fn with_new_mail_only_changes_are_not_told_and_cursors_move_all_the_same() {
    let mut world = World::live(EventScope::New).await;
    let confirmed = FolderCursor {
        mod_seq: 90,
        read_at: Timestamp::from_micros(i64::MAX),
        ..FolderCursor::starting(inbox().id, VALIDITY, 10)
    };
    let (folder, noticed_at) = (inbox().id, Timestamp::from_micros(2));
    world
        .accept(vec![
            snapshot(&[(3, &[]), (5, SEEN)]),
            flags(key(&inbox(), 3), SEEN, Some(90)),
            vanished(&inbox(), &[(3, 5)]),
            snapshot(&[]),
            Change::Resync { folder, noticed_at },
            Change::Confirmed(confirmed),
        ])
        .await;
    assert_eq!(world.told().await, [""; 0]);
    assert_eq!(world.cursor(folder), Some(confirmed));
    world.flush().await;
    world.own().await;
    assert_eq!(world.cursor(folder), Some(confirmed), "it was flushed");
}

#[tokio::test]
async fn a_cursor_that_is_confirmed_before_an_event_does_not_go_back_behind_it() {
    let mut world = World::live(EventScope::New).await;
    let confirmed = FolderCursor::starting(inbox().id, VALIDITY, 10);
    let new = message(mail(key(&inbox(), 10), "a"));
    world.accept(vec![Change::Confirmed(confirmed), new]).await;
    assert_eq!(world.cursor(inbox().id).unwrap().uid_next, 11);
    let other = folder(2, "Gone");
    let gone = Change::FolderDeleted {
        folder: other.clone(),
    };
    let confirmed = FolderCursor::starting(other.id, VALIDITY, 10);
    world.accept(vec![Change::Confirmed(confirmed), gone]).await;
    assert_eq!(world.cursor(other.id), None);
}
