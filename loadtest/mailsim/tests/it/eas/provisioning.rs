//! Policies and their keys, and remote wipe.

use super::device::{Device, USER, serve, serve_with, shown};
use pushmail_eas::command::Command;
use pushmail_eas::command::provision::{Applied, PolicyKey, Request, Wipe as Asked};
use pushmail_mailsim::eas::{Policy, StaleKey, Wipe, Wiped};
use pushmail_wbxml::ProtocolVersion as V;

const POLICY: &str = "<Provision xmlns=\"Provision\"><settings:DeviceInformation><settings:Set>\
    <settings:Model>pushmail</settings:Model></settings:Set></settings:DeviceInformation>\
    <Policies><Policy><PolicyType>MS-EAS-Provisioning-WBXML</PolicyType></Policy></Policies></Provision>";

/// MS-ASPROV, section 4.1.
#[tokio::test]
async fn a_policy_is_asked_for_and_acknowledged() {
    let sim = serve_with(|config| {
        config.policy = Some(Policy {
            max_email_age: 3,
            ..Policy::default()
        });
    })
    .await;
    let mut device = Device::connect(&sim, V::V14_1, 1).await;
    let got = device.ask(Command::Provision, POLICY).await;
    let temporary = got.text("PolicyKey");
    let expected = format!(
        "<Provision xmlns=\"Provision\"><settings:DeviceInformation><settings:Status>1</settings:Status>\
         </settings:DeviceInformation><Status>1</Status><Policies><Policy>\
         <PolicyType>MS-EAS-Provisioning-WBXML</PolicyType><Status>1</Status>\
         <PolicyKey>{temporary}</PolicyKey><Data><EASProvisionDoc>\
         <DevicePasswordEnabled>0</DevicePasswordEnabled><AttachmentsEnabled>1</AttachmentsEnabled>\
         <AllowSimpleDevicePassword>1</AllowSimpleDevicePassword>\
         <RequireDeviceEncryption>0</RequireDeviceEncryption>\
         <MaxCalendarAgeFilter>0</MaxCalendarAgeFilter><AllowHTMLEmail>1</AllowHTMLEmail>\
         <MaxEmailAgeFilter>3</MaxEmailAgeFilter>\
         <MaxEmailBodyTruncationSize>-1</MaxEmailBodyTruncationSize>\
         </EASProvisionDoc></Data></Policy></Policies></Provision>"
    );
    assert_eq!(got.xml(), shown(&expected));

    // Not before it is acknowledged.
    device.key = PolicyKey::new(temporary.clone());
    assert_eq!(device.folder_sync("0").await.text("Status"), "142");
    let acknowledge = Request::Acknowledge {
        key: device.key.clone().unwrap(),
        applied: Applied::Fully,
    };
    let got = device
        .post(Command::Provision, &acknowledge.encode(V::V14_1))
        .await;
    let key = got.text("PolicyKey");
    assert_ne!(key, temporary);
    assert_eq!(device.folder_sync("0").await.text("Status"), "144");
    device.key = PolicyKey::new(key);
    assert_eq!(device.folder_sync("0").await.text("Status"), "1");
    assert!(sim.eas().devices(USER)[0].is_provisioned);
    assert_eq!(sim.eas().mistakes(USER), Vec::<String>::new());
}

#[tokio::test]
async fn without_a_key_the_words_are_those_of_the_version() {
    let sim = serve().await;
    for (version, status) in [(V::V2_5, 449), (V::V12_1, 449), (V::V14_0, 200)] {
        let mut device = Device::connect(&sim, version, 1).await;
        let got = device.folder_sync("0").await;
        assert_eq!(got.head.status, status, "{version}");
        if status == 200 {
            assert_eq!(got.text("Status"), "142");
        }
    }
}

#[tokio::test]
async fn a_policy_that_changes_has_to_be_asked_for_again() {
    let sim = serve().await;
    let mut device = Device::ready(&sim, V::V16_1).await;
    for (user, stale, status) in [
        (None, StaleKey::Refresh, "143"),
        (Some(USER), StaleKey::Invalid, "144"),
    ] {
        sim.eas().change_policy(user, stale);
        assert_eq!(device.folder_sync("0").await.text("Status"), status);
        device.provision().await;
        assert_eq!(device.folder_sync("0").await.text("Status"), "1");
    }
}

#[tokio::test]
async fn without_a_policy_nothing_is_asked_for() {
    let sim = serve_with(|config| config.policy = None).await;
    let mut device = Device::connect(&sim, V::V16_1, 1).await;
    assert_eq!(device.folder_sync("0").await.text("Status"), "1");
    let got = device.ask(Command::Provision, POLICY).await;
    assert_eq!(got.texts("Status"), ["1", "2"]);
}

