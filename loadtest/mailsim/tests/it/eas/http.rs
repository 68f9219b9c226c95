//! HTTP: who may ask, and how.

use super::device::{Device, USER, serve, serve_with};
use crate::client::play_with;
use pushmail_domain::{Authentication, Secret};
use pushmail_eas::command::Command;
use pushmail_eas::options::Offer;
use pushmail_mailsim::Accounts;
use pushmail_mailsim::eas::Config;
use pushmail_wbxml::ProtocolVersion as V;

#[tokio::test]
async fn options_say_what_the_server_speaks() {
    let sim = serve_with(|config| config.versions = vec![V::V12_1, V::V14_1]).await;
    let mut device = Device::connect(&sim, V::V14_1, 1).await;
    let got = device.options().await;
    let head = &got.head;
    assert_eq!((head.status, head.keep_alive), (200, true));
    assert_eq!(head.protocol_versions.as_deref(), Some("12.1,14.1"));
    let offer = Offer::of(head);
    assert_eq!(offer.version(), Some(V::V14_1));
    assert!(Command::ALL.into_iter().all(|command| offer.has(command)));
}

#[tokio::test]
async fn passwords_and_tokens_are_taken_and_others_are_asked_for_them() {
    let sim = play_with("plain", |config| {
        config.eas = Some(Config::default());
        config.accounts = Accounts::anyone_with_password("secret").and_token(USER, "tok");
    })
    .await;
    for (credential, status) in [
        (
            Authentication::Password(Secret::new("secret".to_owned())),
            200,
        ),
        (
            Authentication::Password(Secret::new("wrong".to_owned())),
            401,
        ),
        (
            Authentication::AccessToken(Secret::new("tok".to_owned())),
            200,
        ),
        (
            Authentication::AccessToken(Secret::new("old".to_owned())),
            401,
        ),
    ] {
        let mut device = Device::connect(&sim, V::V16_1, 1).await;
        device.credential = credential;
        let got = device.folder_sync("0").await;
        assert_eq!(got.head.status, status);
        let challenges = got.head.challenges;
        assert_eq!(
            (challenges.basic, challenges.bearer),
            (status == 401, status == 401)
        );
    }
    assert_eq!(sim.logins(USER).refused, 2);
}

#[tokio::test]
async fn requests_that_are_not_as_they_have_to_be_get_a_status_of_http() {
    let sim = serve().await;
    let path = "/Microsoft-Server-ActiveSync";
    let basic = "Authorization: Basic YW5uQHgudGVzdDpzZWNyZXQ=\r\n";
    let query = "Cmd=Ping&User=ann%40x.test&DeviceId=a1&DeviceType=b";
    let version = "MS-ASProtocolVersion: 14.1\r\n";
    for (line, headers, status) in [
        ("GET / HTTP/1.1".to_owned(), basic.to_owned(), 404),
        (format!("PUT {path} HTTP/1.1"), basic.to_owned(), 501),
        (format!("OPTIONS {path} HTTP/1.1"), String::new(), 401),
        (
            format!("POST {path}?jAAJBAp2 HTTP/1.1"),
            basic.to_owned(),
            400,
        ),
        (
            format!("POST {path}?{query} HTTP/1.1"),
            basic.to_owned(),
            400,
        ),
        (
            format!("POST {path}?{query} HTTP/1.1"),
            format!("{basic}MS-ASProtocolVersion: 3.0\r\n"),
            505,
        ),
        (
            format!("POST {path}?Cmd=Dance&User=ann%40x.test HTTP/1.1"),
            format!("{basic}{version}"),
            501,
        ),
        (
            format!("POST {path}?Cmd=Ping&User=bob HTTP/1.1"),
            format!("{basic}{version}"),
            400,
        ),
        ("not HTTP".to_owned(), String::new(), 400),
    ] {
        let mut device = Device::connect(&sim, V::V14_1, 1).await;
        let request = format!("{line}\r\nHost: x\r\n{headers}\r\n");
        device.send(request.as_bytes()).await;
        assert_eq!(device.answer().await.head.status, status, "{line}");
    }
    let mistakes = sim.eas().mistakes(USER);
    assert_eq!(mistakes.len(), 4, "{mistakes:?}");
}

#[tokio::test]
async fn a_connection_stays_and_bodies_may_come_in_chunks() {
    let sim = serve_with(|config| config.chunked = true).await;
    let mut device = Device::ready(&sim, V::V16_1).await;
    for _ in 0..3 {
        let got = device.folder_sync("0").await;
        assert_eq!(got.text("Status"), "1");
        assert!(got.head.keep_alive);
        // A server that was updated says so (MS-ASHTTP, section 3.2.5.1).
        assert_eq!(Offer::of(&got.head).version(), Some(V::V16_1));
    }
    assert_eq!(sim.logins(USER).connected, 1);
}

#[tokio::test]
async fn what_is_too_large_is_refused_and_ends_the_connection() {
    let sim = serve().await;
    let mut device = Device::connect(&sim, V::V14_1, 1).await;
    device
        .send(b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n")
        .await;
    let got = device.answer().await;
    assert_eq!((got.head.status, got.head.keep_alive), (413, false));
    assert!(device.try_answer().await.is_none());
}

#[tokio::test]
async fn the_same_over_tls() {
    let sim = play_with("plain", |config| {
        config.tls = true;
        config.eas = Some(Config::default());
    })
    .await;
    let mut device = Device::connect_tls(&sim, V::V16_1).await;
    device.provision().await;
    assert_eq!(device.folder_sync("0").await.text("Status"), "1");
}
