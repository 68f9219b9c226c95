//! Keys of synchronisations.

use super::device::{Device, USER, count, serve};
use pushmail_mailsim::message;
use pushmail_wbxml::ProtocolVersion as V;

const INBOX: &str = "5";

#[tokio::test]
async fn the_key_before_is_answered_again_with_the_same() {
    let sim = serve().await;
    sim.deliver(USER, message(1, USER));
    let mut device = Device::with_folders(&sim, V::V16_1).await;
    let first = device.sync(INBOX, "0", "").await.text("SyncKey");
    let answer = device.sync(INBOX, &first, "").await;
    // What came since is told later.
    sim.deliver(USER, message(2, USER));
    let again = device.sync(INBOX, &first, "").await;
    assert_eq!(answer.body, again.body);
    let second = again.text("SyncKey");
    let next = device.sync(INBOX, &second, "").await;
    assert_eq!(next.texts("ServerId"), ["5:2"]);
    // Now the first one is too old.
    let refused = device.sync(INBOX, &first, "").await;
    assert_eq!(
        (refused.text("Status"), refused.text("SyncKey")),
        ("3".to_owned(), "0".to_owned())
    );
    assert_eq!(device.sync(INBOX, &second, "").await.body, next.body);
    assert_eq!(sim.eas().mistakes(USER).len(), 1);
}

#[tokio::test]
async fn keys_of_other_folders_devices_and_generations_are_refused() {
    let sim = serve().await;
    sim.create_folder(USER, "Work");
    let mut device = Device::with_folders(&sim, V::V16_1).await;
    let mut other = Device::connect(&sim, V::V16_1, 2).await;
    other.provision().await;
    other.folder_sync("0").await;
    let old = device.synced(INBOX).await;
    let key = device.synced(INBOX).await;
    other.synced(INBOX).await;
    for key in [old.as_str(), "1", "{00000000}0", ""] {
        assert_eq!(
            device.sync(INBOX, key, "").await.text("Status"),
            "3",
            "{key}"
        );
    }
    assert_eq!(device.sync("6", &key, "").await.text("Status"), "3");
    assert_eq!(other.sync(INBOX, &key, "").await.text("Status"), "3");
    assert!(device.sync(INBOX, &key, "").await.body.is_empty());
}

#[tokio::test]
async fn names_of_items_are_for_good_from_16_0_on() {
    for (version, second) in [(V::V16_0, "5:1"), (V::V14_1, "5:2")] {
        let sim = serve().await;
        sim.deliver(USER, message(1, USER));
        let mut device = Device::with_folders(&sim, version).await;
        for name in ["5:1", second] {
            let key = device.sync(INBOX, "0", "").await.text("SyncKey");
            let got = device.sync(INBOX, &key, "").await;
            assert_eq!(got.texts("ServerId"), [name], "{version}");
        }
        // Not even a new UIDVALIDITY changes them.
        sim.change_uidvalidity(USER, "INBOX");
        let key = device.sync(INBOX, "0", "").await.text("SyncKey");
        let got = device.sync(INBOX, &key, "").await;
        assert_eq!(got.texts("ServerId") == [second], version == V::V16_0);
        assert!(
            device
                .sync(INBOX, &got.text("SyncKey"), "")
                .await
                .body
                .is_empty()
        );
    }
}

#[tokio::test]
async fn what_is_not_asked_for_does_not_come() {
    let sim = serve().await;
    sim.deliver(USER, message(1, USER));
    let mut device = Device::with_folders(&sim, V::V16_1).await;
    let key = device.sync(INBOX, "0", "").await.text("SyncKey");
    let without = "<GetChanges>0</GetChanges>";
    assert!(device.sync(INBOX, &key, without).await.body.is_empty());
    assert_eq!(count(&device.sync(INBOX, &key, "").await.xml(), "Add"), 1);
}

#[tokio::test]
async fn a_folder_that_is_gone_needs_a_folder_sync() {
    let sim = serve().await;
    sim.create_folder(USER, "Work");
    let mut device = Device::ready(&sim, V::V16_1).await;
    assert_eq!(device.sync(INBOX, "0", "").await.text("Status"), "12");
    let hierarchy = device.folder_sync("0").await.text("SyncKey");
    let key = device.synced("6").await;
    sim.delete_folder(USER, "Work");
    assert_eq!(device.sync("6", &key, "").await.text("Status"), "12");
    device.folder_sync(&hierarchy).await;
    assert_eq!(device.sync("6", &key, "").await.text("Status"), "8");
}
