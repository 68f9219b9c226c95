//! Folders that appear, are renamed, go, or are no longer watched.

use super::world::{VALIDITY, World, folder, inbox, key, mail, message};
use pushmail_domain::{EventScope, Folder, FolderCursor};
use pushmail_registry::AccountUpdate;
use pushmail_upstream::Change;

fn created(folder: &Folder) -> Change {
    Change::FolderCreated {
        cursor: FolderCursor::starting(folder.id, VALIDITY, 1),
        folder: folder.clone(),
    }
}

#[tokio::test]
async fn the_life_of_a_folder_is_told_and_noted_at_the_registry() {
    let mut world = World::live(EventScope::All).await;
    let lists = folder(2, "Lists");
    let new = message(mail(key(&lists, 1), "a"));
    world.accept(vec![created(&lists), new]).await;
    assert_eq!(world.registered().await.folders, [inbox(), lists.clone()]);

    let renamed = folder(2, "Post");
    let rename = Change::FolderRenamed {
        folder: renamed.clone(),
        old_name: "Lists".to_owned(),
    };
    let new = message(mail(key(&lists, 2), "b"));
    world.accept(vec![rename, new]).await;
    assert_eq!(world.registered().await.folders, [inbox(), renamed.clone()]);

    let gone = Change::FolderDeleted { folder: renamed };
    world.accept(vec![gone]).await;
    assert_eq!(world.registered().await.folders, [inbox()]);
    assert_eq!(world.cursor(lists.id), None);
    let expected = [
        "folder.created Lists",
        "message.new 1 Lists a@x",
        "folder.renamed Lists -> Post",
        "message.new 2 Post b@x",
        "folder.deleted Post",
    ];
    assert_eq!(world.told().await, expected);
}

#[tokio::test]
async fn with_new_mail_only_a_folder_s_cursor_is_in_the_log_and_nothing_is_told() {
    let mut world = World::live(EventScope::New).await;
    let lists = folder(2, "Lists");
    world.accept(vec![created(&lists)]).await;
    // Nothing was flushed: a new owner has it from the log.
    world.own().await;
    let begun = FolderCursor::starting(lists.id, VALIDITY, 1);
    assert_eq!(world.cursor(lists.id), Some(begun));
    world.accept(vec![message(mail(key(&lists, 1), "a"))]).await;
    let rename = Change::FolderRenamed {
        folder: folder(2, "Post"),
        old_name: "Lists".to_owned(),
    };
    let gone = Change::FolderDeleted {
        folder: folder(2, "Post"),
    };
    world.accept(vec![rename, gone]).await;
    world.own().await;
    assert_eq!(world.cursor(lists.id), None);
    let events = world.events().await;
    let delivered = events.iter().map(|stored| stored.event.kind.is_delivered());
    assert_eq!(delivered.collect::<Vec<_>>(), [false, true, false]);
    let expected = ["cursor", "message.new 1 Lists a@x", "cursor"];
    assert_eq!(world.told().await, expected);
}

#[tokio::test]
async fn a_folder_that_the_log_knows_and_the_registry_does_not_is_told_once() {
    let mut world = World::live(EventScope::All).await;
    let lists = folder(2, "Lists");
    let first = message(mail(key(&lists, 1), "a"));
    world.accept(vec![created(&lists), first.clone()]).await;
    // The next owner finds it again, since nobody noted it, and reads it from its beginning.
    world.own().await;
    let second = message(mail(key(&lists, 2), "b"));
    world.accept(vec![created(&lists), first, second]).await;
    let expected = [
        "folder.created Lists",
        "message.new 1 Lists a@x",
        "message.new 2 Lists b@x",
    ];
    assert_eq!(world.told().await, expected);
}

#[tokio::test]
async fn a_folder_that_is_no_longer_selected_begins_anew_if_it_is_again() {
    let mut world = World::new(EventScope::New).await;
    let lists = folder(2, "Lists");
    let start = |folder: &Folder, next| FolderCursor::starting(folder.id, VALIDITY, next);
    let baselines = vec![start(&inbox(), 10), start(&lists, 4)];
    world.go_live(vec![inbox(), lists.clone()], baselines).await;
    assert!(world.registered().await.listed);

    let update = AccountUpdate {
        selection: Some(vec!["INBOX".to_owned()]),
        ..AccountUpdate::default()
    };
    world.update(update).await;
    assert!(!world.registered().await.listed);
    world.go_live(vec![inbox()], Vec::new()).await;
    assert_eq!(world.cursor(lists.id), None);
    assert_eq!(world.cursor(inbox().id).unwrap().uid_next, 10);
    assert_eq!(world.registered().await.folders, [inbox()]);
}

#[tokio::test]
async fn a_folder_that_is_still_selected_keeps_its_cursor_while_the_server_lacks_it() {
    let mut world = World::new(EventScope::New).await;
    let lists = folder(2, "Lists");
    let start = |folder: &Folder, next| FolderCursor::starting(folder.id, VALIDITY, next);
    let baselines = vec![start(&inbox(), 10), start(&lists, 4)];
    world.go_live(vec![inbox(), lists.clone()], baselines).await;
    let update = AccountUpdate {
        selection: Some(["INBOX", "Lists", "Post"].map(str::to_owned).to_vec()),
        ..AccountUpdate::default()
    };
    world.update(update).await;
    let live = Change::Live {
        folders: vec![inbox()],
        baselines: Vec::new(),
        syncs: Vec::new(),
        missing: vec!["Lists".to_owned(), "Post".to_owned()],
        left_out: 0,
    };
    world.accept(vec![live]).await;
    assert_eq!(world.cursor(lists.id).unwrap().uid_next, 4);
}

#[tokio::test]
async fn a_folder_whose_end_was_told_ends_once() {
    let mut world = World::live(EventScope::All).await;
    let lists = folder(2, "Lists");
    let gone = Change::FolderDeleted {
        folder: lists.clone(),
    };
    world.accept(vec![created(&lists), gone.clone()]).await;
    world.accept(vec![gone]).await;
    assert_eq!(
        world.told().await,
        ["folder.created Lists", "folder.deleted Lists"]
    );
}

#[tokio::test]
async fn a_folder_that_the_server_lacks_for_once_keeps_its_cursor() {
    let mut world = World::new(EventScope::New).await;
    let lists = folder(2, "Lists");
    let start = |folder: &Folder, next| FolderCursor::starting(folder.id, VALIDITY, next);
    let baselines = vec![start(&inbox(), 10), start(&lists, 4)];
    world.go_live(vec![inbox(), lists.clone()], baselines).await;
    world.own().await;
    world.go_live(vec![inbox()], Vec::new()).await;
    assert_eq!(world.cursor(lists.id).unwrap().uid_next, 4);
}
