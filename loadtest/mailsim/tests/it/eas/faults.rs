//! What goes wrong on demand.

use super::device::{Device, USER, element, serve};
use crate::client::StoppedTime;
use pushmail_eas::command::Command as Asked;
use pushmail_eas::http::RetryAfter;
use pushmail_mailsim::eas::{Command, Fault};
use pushmail_mailsim::{Mailsim, Refusal, Whose, message};
use pushmail_wbxml::{Element, ErrorKind, Limits, ProtocolVersion as V};
use std::time::Duration;

const INBOX: &str = "5";

/// A Ping of the inbox.
fn ping() -> Vec<u8> {
    element(
        "<Ping xmlns=\"Ping\"><HeartbeatInterval>600</HeartbeatInterval>\
         <Folders><Folder><Id>5</Id><Class>Email</Class></Folder></Folders></Ping>",
    )
    .encode()
}

async fn ready(sim: &Mailsim) -> Device {
    let mut device = Device::with_folders(sim, V::V16_1).await;
    device.synced(INBOX).await;
    device
}

#[tokio::test]
async fn http_says_no_in_every_way() {
    let sim = serve().await;
    let elsewhere = "https://other.test/Microsoft-Server-ActiveSync";
    let mut device = ready(&sim).await;
    for (fault, status) in [
        (Fault::Unauthorized, 401),
        (Fault::Forbidden, 403),
        (Fault::Redirect(None), 451),
        (Fault::Redirect(Some(elsewhere.to_owned())), 451),
        (
            Fault::Unavailable {
                retry_after: Some(300),
                throttle: None,
            },
            503,
        ),
        (
            Fault::Unavailable {
                retry_after: None,
                throttle: Some("CommandFrequency".to_owned()),
            },
            503,
        ),
    ] {
        sim.eas().spoil(Some(USER), fault.clone().times(2));
        assert_eq!(device.options().await.head.status, status);
        let head = device.folder_sync("0").await.head;
        assert_eq!(head.status, status);
        match fault {
            Fault::Redirect(location) => assert_eq!(head.ms_location, location),
            Fault::Unavailable {
                retry_after,
                throttle,
            } => {
                let seconds = retry_after.map(|seconds| RetryAfter::Seconds(seconds.into()));
                assert_eq!((head.retry_after, head.throttle), (seconds, throttle));
            }
            _ => {}
        }
        assert_eq!(device.folder_sync("0").await.head.status, 200);
    }
}

#[tokio::test]
async fn statuses_are_said_for_one_user_or_for_all() {
    let sim = serve().await;
    let mut device = ready(&sim).await;
    for status in [126, 129, 130, 177] {
        sim.eas().spoil(None, Fault::Status(status));
        device.version = V::V16_1;
        let said = device.folder_sync("0").await.text("Status");
        assert_eq!(said, status.to_string());
        device.version = V::V12_1;
        assert_eq!(device.folder_sync("0").await.head.status, 403);
        sim.eas().heal(None);
    }
    device.version = V::V16_1;
    sim.eas().spoil(Some("bob@x.test"), Fault::Status(126));
    // The keys of the hierarchy and of a folder are refused once.
    let key = device.folder_sync("0").await.text("SyncKey");
    sim.eas().spoil(
        Some(USER),
        Fault::Status(9).on([Command::FolderSync]).times(1),
    );
    assert_eq!(device.folder_sync(&key).await.text("Status"), "9");
    let key = device.synced(INBOX).await;
    sim.eas().spoil(Some(USER), Fault::Folders(3).times(1));
    assert_eq!(device.sync(INBOX, &key, "").await.text("Status"), "3");
    assert_eq!(device.sync(INBOX, &key, "").await.text("Status"), "3");
    let key = device.synced(INBOX).await;
    for (fault, status) in [(Fault::Folders(8), "8"), (Fault::Status(12), "12")] {
        sim.eas()
            .spoil(Some(USER), fault.on([Command::Sync]).times(1));
        assert_eq!(device.sync(INBOX, &key, "").await.text("Status"), status);
    }
    assert!(device.sync(INBOX, &key, "").await.body.is_empty());
}

