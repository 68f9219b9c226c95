//! Events, contacts and tasks.

use super::at_rest;
use super::client::{Client, Folder};
use pushmail_domain::Timestamp;
use pushmail_eas::command::folder_sync::FolderKind;
use pushmail_eas::command::sync::What;
use pushmail_eas::item::{Data, Item};
use pushmail_testkit::sogo::Entry;
use std::time::Duration;

/// Puts an entry, changes it, deletes it; the item as it was told first and then.
#[track_caller]
fn life(user: u8, kind: FolderKind, entry: Entry) -> Option<[Item; 2]> {
    let (sogo, client, [mut folder]) = at_rest(user, [kind])?;
    sogo.put(client.user(), entry, "one", "First");
    let (id, What::Added(first)) = told(&client, &mut folder) else {
        panic!("it was added");
    };
    sogo.put(client.user(), entry, "one", "Second");
    let (changed, What::Changed(second)) = told(&client, &mut folder) else {
        panic!("it was changed");
    };
    sogo.delete(client.user(), entry, "one");
    let (deleted, What::Deleted) = told(&client, &mut folder) else {
        panic!("it was deleted");
    };
    assert!(changed == id && deleted == id);
    assert_ne!(first.hash, second.hash);
    Some([*first, *second])
}

/// The only change: which item, and what happened to it.
#[track_caller]
fn told(client: &Client, folder: &mut Folder) -> (String, What) {
    let mut changes = client.news(folder);
    assert_eq!(changes.len(), 1, "{changes:?}");
    let change = changes.remove(0);
    (change.id.to_string(), change.what)
}

#[test]
fn an_event_is_told() {
    let Some([first, second]) = life(20, FolderKind::Calendar, Entry::Event) else {
        return;
    };
    let (Data::Appointment(first), Data::Appointment(second)) = (first.data, second.data) else {
        panic!("they are events");
    };
    assert_eq!(first.subject.as_deref(), Some("First"));
    assert_eq!(second.subject.as_deref(), Some("Second"));
    let [start, end] = [first.start, first.end].map(Option::unwrap);
    assert_eq!(start, Timestamp::from_micros(1_894_269_600_000_000));
    assert_eq!(end.since(start), Duration::from_secs(3600));
    assert_eq!(first.all_day, Some(false));
}

#[test]
fn a_contact_is_told() {
    let Some([first, second]) = life(21, FolderKind::Contacts, Entry::Contact) else {
        return;
    };
    let (Data::Contact(first), Data::Contact(second)) = (first.data, second.data) else {
        panic!("they are contacts");
    };
    assert_eq!(first.last_name.as_deref(), Some("First"));
    assert_eq!(first.email.as_deref(), Some("one@example.test"));
    assert_eq!(second.last_name.as_deref(), Some("Second"));
}

#[test]
fn a_task_is_told() {
    let Some([first, second]) = life(22, FolderKind::Tasks, Entry::Task) else {
        return;
    };
    let (Data::Task(first), Data::Task(second)) = (first.data, second.data) else {
        panic!("they are tasks");
    };
    assert_eq!(first.subject.as_deref(), Some("First"));
    assert_eq!(first.complete, Some(false));
    assert!(first.due.is_some());
    assert_eq!(second.subject.as_deref(), Some("Second"));
}
