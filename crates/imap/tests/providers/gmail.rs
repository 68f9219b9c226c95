//! Gmail: labels that look like folders, sessions that end with their token, 15 connections.

use crate::manners::Manners;
use crate::watch::{HOUR, Watch};
use pushmail_domain::{Blame, FaultKind};

const USER: &str = "ann@gmail.com";
const ALL_MAIL: &str = "[Gmail]/All Mail";

async fn watching(selection: &[&str]) -> Watch {
    let watch = Watch::new("gmail", "imap.gmail.com", USER).await;
    let mut watch = watch.by_token().folders(selection);
    watch.deliver();
    watch.deliver_to("Work");
    watch.connect().await.unwrap();
    watch
}

#[tokio::test]
async fn gmail_tells_of_new_mail_at_once_for_hours() {
    let watch = Watch::new("gmail", "imap.gmail.com", USER).await;
    let mut watch = watch.by_token();
    watch.idles_for(3 * HOUR, 540).await;
    assert_eq!(Manners::of(&watch).count("AUTHENTICATE XOAUTH2"), 1);
}

#[tokio::test]
async fn all_folders_of_gmail_are_not_all_mail() {
    let mut watch = watching(&["*"]).await;
    watch.deliver_to("[Gmail]/Sent Mail");
    watch.deliver_to("[Gmail]/Drafts");
    watch.pass(300).await;
    assert!(watch.mail.is_empty());
    watch.deliver_to("Work");
    watch.pass(60).await;
    assert_eq!(watch.folder_of(&watch.mail[0]), "Work");
    let manners = Manners::of(&watch);
    for command in ["EXAMINE \"[Gmail]", "STATUS \"[Gmail]"] {
        assert_eq!(manners.count(command), 0, "{command}");
    }
}

/// What an account sees that names it.
#[tokio::test]
async fn all_mail_of_gmail_shows_sent_mail() {
    let mut watch = watching(&[ALL_MAIL]).await;
    watch.deliver_to("[Gmail]/Sent Mail");
    watch.settle().await;
    assert_eq!(watch.folder_of(&watch.mail[0]), ALL_MAIL);
}

#[tokio::test]
async fn a_message_under_several_labels_has_one_identity() {
    let mut watch = watching(&["*"]).await;
    let uid = watch.deliver_to("INBOX");
    watch.sim.copy_messages(USER, "INBOX", &[uid], "Work");
    watch.deliver_to("Work");
    watch.pass(120).await;
    let told: Vec<(&str, &str)> = watch
        .mail
        .iter()
        .map(|message| {
            (
                watch.folder_of(message),
                message.provider_message_id.as_str(),
            )
        })
        .collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!((told[0].0, told[1].0), ("INBOX", "Work"));
    assert_eq!(told[0].1, told[1].1);
    assert_ne!(told[0].1, told[2].1);
    assert!(watch.mail.iter().all(|message| message.is_gmail()));
}

#[tokio::test]
async fn a_session_that_expires_with_its_token_is_no_failure() {
    let mut watch = watching(&["INBOX"]).await;
    watch.pass(HOUR).await;
    watch.sim.expire_sessions(USER);
    watch.pass(1).await;
    assert_eq!(watch.ends[0].kind, FaultKind::Closed);
    assert_ne!(watch.ends[0].kind.blame(), Blame::Account);
    assert_eq!(watch.interval(), 675, "it is no reason to probe more often");
    watch.keep_watching(60).await.unwrap();
    assert_eq!(watch.seen_within(0).await, Some(0));
    Manners::of(&watch).are_good(2, 2);
}

#[tokio::test]
async fn a_sixteenth_connection_to_gmail_is_throttled_and_nobody_s_password_is_blamed() {
    let mut watch = watching(&["INBOX"]).await;
    let mut others = Vec::new();
    for _ in 0..14 {
        let mut other = watch.begin();
        other.settle().await;
        assert!(other.rests());
        others.push(other);
    }
    let mut last = watch.begin();
    last.settle().await;
    let end = last.ended.unwrap();
    assert_eq!(end.kind, FaultKind::Throttled, "{end}");
    assert_eq!(watch.seen_within(0).await, Some(0));
    drop(others);
    watch.pass(1).await;
    watch.connect().await.unwrap();
}
