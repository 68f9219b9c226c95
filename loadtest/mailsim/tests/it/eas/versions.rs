//! What differs between versions.

use super::device::{Device, USER, serve, serve_with, shown};
use pushmail_eas::command::Command;
use pushmail_mailsim::message;
use pushmail_wbxml::ProtocolVersion as V;

const INBOX: &str = "5";

#[tokio::test]
async fn version_2_5_has_classes_and_bodies_of_its_own() {
    let sim = serve().await;
    sim.deliver(USER, b"Subject: a\r\n\r\nHello there".to_vec());
    let mut device = Device::with_folders(&sim, V::V2_5).await;
    let key = device.sync(INBOX, "0", "").await.text("SyncKey");
    // What is not asked for does not come, and the key changes all the same.
    let got = device.sync(INBOX, &key, "").await;
    let key = got.text("SyncKey");
    let expected = format!(
        "<Sync xmlns=\"AirSync\"><Collections><Collection><Class>Email</Class><SyncKey>{key}</SyncKey>\
         <CollectionId>5</CollectionId><Status>1</Status></Collection></Collections></Sync>"
    );
    assert_eq!(got.xml(), shown(&expected));
    let got = device
        .sync(
            INBOX,
            &key,
            "<GetChanges/><Options><Truncation>0</Truncation></Options>",
        )
        .await;
    let xml = got.xml();
    for part in [
        "<Class>Email</Class>",
        "<email:BodyTruncated>1</email:BodyTruncated>",
        "<email:BodySize>11</email:BodySize>",
    ] {
        assert!(xml.contains(part), "{part} in {xml}");
    }
    assert!(
        !xml.contains("airsyncbase") && !xml.contains("email:Flag"),
        "{xml}"
    );
    let fetch = "<Commands><Fetch><ServerId>5:1</ServerId></Fetch></Commands>";
    let options = "<Options><MIMESupport>2</MIMESupport></Options>";
    let got = device
        .sync(INBOX, &got.text("SyncKey"), &format!("{options}{fetch}"))
        .await;
    assert_eq!(got.text("email:MIMESize"), "25");
    assert!(
        got.xml().contains("<email:MIMEData>Subject: a"),
        "{}",
        got.xml()
    );
}

#[tokio::test]
async fn commands_and_elements_have_a_first_version() {
    let sim = serve().await;
    let mut device = Device::with_folders(&sim, V::V2_5).await;
    let settings =
        "<Settings xmlns=\"Settings\"><UserInformation><Get/></UserInformation></Settings>";
    assert_eq!(
        device.ask(Command::Settings, settings).await.head.status,
        501
    );
    // An empty Sync came with 12.1.
    assert_eq!(device.post(Command::Sync, b"").await.text("Status"), "4");
    let preference = "<Options><airsyncbase:BodyPreference><airsyncbase:Type>1</airsyncbase:Type>\
        </airsyncbase:BodyPreference></Options>";
    let key = device.synced(INBOX).await;
    assert_eq!(
        device.sync(INBOX, &key, preference).await.text("Status"),
        "4"
    );
}

#[tokio::test]
async fn a_version_that_is_not_offered_is_refused() {
    let sim = serve_with(|config| config.versions = vec![V::V16_1]).await;
    sim.deliver(USER, message(1, USER));
    for (version, status) in [(V::V14_1, 200), (V::V12_1, 505)] {
        let mut device = Device::connect(&sim, version, 1).await;
        let got = device.folder_sync("0").await;
        assert_eq!(got.head.status, status);
        if status == 200 {
            assert_eq!(got.text("Status"), "138");
        }
    }
}

#[tokio::test]
async fn every_version_goes_all_the_way() {
    let sim = serve().await;
    sim.deliver(USER, message(1, USER));
    let versions = [
        V::V2_5,
        V::V12_0,
        V::V12_1,
        V::V14_0,
        V::V14_1,
        V::V16_0,
        V::V16_1,
    ];
    for (number, version) in (1..).zip(versions) {
        let mut device = Device::connect(&sim, version, number).await;
        device.provision().await;
        device.folder_sync("0").await;
        let key = device.sync(INBOX, "0", "").await.text("SyncKey");
        let got = device.sync(INBOX, &key, "<GetChanges/>").await;
        assert_eq!(
            got.text("email:Subject"),
            "Your order 1 is on its way \u{2713}",
            "{version}"
        );
    }
    assert_eq!(sim.eas().mistakes(USER), Vec::<String>::new());
}
