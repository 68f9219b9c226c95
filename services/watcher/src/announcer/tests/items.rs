//! Items of a mailbox whose server counts by keys, and the keys.

use super::world::World;
use pushmail_domain::{
    Collection, EventScope, Folder, FolderId, ItemClass, Marks, SyncCursor, Timestamp,
};
use pushmail_upstream::Change;
use pushmail_upstream::item::{Item, ItemChange, ItemView, ItemWhat, Mail};

const HOUR: i64 = 3_600_000_000;

fn folder(number: u8, name: &str) -> Folder {
    let collection = Collection {
        server_id: number.to_string(),
        class: ItemClass::Message,
    };
    Folder {
        collection: Some(Box::new(collection)),
        ..Folder::new(FolderId::from_bytes([number; 16]), name)
    }
}

fn inbox() -> Folder {
    folder(5, "Inbox")
}

fn key(folder: Option<FolderId>, key: &str) -> SyncCursor {
    SyncCursor {
        folder,
        key: key.into(),
        ..SyncCursor::beginning(inbox().id)
    }
}

fn synced(name: &str) -> Change {
    Change::Synced(key(Some(inbox().id), name))
}

fn item(server_id: &str, what: ItemWhat) -> ItemChange {
    ItemChange {
        folder: inbox().id,
        class: ItemClass::Message,
        server_id: server_id.to_owned(),
        generation: 0,
        sync_key: "k1".into(),
        rebuilt: None,
        what,
        noticed_at: Timestamp::from_micros(2),
        fetched_at: Timestamp::from_micros(2),
    }
}

/// A mail that came at this hour, whose Message-ID is `<id@x>`.
fn new(server_id: &str, id: &str, hour: i64) -> ItemChange {
    let mail = Mail {
        head: format!("Message-ID: <{id}@x>\r\nSubject: hello\r\n\r\nHello").into_bytes(),
        received: Some(Timestamp::from_micros(hour * HOUR)),
        ..Mail::default()
    };
    let view = ItemView::Mail(Box::new(mail));
    let hash = [0; 16];
    item(server_id, ItemWhat::New(Box::new(Item { hash, view })))
}

fn told(change: ItemChange) -> Change {
    Change::Item(Box::new(change))
}

/// An account whose inbox was read up to `k1`.
async fn live(events: EventScope) -> World {
    let mut world = World::new(events).await;
    let live = Change::Live {
        folders: vec![inbox()],
        baselines: Vec::new(),
        syncs: vec![key(Some(inbox().id), "k1")],
        missing: Vec::new(),
        left_out: 0,
    };
    world
        .accept(vec![live, Change::Synced(key(None, "1"))])
        .await;
    world
}

#[tokio::test]
async fn the_last_event_of_a_window_carries_its_key() {
    let mut world = live(EventScope::All).await;
    let marks = Marks {
        seen: Some(true),
        flagged: None,
    };
    let window = vec![
        told(new("5:1", "a", 1)),
        told(item("5:0", ItemWhat::Marked(marks))),
        told(item("5:2", ItemWhat::Deleted)),
        synced("k2"),
    ];
    world.accept(window).await;
    let expected = [
        "cursor",
        "message.new 5:1 a@x",
        "message.flags 5:0 Marks { seen: Some(true), flagged: None }",
        "message.deleted 5:2",
    ];
    assert_eq!(world.told().await, expected);
    // Nothing was flushed: a new owner has it from the log.
    world.own().await;
    assert_eq!(world.sync(Some(inbox().id)).unwrap().key.as_ref(), "k2");
    assert_eq!(world.sync(None).unwrap().key.as_ref(), "1");
}

#[tokio::test]
async fn a_window_without_news_has_its_key_in_a_record_that_nobody_is_told() {
    let mut world = live(EventScope::All).await;
    world.accept(vec![synced("k2")]).await;
    world.own().await;
    assert_eq!(world.sync(Some(inbox().id)).unwrap().key.as_ref(), "k2");
    let events = world.events().await;
    assert!(
        events
            .iter()
            .all(|stored| !stored.event.kind.is_delivered())
    );
}

#[tokio::test]
async fn the_list_s_key_is_in_the_log_only_when_its_folders_are_registered() {
    let mut world = live(EventScope::All).await;
    let lists = folder(8, "Lists");
    let changes = vec![
        Change::CollectionCreated(lists.clone()),
        Change::Synced(key(None, "2")),
    ];
    world.accept(changes).await;
    assert_eq!(world.registered().await.folders, [inbox(), lists.clone()]);
    assert_eq!(
        world.told().await,
        ["cursor", "folder.created Lists", "cursor"]
    );
    world.own().await;
    let begun = world.sync(Some(lists.id)).unwrap();
    assert_eq!(begun.key.as_ref(), SyncCursor::BEGINNING);
    assert_eq!(world.sync(None).unwrap().key.as_ref(), "2");

    let gone = Change::FolderDeleted {
        folder: lists.clone(),
    };
    world.accept(vec![gone]).await;
    assert_eq!(world.sync(Some(lists.id)), None);
    assert_eq!(world.registered().await.folders, [inbox()]);
}

#[tokio::test]
async fn after_a_refused_key_only_what_came_since_and_was_not_told_is_news() {
    let mut world = live(EventScope::New).await;
    world
        .accept(vec![told(new("5:1", "a", 10)), synced("k2")])
        .await;
    let again = |id: &str, message: &str, hour| {
        told(ItemChange {
            generation: 1,
            rebuilt: Some(Timestamp::from_micros(10 * HOUR)),
            ..new(id, message, hour)
        })
    };
    let window = vec![
        again("7:1", "old", 2),
        again("7:2", "a", 10),
        again("7:3", "b", 11),
        synced("r1"),
    ];
    world.accept(window).await;
    let expected = ["cursor", "message.new 5:1 a@x", "message.new 7:3 b@x"];
    assert_eq!(world.told().await, expected);
}

#[tokio::test]
async fn a_mail_that_comes_as_changed_is_new_if_it_was_never_told() {
    for (events, then) in [
        (EventScope::New, None),
        (EventScope::All, Some("message.changed 5:1 a@x")),
    ] {
        let mut world = live(events).await;
        let changed = |id: &str, message: &str, hour| {
            let change = new(id, message, hour);
            let ItemWhat::New(item) = change.what else {
                panic!("it is new");
            };
            told(ItemChange {
                rebuilt: Some(Timestamp::from_micros(10 * HOUR)),
                what: ItemWhat::Changed(item),
                ..change
            })
        };
        world.accept(vec![changed("5:1", "a", 11)]).await;
        world.accept(vec![changed("5:1", "a", 11)]).await;
        let expected = ["cursor", "message.new 5:1 a@x"];
        let expected: Vec<&str> = expected.into_iter().chain(then).collect();
        assert_eq!(world.told().await, expected);
    }
}

#[tokio::test]
async fn a_change_that_repeats_is_another_event_and_the_same_one_is_not() {
    let mut world = live(EventScope::All).await;
    let gone = |key: &str| {
        told(ItemChange {
            sync_key: key.into(),
            ..item("5:1", ItemWhat::Deleted)
        })
    };
    world.accept(vec![gone("k1"), gone("k1")]).await;
    world.accept(vec![gone("k2")]).await;
    let events = world.events().await;
    let told = events.iter().map(|stored| &stored.event);
    let told = told.filter(|event| event.kind.is_delivered());
    let ids: Vec<_> = told.map(|event| event.id).collect();
    assert_eq!(ids.len(), 2, "the log passes the repeat over");
    assert_ne!(ids[0], ids[1]);
}
