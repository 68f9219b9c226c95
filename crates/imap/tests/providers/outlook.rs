//! Outlook.com and Exchange: mail that is told before IDLE has begun, or late, or never; backends that are away.

use crate::manners::Manners;
use crate::watch::{HOUR, Watch};
use pushmail_domain::FaultKind;
use pushmail_imap::Quirks;
use pushmail_mailsim::{Profile, Refusal, Whose};

const USER: &str = "ann@outlook.com";

async fn at_outlook() -> Watch {
    let watch = Watch::new("outlook", "outlook.office365.com", USER).await;
    watch.by_token()
}

#[tokio::test]
async fn outlook_tells_of_new_mail_at_once_for_an_hour() {
    let mut watch = at_outlook().await;
    watch.idles_for(HOUR, 300).await;
    assert_eq!(Manners::of(&watch).count("AUTHENTICATE XOAUTH2"), 1);
}

#[tokio::test]
async fn mail_that_outlook_tells_of_before_idle_has_begun_is_seen() {
    let mut watch = at_outlook().await;
    watch.connect_until("IDLE").await;
    watch.deliver();
    watch.settle().await;
    let transcript = watch.transcript().join("\n");
    let told = transcript.find("* 1 EXISTS").unwrap();
    assert!(told < transcript.find("+ idling").unwrap(), "{transcript}");
    assert_eq!(watch.mail.len(), 1, "{transcript}");
}

#[tokio::test]
async fn mail_that_outlook_s_idle_does_not_tell_of_is_found_within_five_minutes() {
    let mut watch = at_outlook().await;
    watch.connect().await.unwrap();
    watch.sim.deafen_idle(USER, true);
    assert_eq!(watch.seen_within(300).await, Some(300));
}

#[tokio::test]
async fn an_account_without_the_rule_finds_it_later() {
    let mut watch = Watch::without_rule("outlook", USER).await.by_token();
    watch.connect().await.unwrap();
    watch.sim.deafen_idle(USER, true);
    assert_eq!(watch.seen_within(300).await, None);
    assert_eq!(watch.seen_within(240).await, Some(239));
}

/// An Exchange server of one's own has any name, and is known by its greeting.
#[tokio::test]
async fn exchange_servers_are_known_by_their_greeting() {
    let profile = Profile::named("outlook").unwrap();
    let unlisted = Quirks::of_host("mail.example.org");
    let mut watch = Watch::with(profile, unlisted, USER).await;
    watch
        .sim
        .refuse_logins(Whose::User(USER.to_owned()), Refusal::AuthenticationFailed);
    let refused = watch.connect().await.unwrap_err();
    assert!(!refused.message.contains("OAuth"), "{refused}");
    watch.sim.admit_logins();
    watch.connect().await.unwrap();
    watch.sim.deafen_idle(USER, true);
    assert_eq!(watch.seen_within(300).await, Some(300));
}

#[tokio::test]
async fn authenticated_but_not_connected_is_no_wrong_password() {
    let mut watch = at_outlook().await;
    watch.sim.lose_backend(USER, true);
    let end = watch.connect().await.unwrap_err();
    assert_ne!(end.kind, FaultKind::AuthRejected, "{end}");
    watch.sim.lose_backend(USER, false);
    watch.connect().await.unwrap();
    watch.sim.lose_backend(USER, true);
    watch.pass(301).await;
    let end = watch.ends.pop().unwrap();
    assert_ne!(end.kind, FaultKind::AuthRejected, "{end}");
}

#[tokio::test]
async fn outlook_s_throttling_is_no_wrong_password() {
    for how in [Refusal::Limit, Refusal::Unavailable] {
        let mut watch = at_outlook().await;
        watch.sim.refuse_logins(Whose::Percent(100), how);
        let end = watch.connect().await.unwrap_err();
        assert_ne!(end.kind, FaultKind::AuthRejected, "{end}");
    }
}

#[tokio::test]
async fn outlook_without_oauth_is_told_what_to_do() {
    let watch = Watch::with(
        Profile::named("outlook").unwrap(),
        Quirks::of_host("outlook.office365.com"),
        USER,
    );
    let mut watch = watch.await;
    watch
        .sim
        .refuse_logins(Whose::User(USER.to_owned()), Refusal::AuthenticationFailed);
    let end = watch.connect().await.unwrap_err();
    assert!(end.message.contains("use OAuth"), "{end}");
}
