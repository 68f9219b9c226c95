//! FolderSync.

use super::device::{Device, USER, count, serve, shown};
use pushmail_wbxml::ProtocolVersion as V;

#[tokio::test]
async fn all_folders_come_first_and_then_what_has_changed() {
    let sim = serve().await;
    sim.create_folder(USER, "Work/Jobs");
    sim.set_special_use(USER, "Trash", Some("\\Trash"));
    let mut device = Device::ready(&sim, V::V16_1).await;
    let got = device.folder_sync("0").await;
    let key = got.text("SyncKey");
    let folder = |id: u8, parent: u8, name: &str, kind: u8| {
        format!(
            "<Add><ServerId>{id}</ServerId><ParentId>{parent}</ParentId>\
             <DisplayName>{name}</DisplayName><Type>{kind}</Type></Add>"
        )
    };
    let all = [
        folder(1, 0, "Calendar", 8),
        folder(2, 0, "Contacts", 9),
        folder(3, 0, "Tasks", 7),
        folder(5, 0, "Inbox", 2),
        folder(8, 0, "Trash", 4),
        folder(6, 0, "Work", 12),
        folder(7, 6, "Jobs", 12),
    ];
    let answer = |key: &str, changes: &str| {
        shown(&format!(
            "<FolderSync xmlns=\"FolderHierarchy\"><Status>1</Status><SyncKey>{key}</SyncKey>\
             <Changes>{changes}</Changes></FolderSync>"
        ))
    };
    let adds = all.concat();
    assert_eq!(got.xml(), answer(&key, &format!("<Count>7</Count>{adds}")));

    // Nothing has changed, and the key neither.
    let got = device.folder_sync(&key).await;
    assert_eq!(got.xml(), answer(&key, "<Count>0</Count>"));

    sim.rename_folder(USER, "Work/Jobs", "Jobs");
    sim.delete_folder(USER, "Trash");
    sim.create_folder(USER, "New");
    let got = device.folder_sync(&key).await;
    let next = got.text("SyncKey");
    assert_ne!(next, key);
    let changes = "<Count>3</Count><Update><ServerId>7</ServerId><ParentId>0</ParentId>\
        <DisplayName>Jobs</DisplayName><Type>12</Type></Update>\
        <Delete><ServerId>8</ServerId></Delete>";
    let changes = format!("{changes}{}", folder(9, 0, "New", 12));
    assert_eq!(got.xml(), answer(&next, &changes));
    // A client that did not get it asks again.
    assert_eq!(device.folder_sync(&key).await.xml(), got.xml());
}

#[tokio::test]
async fn a_key_that_was_not_given_is_refused() {
    let sim = serve().await;
    let mut device = Device::ready(&sim, V::V16_1).await;
    for key in ["1", "{00000001}1", ""] {
        assert_eq!(device.folder_sync(key).await.text("Status"), "9", "{key}");
    }
    let old = device.folder_sync("0").await.text("SyncKey");
    let key = device.folder_sync("0").await.text("SyncKey");
    assert_eq!(device.folder_sync(&old).await.text("Status"), "9");
    assert_eq!(device.folder_sync(&key).await.text("Status"), "1");
}

#[tokio::test]
async fn devices_have_keys_of_their_own() {
    let sim = serve().await;
    let mut first = Device::ready(&sim, V::V16_1).await;
    let mut second = Device::connect(&sim, V::V16_1, 2).await;
    second.provision().await;
    let key = first.folder_sync("0").await.text("SyncKey");
    assert_eq!(second.folder_sync(&key).await.text("Status"), "9");
    assert_eq!(sim.eas().devices(USER).len(), 2);
}

#[tokio::test]
async fn a_name_that_only_holds_others_cannot_be_synchronised() {
    let sim = serve().await;
    sim.set_selectable(USER, "Archive", false);
    let mut device = Device::ready(&sim, V::V16_1).await;
    let folders = device.folder_sync("0").await.xml();
    assert_eq!(count(&folders, "Add"), 5);
    assert!(folders.contains("<Type>1</Type>"), "{folders}");
    assert_eq!(device.sync("6", "0", "").await.text("Status"), "8");
}
