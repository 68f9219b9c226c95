//! Which messages are news.

use super::world::{VALIDITY, World, folder, inbox, key, mail, message};
use pushmail_domain::{EventScope, FolderCursor, MessageKey, Timestamp};
use pushmail_upstream::{Change, NewMessage};
use std::time::Duration;

const REBUILT: u32 = VALIDITY + 1;

/// INBOX as it was read before, made anew with three messages.
fn reset(world: &World) -> Change {
    let before = world.cursor(inbox().id).unwrap();
    Change::FolderReset(FolderCursor {
        read_at: before.read_at,
        rebuilt_below: 4,
        ..FolderCursor::starting(inbox().id, REBUILT, 1)
    })
}

/// A message of the folder made anew, which came so many seconds after the last read.
fn again(world: &World, uid: u32, id: &str, seconds: i64) -> NewMessage {
    let read = world.cursor(inbox().id).unwrap().read_at.micros();
    let key = MessageKey {
        uid_validity: REBUILT,
        ..key(&inbox(), uid)
    };
    NewMessage {
        internal_date: Some(Timestamp::from_micros(read + seconds * 1_000_000)),
        fetched_at: Timestamp::from_micros(read + 3_600_000_000),
        ..mail(key, id)
    }
}

#[tokio::test]
async fn of_a_folder_made_anew_only_newer_and_unknown_messages_are_told() {
    for crashing in [false, true] {
        let mut world = World::live(EventScope::New).await;
        world
            .accept(vec![message(mail(key(&inbox(), 10), "known"))])
            .await;
        world.clock.advance(Duration::from_secs(60));
        let old = again(&world, 1, "old", -3600);
        let known = again(&world, 2, "known", 10);
        let unknown = again(&world, 3, "unknown", 10);
        let later = again(&world, 4, "old", -3600);
        let reset = reset(&world);
        world.accept(vec![reset, message(old)]).await;
        if crashing {
            world.own().await;
        }
        assert_eq!(world.cursor(inbox().id).unwrap().uid_validity, REBUILT);
        world
            .accept(vec![message(known), message(unknown), message(later)])
            .await;
        let expected = [
            "message.new 10 INBOX known@x",
            "folder.reset INBOX",
            "message.new 3 INBOX unknown@x",
            // It came after the folder was made anew, whatever its date is.
            "message.new 4 INBOX old@x",
        ];
        assert_eq!(world.told().await, expected, "crashing: {crashing}");
        let cursor = world.cursor(inbox().id).unwrap();
        assert_eq!((cursor.uid_validity, cursor.uid_next), (REBUILT, 5));
    }
}

#[tokio::test]
async fn what_is_known_moves_the_cursor_without_an_event() {
    let mut world = World::live(EventScope::New).await;
    let (reset, old) = (reset(&world), again(&world, 2, "old", -3600));
    let read_at = world.cursor(inbox().id).unwrap().read_at;
    world.accept(vec![reset, message(old)]).await;
    assert_eq!(world.told().await, ["folder.reset INBOX"]);
    let cursor = world.cursor(inbox().id).unwrap();
    assert_eq!((cursor.uid_next, cursor.read_at), (3, read_at));
}

fn copy(folder: &pushmail_domain::Folder, uid: u32, id: &str) -> Change {
    message(NewMessage {
        provider_message_id: id.to_owned(),
        ..mail(key(folder, uid), "same")
    })
}

#[tokio::test]
async fn copies_of_a_gmail_message_are_one_notification_across_owners() {
    let mut world = World::new(EventScope::New).await;
    let label = folder(2, "Work");
    let start = |folder: &pushmail_domain::Folder| FolderCursor::starting(folder.id, VALIDITY, 1);
    let baselines = vec![start(&inbox()), start(&label)];
    world.go_live(vec![inbox(), label.clone()], baselines).await;
    let gmail = "1278455344230334865";
    world.accept(vec![copy(&inbox(), 1, gmail)]).await;
    world.own().await;
    world.accept(vec![copy(&label, 1, gmail)]).await;
    assert_eq!(world.told().await, ["message.new 1 INBOX same@x"]);
    assert_eq!(world.cursor(label.id).unwrap().uid_next, 2);

    // Elsewhere a copy is a message of its own.
    world
        .accept(vec![
            copy(&inbox(), 2, "M6d99ac3275bb4e"),
            copy(&label, 2, "M6d99ac3275bb4e"),
        ])
        .await;
    assert_eq!(
        world.told().await[1..],
        ["message.new 2 INBOX same@x", "message.new 2 Work same@x"]
    );
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_told_without_what_it_says() {
    let mut world = World::live(EventScope::New).await;
    let unreadable = NewMessage {
        unreadable: true,
        ..mail(key(&inbox(), 10), "a")
    };
    world.accept(vec![message(unreadable)]).await;
    assert_eq!(world.told().await, ["message.new 10 INBOX"]);
    assert_eq!(world.cursor(inbox().id).unwrap().uid_next, 11);
}
