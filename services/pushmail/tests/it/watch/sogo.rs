//! `pushmail watch` at a real server of Exchange ActiveSync: SOGo.

use super::Watch;
use crate::support::{PASSWORD, mail, pushmail, run, text, wait_for};
use pushmail_testkit::Sogo;
use pushmail_testkit::sogo::{Entry, Settings};
use serde_json::Value;
use std::path::Path;
use tokio::process::Command;

/// A mailbox for each test, at the server that they share.
fn user(number: u8) -> String {
    format!("user{number}@tenant2.test")
}

fn watch(sogo: &Sogo, user: &str, folders: &[&str]) -> Command {
    let url = sogo.url().replace("http://", "");
    let mut command = pushmail();
    command
        .args(["watch", &format!("eas://{user}@{url}"), "--plaintext"])
        .args(["--password-env", "PW", "--events", "all"])
        .env("PW", PASSWORD);
    for folder in folders {
        command.args(["--folder", folder]);
    }
    command
}

fn with_state(mut command: Command, file: &Path) -> Command {
    command.arg("--state").arg(file);
    command
}

fn deliver(sogo: &Sogo, user: &str, subject: &str) -> String {
    let (id, raw) = mail(subject);
    sogo.mail().deliver(user, &raw);
    id
}

async fn of_type(watch: &mut Watch, kind: &str) -> Value {
    wait_for(&mut watch.0, |object| object["type"] == kind).await
}

#[tokio::test]
async fn a_new_mail_is_printed_with_what_it_says_and_read_marks_and_deletions_follow() {
    let Some(sogo) = Sogo::shared() else {
        return;
    };
    let user = user(1);
    sogo.prime(&user);
    deliver(sogo, &user, "before anybody watched");
    let mut watch = Watch::start(watch(sogo, &user, &["INBOX"])).await;
    let id = deliver(sogo, &user, "=?utf-8?q?Caf=C3=A9?= at noon");
    let new = watch.next().await;
    assert_eq!(text(&new, "message_id"), id);
    assert_eq!(text(&new, "subject"), "Café at noon");
    assert_eq!(text(&new, "folder"), "INBOX");
    assert!(text(&new, "preview").starts_with("Hello Ann"), "{new}");
    let server_id = text(&new, "server_id").to_owned();

    let mut imap = sogo.mail().login(&user);
    imap.select("INBOX");
    let seen = imap.command("STORE 2 +FLAGS (\\Seen)");
    seen.expect("the mail is there");
    let marked = of_type(&mut watch, "message.changed").await;
    assert_eq!(text(&marked, "server_id"), server_id);
    imap.command("STORE 2 +FLAGS (\\Deleted)").expect("it is");
    imap.command("EXPUNGE").expect("it goes");
    let gone = of_type(&mut watch, "message.deleted").await;
    assert_eq!(text(&gone, "server_id"), server_id);
    watch.stop().await;
}

#[tokio::test]
async fn appointments_contacts_and_mail_are_told_on_one_connection() {
    let Some(sogo) = Sogo::shared() else {
        return;
    };
    let user = user(2);
    sogo.prime(&user);
    // A calendar that is empty is watched by no Ping.
    sogo.put(&user, Entry::Event, "old", "Long planned");
    sogo.put(&user, Entry::Contact, "old", "Known");
    let folders = ["INBOX", "\\Calendar", "\\Contacts"];
    let mut watch = Watch::start(watch(sogo, &user, &folders)).await;

    sogo.put(&user, Entry::Event, "lunch", "Lunch");
    let event = of_type(&mut watch, "calendar.new").await;
    assert_eq!(text(&event, "subject"), "Lunch");
    assert_eq!(text(&event, "start"), "2030-01-10T10:00:00Z");
    sogo.put(&user, Entry::Contact, "ann", "Ann");
    let contact = of_type(&mut watch, "contact.new").await;
    assert_eq!(text(&contact, "email"), "ann@example.test");
    let id = deliver(sogo, &user, "And a mail");
    assert_eq!(watch.mail().await, id);
    sogo.put(&user, Entry::Event, "lunch", "Late lunch");
    let event = of_type(&mut watch, "calendar.changed").await;
    assert_eq!(text(&event, "subject"), "Late lunch");
    sogo.delete(&user, Entry::Contact, "ann");
    let gone = of_type(&mut watch, "contact.deleted").await;
    assert_eq!(gone["server_id"], contact["server_id"]);
    watch.stop().await;
}

#[tokio::test]
async fn what_came_while_nobody_watched_is_told_once_and_so_is_a_folder() {
    let Some(sogo) = Sogo::shared() else {
        return;
    };
    let user = user(3);
    sogo.prime(&user);
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state");
    let command = || with_state(watch(sogo, &user, &["*"]), &state);
    let mut watch = Watch::start(command()).await;
    let seen = deliver(sogo, &user, "seen live");
    assert_eq!(watch.mail().await, seen);
    watch.stop().await;

    let missed = deliver(sogo, &user, "missed");
    sogo.mail().login(&user).create("Lists");
    let mut watch = Watch::start(command()).await;
    let created = of_type(&mut watch, "folder.created").await;
    assert_eq!(text(&created, "folder"), "Lists");
    assert_eq!(watch.mail().await, missed);
    watch.stop().await;

    sogo.mail().login(&user).delete("Lists");
    let mut watch = Watch::start(command()).await;
    let deleted = of_type(&mut watch, "folder.deleted").await;
    assert_eq!(text(&deleted, "folder"), "Lists");
    let new = deliver(sogo, &user, "after the second restart");
    assert_eq!(watch.mail().await, new);
    watch.stop().await;
}

#[tokio::test]
async fn a_server_that_restarts_loses_nothing() {
    let Some(mut sogo) = Sogo::start(Settings::default()) else {
        return;
    };
    let user = user(4);
    sogo.prime(&user);
    let mut watch = Watch::start(watch(&sogo, &user, &["INBOX"])).await;
    let before = deliver(&sogo, &user, "before");
    assert_eq!(watch.mail().await, before);
    sogo.restart();
    let after = deliver(&sogo, &user, "after");
    assert_eq!(watch.mail().await, after);
    watch.stop().await;
}

#[tokio::test]
async fn a_wrong_password_and_a_wrong_path_are_said_in_plain_words() {
    let Some(sogo) = Sogo::shared() else {
        return;
    };
    let user = user(5);
    let mut wrong = watch(sogo, &user, &["INBOX"]);
    let ended = run(wrong.env("PW", "wrong")).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(
        ended.stderr.contains("user name or the password"),
        "{ended:?}"
    );

    let mut nowhere = pushmail();
    let url = format!("eas://{user}@{}/nowhere", sogo.addr());
    nowhere
        .args(["watch", &url, "--plaintext", "--password-env", "PW"])
        .env("PW", PASSWORD);
    let ended = run(&mut nowhere).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("host and path"), "{ended:?}");
}
