//! Requests of HTTP.

use pushmail_domain::{AccountId, Authentication, Secret};
use pushmail_eas::DeviceId;
use pushmail_eas::command::Command;
use pushmail_eas::command::provision::PolicyKey;
use pushmail_eas::http::{Call, CookieJar, Post, Request, Unsendable, Url};
use pushmail_wbxml::ProtocolVersion;

fn password(text: &str) -> Authentication {
    Authentication::Password(Secret::new(text.to_owned()))
}

fn encode(
    user: &str,
    credential: &Authentication,
    cookies: &CookieJar,
    call: Call<'_>,
) -> Result<String, Unsendable> {
    let url = Url::parse("https://mail.test:8443").unwrap();
    let request = Request {
        url: &url,
        user,
        credential,
        cookies,
        call,
    };
    let bytes = request.encode()?;
    Ok(String::from_utf8(bytes.expose().clone()).unwrap())
}

fn post<'a>(device: &'a DeviceId, policy_key: Option<&'a PolicyKey>, body: &'a [u8]) -> Call<'a> {
    Call::Post(Post {
        command: Command::FolderSync,
        device,
        version: ProtocolVersion::V14_1,
        policy_key,
        body,
    })
}

#[test]
fn options_are_asked_for_as_who_we_are() {
    let sent = encode(
        "user",
        &password("secret"),
        &CookieJar::new(),
        Call::Options,
    );
    let expected = "OPTIONS /Microsoft-Server-ActiveSync HTTP/1.1\r\nHost: mail.test:8443\r\nUser-Agent: pushmail\r\n\
                    Accept-Encoding: identity\r\nAuthorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n";
    assert_eq!(sent.unwrap(), expected);
}

#[test]
fn a_command_is_sent_with_its_query_its_headers_and_its_body() {
    let device = DeviceId::of_account(AccountId::from_bytes([7; 16]));
    let key = PolicyKey::new("3942919513").unwrap();
    let mut cookies = CookieJar::new();
    cookies.take("a=1; path=/");
    cookies.take("b=2");
    let token = Authentication::AccessToken(Secret::new("abc.def".to_owned()));
    let sent = encode(
        "DOMAIN\\jürg+x@mail.test",
        &token,
        &cookies,
        post(&device, Some(&key), b"body"),
    );
    let expected = "POST /Microsoft-Server-ActiveSync?Cmd=FolderSync&User=DOMAIN%5Cj%C3%BCrg%2Bx%40mail.test\
                    &DeviceId=ca6f7bc10f376246850aa9b02b65524a&DeviceType=pushmail HTTP/1.1\r\n\
                    Host: mail.test:8443\r\nUser-Agent: pushmail\r\nAccept-Encoding: identity\r\n\
                    MS-ASProtocolVersion: 14.1\r\nX-MS-PolicyKey: 3942919513\r\n\
                    Content-Type: application/vnd.ms-sync.wbxml\r\nContent-Length: 4\r\n\
                    Authorization: Bearer abc.def\r\nCookie: a=1; b=2\r\n\r\nbody";
    assert_eq!(sent.unwrap(), expected);
}

/// MS-ASHTTP, section 2.2.1.1.2.3; MS-ASPROV, section 3.1.5.2.
#[test]
fn an_empty_command_has_no_type_and_a_key_is_always_sent() {
    let device = DeviceId::of_account(AccountId::from_bytes([7; 16]));
    let sent = encode(
        "user",
        &password("secret"),
        &CookieJar::new(),
        post(&device, None, b""),
    )
    .unwrap();
    assert!(!sent.contains("Content-Type"));
    assert!(sent.contains("Content-Length: 0\r\n"));
    assert!(sent.contains("X-MS-PolicyKey: 0\r\n"));
}

#[test]
fn what_http_cannot_say_is_refused() {
    let none = CookieJar::new();
    let token = |text: &str| Authentication::AccessToken(Secret::new(text.to_owned()));
    let cases = [
        ("", password("a"), Unsendable::User),
        ("a:b", password("a"), Unsendable::User),
        ("a\r\nb", password("a"), Unsendable::User),
        ("a", password("a\r\nb: c"), Unsendable::Credential),
        ("a", token("a b"), Unsendable::Credential),
        ("a", token("a\n"), Unsendable::Credential),
        ("a", token(""), Unsendable::Credential),
    ];
    for (user, credential, error) in cases {
        assert_eq!(encode(user, &credential, &none, Call::Options), Err(error));
    }
    assert!(encode("a:b", &token("t"), &none, Call::Options).is_ok());
}

#[test]
fn a_request_does_not_show_secrets_and_mail_in_debug_output() {
    let device = DeviceId::of_account(AccountId::from_bytes([7; 16]));
    let url = Url::parse("https://mail.test").unwrap();
    let mut cookies = CookieJar::new();
    cookies.take("s=hunter2");
    let request = Request {
        url: &url,
        user: "user",
        credential: &password("hunter2"),
        cookies: &cookies,
        call: post(&device, None, b"hunter2"),
    };
    let bytes = request.encode().unwrap();
    let shown = format!("{request:?} {bytes:?}");
    assert!(
        !shown.contains("hunter2") && !shown.contains("104, 117, 110"),
        "{shown}"
    );
}
