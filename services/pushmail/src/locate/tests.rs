//! Discovery at simulated servers, by names that only these tests have.

mod world;

use super::MailboxArgs;
use super::autodiscover::{Asked, find};
use pushmail_domain::{Fault, FaultKind};
use pushmail_eas::autodiscover::{Found, How};
use pushmail_mailsim::eas::Discovery;
use pushmail_upstream::egress::{EgressConfig, EgressGuard};
use pushmail_upstream::target::{MailAddress, Target};
use world::{World, password};

const SERVER: &str = "https://mail.example.org/Microsoft-Server-ActiveSync";

async fn search(world: &World, trusted: &[&str]) -> Result<Found, Fault> {
    let trusted: Vec<String> = trusted.iter().map(|host| (*host).to_owned()).collect();
    let mut asked = Asked {
        credential: &mut password(&world.password),
        trusted: &trusted,
    };
    let me = MailAddress::parse("me@example.org").unwrap();
    Box::pin(find(me, &world.env, &mut asked)).await
}

fn shows_credential(asked: &str) -> bool {
    asked.to_ascii_lowercase().contains("authorization")
}

#[test]
fn redirects_are_trusted_of_those_who_may_redirect_and_refused_of_others() {
    let check = |target: &str, host: Option<&str>| {
        let args = MailboxArgs {
            target: Target::parse(target).unwrap(),
            trust_redirect: host.map(str::to_owned).into_iter().collect(),
        };
        args.check().is_ok()
    };
    assert!(check("eas:me@example.org", Some("example.net")));
    assert!(check("me@example.org", None));
    assert!(!check("me@example.org", Some("example.net")));
    assert!(!check("eas://me@mail.example.org", Some("example.net")));
}

#[tokio::test]
async fn the_domain_s_own_server_tells_it_to_anyone() {
    let mut world = World::new(&["example.org"]).await;
    world.tells("me@example.org", Discovery::At(SERVER.to_owned()));
    world.password = "/nowhere".into();
    let found = search(&world, &[]).await.unwrap();
    assert_eq!(
        (found.url.to_string().as_str(), found.how),
        (SERVER, How::Json)
    );
    assert_eq!(found.user, "me@example.org");
    assert!(!shows_credential(&world.secure()));
}

#[tokio::test]
async fn another_address_is_told_to_whom_the_server_knows() {
    let world = World::new(&["autodiscover.example.org"]).await;
    world.tells(
        "me@example.org",
        Discovery::Address("you@example.org".to_owned()),
    );
    world.tells("you@example.org", Discovery::At(SERVER.to_owned()));
    let found = search(&world, &[]).await.unwrap();
    assert_eq!(
        (found.url.to_string().as_str(), found.user.as_str()),
        (SERVER, "you@example.org")
    );
    assert!(shows_credential(&world.secure()));
}

#[tokio::test]
async fn a_wrong_password_ends_the_search() {
    let world = World::new(&["example.org", "autodiscover.example.org"]).await;
    world.tells("me@example.org", Discovery::Unknown);
    world.set_password("wrong");
    let fault = search(&world, &[]).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::AuthRejected);
    assert!(fault.message.starts_with("example.org rejected"), "{fault}");
}

#[tokio::test]
async fn a_redirect_in_the_clear_is_followed_only_to_whom_the_user_trusts() {
    let world = World::new(&["hosted.example"]).await;
    world.redirects_to("https://hosted.example/autodiscover/autodiscover.xml");
    world.tells(
        "me@example.org",
        Discovery::Address("me@hosted.example".to_owned()),
    );
    let fault = search(&world, &[]).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::UnknownHost);
    assert!(
        fault.message.contains("--trust-redirect hosted.example"),
        "{fault}"
    );
    assert!(!shows_credential(&world.secure()));

    world.tells("me@hosted.example", Discovery::At(SERVER.to_owned()));
    let found = search(&world, &["Hosted.example"]).await.unwrap();
    assert_eq!(found.user, "me@hosted.example");
    assert!(shows_credential(&world.secure()));
    let clear = world.in_the_clear();
    assert!(clear.starts_with(
        "GET /autodiscover/autodiscover.xml HTTP/1.1\r\nHost: autodiscover.example.org\r\n"
    ));
    assert!(!shows_credential(&clear), "{clear}");
}

#[tokio::test]
async fn an_srv_record_is_followed() {
    let mut world = World::new(&["mail.example.org"]).await;
    world.record("_autodiscover._tcp.example.org", "mail.example.org.");
    world.tells(
        "me@example.org",
        Discovery::Address("me@mail.example.org".to_owned()),
    );
    world.tells("me@mail.example.org", Discovery::At(SERVER.to_owned()));
    let found = search(&world, &[]).await.unwrap();
    assert_eq!(found.user, "me@mail.example.org");
}

#[tokio::test]
async fn an_inner_address_is_not_asked() {
    let mut world = World::new(&["example.org", "autodiscover.example.org"]).await;
    world.redirects_to("https://example.org/autodiscover/autodiscover.xml");
    world.tells("me@example.org", Discovery::At(SERVER.to_owned()));
    world.guard(EgressGuard::public_only(EgressConfig::default()));
    let fault = search(&world, &[]).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::UnknownHost);
    assert!(fault.message.contains("eas://user@host"), "{fault}");
    assert_eq!(
        (world.secure().as_str(), world.in_the_clear().as_str()),
        ("", "")
    );
}

#[tokio::test]
async fn an_endless_answer_is_passed_over() {
    let world = World::new(&["hosted.example"]).await;
    let endless = format!("HTTP/1.1 302 X\r\nLocation: {}", "x".repeat(1_000_000));
    world.says_in_the_clear(&endless);
    let fault = search(&world, &[]).await.unwrap_err();
    assert!(
        fault
            .message
            .starts_with("no server of Exchange ActiveSync"),
        "{fault}"
    );
}
