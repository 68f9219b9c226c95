//! 163, 126, yeah.net: no IDLE, ID before EXAMINE, and STATUS every 55 s, since NOOP does not keep the connection.

use crate::manners::Manners;
use crate::watch::{HOUR, Watch, no_rule};
use pushmail_domain::FaultKind;
use pushmail_imap::Quirks;
use pushmail_mailsim::Profile;

const USER: &str = "ann@163.com";

async fn watching() -> Watch {
    let mut watch = Watch::new("netease", "imap.163.com", USER).await;
    watch.deliver();
    watch.connect().await.unwrap();
    watch
}

#[tokio::test]
async fn netease_shows_new_mail_within_a_minute_and_keeps_the_connection() {
    let mut watch = watching().await;
    watch.pass(HOUR).await;
    assert!(watch.is_connected(), "{:?}", watch.ends);
    let seen = watch.seen_within(60).await;
    assert!(seen.is_some_and(|seconds| seconds <= 55), "{seen:?}");
    watch.pass(120).await;
    assert!(watch.is_connected(), "{:?}", watch.ends);
    let manners = Manners::of(&watch);
    let polls = 68;
    manners.are_good(1, polls + 2);
    assert!(manners.count("STATUS") >= 65);
    assert_eq!(manners.count("IDLE") + manners.count("NOOP"), 0);
}

/// The server says whose it is, for the domains of its customers.
#[tokio::test]
async fn netease_is_known_by_its_greeting() {
    let mut watch = Watch::new("netease", "mail.example.org", USER).await;
    watch.connect().await.unwrap();
    watch.pass(600).await;
    assert!(watch.is_connected(), "{:?}", watch.ends);
}

#[tokio::test]
async fn netease_refuses_the_folder_where_id_is_not_sent_unasked() {
    let table = "source = '[Q2]'\n[quirks]\nneeds_id = true\n[texts]\nbefore_login = 'IMAP4rev1'\nafter_login = 'IMAP4rev1'";
    let profile = Profile::parse("quiet netease", table).unwrap();
    let mut watch = Watch::with(profile.clone(), no_rule(), USER).await;
    let end = watch.connect().await.unwrap_err();
    assert!(end.message.contains("Unsafe Login"), "{end}");
    drop(watch);
    let mut watch = Watch::with(profile, Quirks::of_host("imap.126.com"), USER).await;
    watch.connect().await.unwrap();
    assert_eq!(Manners::of(&watch).count("ID (\"name\""), 1);
}

#[tokio::test]
async fn netease_ends_a_connection_that_polls_by_noop() {
    let mut watch = Watch::without_rule("netease", USER).await;
    watch.connect().await.unwrap();
    watch.pass(65).await;
    assert_eq!(watch.ends[0].kind, FaultKind::Closed);
}