#[tokio::test]
async fn what_is_wrong_with_a_provision_is_said() {
    let sim = serve_with(|config| {
        config.policy = Some(Policy {
            strict: true,
            ..Policy::default()
        });
    })
    .await;
    let mut device = Device::connect(&sim, V::V14_1, 1).await;
    let cases = [
        // No DeviceInformation.
        (
            "<Policies><Policy><PolicyType>MS-EAS-Provisioning-WBXML</PolicyType></Policy></Policies>",
            "165",
        ),
        ("<Policies><Policy/></Policies>", "2"),
        ("<Policies/>", "2"),
        ("", "2"),
        ("<RemoteWipe><Status>1</Status></RemoteWipe>", "2"),
        (
            "<Policies><Policy><PolicyType>MS-EAS-Provisioning-WBXML</PolicyType><Data/></Policy></Policies>",
            "2",
        ),
    ];
    for (inside, status) in cases {
        let xml = format!("<Provision xmlns=\"Provision\">{inside}</Provision>");
        let got = device.ask(Command::Provision, &xml).await;
        assert_eq!(got.text("Status"), status, "{inside}");
    }
    assert_eq!(sim.eas().mistakes(USER).len(), cases.len());

    // An unknown type, and a key that was not given, concern the policy alone.
    let other = POLICY.replace("WBXML<", "XML<");
    let got = device.ask(Command::Provision, &other).await;
    assert_eq!(got.texts("Status"), ["1", "3"]);
    let acknowledge = |key: &str, applied| {
        let key = PolicyKey::new(key).unwrap();
        Request::Acknowledge { key, applied }.encode(V::V14_1)
    };
    let got = device
        .post(Command::Provision, &acknowledge("77", Applied::Fully))
        .await;
    assert_eq!(got.texts("Status"), ["1", "5"]);

    for (applied, status) in [(Applied::Partially, "139"), (Applied::ByOthers, "145")] {
        let temporary = device
            .ask(Command::Provision, POLICY)
            .await
            .text("PolicyKey");
        device.key = PolicyKey::new(temporary.clone());
        let got = device
            .post(Command::Provision, &acknowledge(&temporary, applied))
            .await;
        assert_eq!(got.text("Status"), status);
    }
}

#[tokio::test]
async fn a_device_is_told_to_forget_until_that_is_taken_back() {
    let sim = serve().await;
    for (wipe, asked, tag) in [
        (Wipe::Device, Asked::Device, "RemoteWipe"),
        (Wipe::Account, Asked::Account, "AccountOnlyRemoteWipe"),
    ] {
        let mut device = Device::ready(&sim, V::V16_1).await;
        sim.eas().wipe(USER, Some(wipe));
        assert_eq!(device.folder_sync("0").await.text("Status"), "140");
        device.key = None;
        let got = device
            .post(Command::Provision, &Request::Wipe.encode(V::V16_1))
            .await;
        let order =
            format!("<Provision xmlns=\"Provision\"><Status>1</Status><{tag}/></Provision>");
        assert_eq!(got.xml(), shown(&order));
        for (done, status) in [(false, "2"), (true, "1")] {
            let wiped = Request::Wiped { what: asked, done };
            let got = device
                .post(Command::Provision, &wiped.encode(V::V16_1))
                .await;
            assert_eq!(got.text("Status"), status);
            let what = wipe;
            assert_eq!(sim.eas().devices(USER)[0].wiped, Some(Wiped { what, done }));
        }
        sim.eas().wipe(USER, None);
        device.provision().await;
        assert_eq!(device.folder_sync("0").await.text("Status"), "1");
    }
    // Who does not know of it is not told.
    let mut device = Device::ready(&sim, V::V14_1).await;
    sim.eas().wipe(USER, Some(Wipe::Account));
    assert_eq!(device.folder_sync("0").await.text("Status"), "1");
    sim.eas().wipe(USER, Some(Wipe::Device));
    assert_eq!(device.folder_sync("0").await.text("Status"), "140");
    device.version = V::V12_1;
    assert_eq!(device.folder_sync("0").await.head.status, 449);
}

#[tokio::test]
async fn settings_take_who_the_device_is_and_tell_who_the_user_is() {
    let sim = serve().await;
    let mut device = Device::ready(&sim, V::V14_0).await;
    let got = device
        .ask(
            Command::Settings,
            "<Settings xmlns=\"Settings\"><UserInformation><Get/></UserInformation>\
             <DeviceInformation><Set><Model>x</Model></Set></DeviceInformation></Settings>",
        )
        .await;
    let expected = "<Settings xmlns=\"Settings\"><Status>1</Status>\
        <UserInformation><Status>1</Status><Get><EmailAddresses><SMTPAddress>ann@x.test</SMTPAddress>\
        </EmailAddresses></Get></UserInformation>\
        <DeviceInformation><Status>1</Status></DeviceInformation></Settings>";
    assert_eq!(got.xml(), shown(expected));
    let got = device
        .ask(
            Command::Settings,
            "<Settings xmlns=\"Settings\"><Oof><Get/></Oof></Settings>",
        )
        .await;
    assert_eq!(got.text("Status"), "2");
}

/// MS-ASPROV, section 3.1.5.1.1.
#[tokio::test]
async fn a_provision_that_begins_with_an_old_key_is_noted() {
    let sim = serve().await;
    let mut device = Device::ready(&sim, V::V14_1).await;
    assert_eq!(
        device.ask(Command::Provision, POLICY).await.text("Status"),
        "1"
    );
    let noted = ["Provision: begins with a key that is not 0"];
    assert_eq!(sim.eas().mistakes(USER), noted);
}
