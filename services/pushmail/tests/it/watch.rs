//! `pushmail watch` at a real Dovecot.

mod credentials;
mod refusals;
mod sogo;
mod state;

use crate::support::{LIMIT, Mailbox, interrupt, text, wait_for};
use pushmail_testkit::Process;
use serde_json::Value;
use tokio::process::Command;

/// A running `watch --json`, live.
struct Watch(Process);

impl Watch {
    async fn start(mut command: Command) -> Self {
        command.arg("--json");
        let mut process = Process::start(command);
        wait_for(&mut process, |object| object["state"] == "live").await;
        Self(process)
    }

    /// The next mail.
    async fn next(&mut self) -> Value {
        wait_for(&mut self.0, |object| object["type"] == "message.new").await
    }

    /// The Message-ID of the next mail.
    async fn mail(&mut self) -> String {
        text(&self.next().await, "message_id").to_owned()
    }

    /// Ends it as Ctrl-C does.
    async fn stop(mut self) {
        assert_eq!(interrupt(&mut self.0).await, Some(0));
    }
}

#[tokio::test]
async fn a_new_mail_is_printed_with_every_documented_field() {
    let Some(mailbox) = Mailbox::new() else {
        return;
    };
    let mut process = Process::start({
        let mut command = mailbox.watch(&mailbox.imaps());
        command.arg("--json");
        command
    });
    let live = wait_for(&mut process, |_| true).await;
    assert_eq!(
        (text(&live, "type"), text(&live, "state")),
        ("account.state", "live")
    );
    assert!(text(&live, "id").starts_with("evt_"), "{live}");

    let id = mailbox.deliver("=?utf-8?q?Caf=C3=A9?= at noon");
    let mail = Watch(process).next().await;
    assert!(text(&mail, "id").starts_with("evt_"), "{mail}");
    assert_eq!(text(&mail, "folder"), "INBOX");
    assert_eq!(mail["uid"], mailbox.dovecot.messages(&mailbox.user)[0].0);
    assert_eq!(text(&mail, "message_id"), id);
    assert!(
        text(&mail, "from").contains("Zoë") && text(&mail, "from").contains("zoe@example.org"),
        "{mail}"
    );
    let to = mail["to"].as_array().unwrap();
    assert_eq!(to.len(), 2, "{mail}");
    assert!(
        to[0].as_str().unwrap().contains("ann@example.org"),
        "{mail}"
    );
    assert_eq!(text(&mail, "subject"), "Café at noon");
    assert_eq!(text(&mail, "date"), "2026-03-02T09:20:30Z");
    assert!(text(&mail, "internal_date").ends_with('Z'), "{mail}");
    assert!(mail["size"].as_u64().unwrap() > 200, "{mail}");
    assert!(mail["flags"].is_array(), "{mail}");
    assert!(
        text(&mail, "preview").starts_with("Hello Ann, this is about"),
        "{mail}"
    );
    assert_eq!(text(&mail, "arrival"), "delivered");
    // To the second, which is all that INTERNALDATE has.
    let [stored, detected] =
        ["internal_date", "detected_at"].map(|field| &text(&mail, field)[..19]);
    assert!(detected >= stored, "{mail}");
}

#[tokio::test]
async fn a_new_mail_is_printed_through_starttls() {
    let Some(mailbox) = Mailbox::new() else {
        return;
    };
    let mut watch = Watch::start(mailbox.watch(&mailbox.starttls())).await;
    let id = mailbox.deliver("starttls");
    assert_eq!(watch.mail().await, id);
    watch.stop().await;
}

#[tokio::test]
async fn plaintext_is_allowed_to_this_machine() {
    let Some(mailbox) = Mailbox::new() else {
        return;
    };
    let mut command = mailbox.watch(&mailbox.starttls());
    command.arg("--plaintext");
    let mut watch = Watch::start(command).await;
    let id = mailbox.deliver("plaintext");
    assert_eq!(watch.mail().await, id);
}

#[tokio::test]
async fn a_person_gets_a_readable_line() {
    let Some(mailbox) = Mailbox::new() else {
        return;
    };
    let mut process = Process::start(mailbox.watch(&mailbox.imaps()));
    process
        .wait_for_line(|line| line.ends_with("  live"), LIMIT)
        .await;
    mailbox.deliver("\u{1b}[2Jlunch?");
    let line = process.wait_for_line(|_| true, LIMIT).await;
    let (time, rest) = line.split_once("  INBOX  ").unwrap();
    assert_eq!(time.len(), "12:34:56".len(), "{line}");
    assert!(rest.contains("Zoë") && rest.contains("lunch?"), "{line}");
    assert!(rest.contains(" | Hello Ann, this is about"), "{line}");
    assert!(!line.contains('\u{1b}'), "{line:?}");
}
