//! Mail.ru and Naver: no IDLE.

use crate::manners::Manners;
use crate::watch::{HOUR, Watch, changed, no_rule};
use pushmail_imap::Quirks;
use pushmail_mailsim::Profile;
use std::time::Duration;

const USER: &str = "ann@x.test";

/// Mail that follows mail is told within a minute, the first after a long silence within five.
async fn is_polled(watch: &mut Watch) -> Manners {
    watch.connect().await.unwrap();
    watch.pass(HOUR).await;
    let first = watch.seen_within(300).await;
    assert!(first.is_some(), "{:?}", watch.ends);
    let next = watch.seen_within(60).await;
    assert!(next.is_some(), "{:?}", watch.ends);
    assert!(watch.is_connected());
    Manners::of(watch)
}

#[tokio::test]
async fn mail_ru_is_polled_by_noop_more_and_more_seldom() {
    let mut watch = Watch::new("mailru", "imap.mail.ru", USER).await;
    let manners = is_polled(&mut watch).await;
    manners.are_good(1, 1);
    assert_eq!(manners.count("IDLE"), 0);
    let polls = manners.count("NOOP");
    assert!((13..=20).contains(&polls), "{polls}");
}

/// IDLE is not even advertised: the rule is for the case that it is.
#[tokio::test]
async fn mail_ru_is_polled_without_the_rule_as_well() {
    let mut watch = Watch::without_rule("mailru", USER).await;
    is_polled(&mut watch).await.are_good(1, 1);
}

/// What the test above would say of an account that polls too seldom.
#[tokio::test]
async fn mail_ru_tells_nothing_between_polls() {
    let seldom = changed(Quirks::of_host("imap.mail.ru"), |quirks| {
        quirks.poll_interval = Duration::from_secs(400);
        quirks.poll_interval_max = Duration::from_secs(400);
    });
    let mut watch = Watch::with(Profile::named("mailru").unwrap(), seldom, USER).await;
    watch.connect().await.unwrap();
    assert_eq!(watch.seen_within(300).await, None);
}

#[tokio::test]
async fn naver_s_folder_is_opened_again_at_each_poll() {
    let mut watch = Watch::new("naver", "imap.naver.com", USER).await;
    let manners = is_polled(&mut watch).await;
    manners.are_good(1, 22);
    assert!(manners.count("EXAMINE") >= 14);
    assert_eq!(manners.count("IDLE") + manners.count("NOOP"), 0);
}

#[tokio::test]
async fn naver_shows_nothing_to_an_account_without_the_rule() {
    let mut watch = Watch::with(Profile::named("naver").unwrap(), no_rule(), USER).await;
    watch.connect().await.unwrap();
    assert_eq!(watch.seen_within(HOUR).await, None);
    assert!(watch.is_connected());
}