#[tokio::test]
async fn a_provision_may_never_be_enough() {
    let sim = serve().await;
    sim.eas().spoil(Some(USER), Fault::ProvisionLoop);
    for version in [V::V12_1, V::V16_1] {
        let mut device = Device::connect(&sim, version, 1).await;
        for _ in 0..3 {
            device.provision().await;
            let got = device.folder_sync("0").await;
            match version {
                V::V12_1 => assert_eq!(got.head.status, 449),
                _ => assert_eq!(got.text("Status"), "142"),
            }
        }
    }
    sim.eas().heal(Some(USER));
    let mut device = Device::ready(&sim, V::V16_1).await;
    assert_eq!(device.folder_sync("0").await.text("Status"), "1");
}

#[tokio::test]
async fn documents_are_spoiled() {
    let sim = serve().await;
    let mut device = ready(&sim).await;
    sim.eas().spoil(Some(USER), Fault::Truncated.times(1));
    let got = device.folder_sync("0").await;
    let error = Element::decode(&got.body, Limits::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Truncated);
    sim.eas().spoil(Some(USER), Fault::WrongPage.times(2));
    for got in [
        device.folder_sync("0").await,
        device.sync(INBOX, "0", "").await,
    ] {
        let document = Element::decode(&got.body, Limits::default()).unwrap();
        assert_eq!(document.tag().page(), 99);
    }
    sim.eas().spoil(Some(USER), Fault::Html.times(1));
    let got = device.folder_sync("0").await;
    assert_eq!((got.head.status, got.head.is_wbxml()), (200, false));
    assert!(got.body.starts_with(b"<!DOCTYPE html>"));
}

#[tokio::test]
async fn a_ping_may_never_be_answered_or_be_cut_off() {
    let sim = serve().await;
    let time = StoppedTime::new();
    sim.eas()
        .spoil(Some(USER), Fault::Hang.on([Command::Ping]).times(1));
    let mut hung = ready(&sim).await;
    hung.begin(Asked::Ping, &ping()).await;
    sim.eas()
        .spoil(Some(USER), Fault::Cut(Duration::from_secs(30)).times(1));
    let mut cut = ready(&sim).await;
    cut.begin(Asked::Ping, &ping()).await;
    sim.wait_idling(1).await;
    sim.deliver(USER, message(1, USER));
    // What comes in time is told.
    assert_eq!(cut.answer().await.text("Status"), "2");
    cut.synced(INBOX).await;
    sim.eas()
        .spoil(Some(USER), Fault::Cut(Duration::from_secs(30)).times(1));
    cut.begin(Asked::Ping, &ping()).await;
    sim.wait_idling(1).await;
    time.pass(30).await;
    assert!(cut.try_answer().await.is_none());
    let waited = tokio::time::timeout(Duration::from_secs(3600), hung.try_answer());
    time.pass(3600).await;
    assert!(waited.await.is_err());
}

#[tokio::test]
async fn the_connection_may_be_closed_after_each_answer() {
    let sim = serve().await;
    let mut device = ready(&sim).await;
    sim.eas().spoil(Some(USER), Fault::Close);
    let got = device.folder_sync("0").await;
    assert!(got.head.keep_alive);
    assert!(device.try_answer().await.is_none());
    // After one that was waited for, too.
    let mut next = Device::connect(&sim, V::V16_1, 1).await;
    next.key.clone_from(&device.key);
    next.begin(Asked::Ping, &ping()).await;
    sim.wait_idling(1).await;
    sim.deliver(USER, message(1, USER));
    assert_eq!(next.answer().await.text("Status"), "2");
    assert!(next.try_answer().await.is_none());
}

#[tokio::test]
async fn a_ping_may_tell_of_changes_that_there_are_not() {
    let sim = serve().await;
    let mut device = ready(&sim).await;
    let key = device.synced(INBOX).await;
    sim.eas().spoil(Some(USER), Fault::FalseChange);
    for _ in 0..3 {
        assert_eq!(device.post(Asked::Ping, &ping()).await.text("Status"), "2");
        assert!(device.sync(INBOX, &key, "").await.body.is_empty());
    }
    assert_eq!(sim.announcements(), []);
}

#[tokio::test]
async fn logins_are_refused_here_as_by_imap() {
    let sim = serve().await;
    let mut device = ready(&sim).await;
    for (how, status) in [
        (Refusal::AuthenticationFailed, 401),
        (Refusal::Unavailable, 503),
        (Refusal::Bye, 503),
    ] {
        sim.refuse_logins(Whose::User(USER.to_owned()), how);
        assert_eq!(device.folder_sync("0").await.head.status, status);
    }
    assert!(device.try_answer().await.is_none());
    assert_eq!(sim.logins(USER).refused, 3);
}
