//! Which folders there are.

use super::client;
use pushmail_eas::command::folder_sync::{Change, Folder, FolderKind};

fn added(changes: &[Change]) -> Vec<&Folder> {
    let added = changes.iter().map(|change| match change {
        Change::Added(folder) => folder,
        other => panic!("{other:?}"),
    });
    added.collect()
}

#[test]
fn folders_are_listed_with_what_they_hold() {
    let Some((_, mut client)) = client(5) else {
        return;
    };
    let changes = client.folders();
    let folders = added(&changes);
    assert!(folders.iter().all(|folder| folder.parent.is_none()));
    let named = folders.iter().map(|folder| (folder.kind, &*folder.name));
    let mut listed: Vec<_> = named.collect();
    // Calendar and tasks have one name.
    listed.sort_by_key(|(kind, name)| (*name, *kind == FolderKind::Tasks));
    let expected = [
        (FolderKind::Drafts, "Drafts"),
        (FolderKind::Inbox, "INBOX"),
        (FolderKind::UserMail, "Junk"),
        (FolderKind::Contacts, "Personal Address Book"),
        (FolderKind::Calendar, "Personal Calendar"),
        (FolderKind::Tasks, "Personal Calendar"),
        (FolderKind::SentItems, "Sent"),
        (FolderKind::UserMail, "Templates"),
        (FolderKind::DeletedItems, "Trash"),
    ];
    assert_eq!(listed, expected);
    assert_eq!(client.folders(), [], "nothing has changed since");
}

#[test]
fn a_folder_that_comes_and_is_renamed_and_goes_is_told() {
    let Some((sogo, mut client)) = client(6) else {
        return;
    };
    client.folders();
    let mut imap = sogo.mail().login(client.user());
    imap.create("Work");
    let changes = client.folders();
    let [work] = added(&changes)[..] else {
        panic!("{changes:?}");
    };
    assert_eq!((&*work.name, work.kind), ("Work", FolderKind::UserMail));

    imap.rename("Work", "Play");
    let [Change::Updated(play)] = &client.folders()[..] else {
        panic!("a folder was renamed");
    };
    assert_eq!((&play.id, &*play.name), (&work.id, "Play"));

    imap.delete("Play");
    assert_eq!(client.folders(), [Change::Deleted(work.id.clone())]);
}
