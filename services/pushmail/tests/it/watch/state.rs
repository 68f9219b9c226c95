//! What is reported after a restart, and what is not.

use super::Watch;
use crate::support::{Mailbox, text};
use tokio::process::Command;

fn with_state(mailbox: &Mailbox) -> Command {
    let mut command = mailbox.watch(&mailbox.imaps());
    command.arg("--state").arg(mailbox.file("state"));
    command
}

#[tokio::test]
async fn mail_that_came_while_it_did_not_run_is_reported_once() {
    let Some(mailbox) = Mailbox::new() else {
        return;
    };
    mailbox.deliver("before the first start");
    let mut watch = Watch::start(with_state(&mailbox)).await;
    let seen = mailbox.deliver("seen live");
    assert_eq!(watch.mail().await, seen);
    watch.stop().await;

    let missed = [mailbox.deliver("missed 1"), mailbox.deliver("missed 2")];
    let mut watch = Watch::start(with_state(&mailbox)).await;
    assert_eq!([watch.mail().await, watch.mail().await], missed);
    watch.stop().await;

    let mut watch = Watch::start(with_state(&mailbox)).await;
    let new = mailbox.deliver("after the second restart");
    assert_eq!(watch.mail().await, new);
}

#[tokio::test]
async fn a_kill_loses_nothing() {
    let Some(mailbox) = Mailbox::new() else {
        return;
    };
    let mut watch = Watch::start(with_state(&mailbox)).await;
    let first = mailbox.deliver("before the kill");
    assert_eq!(watch.mail().await, first);
    watch.0.kill().await;
    let second = mailbox.deliver("after the kill");
    let mut watch = Watch::start(with_state(&mailbox)).await;
    let mut next = watch.mail().await;
    if next == first {
        // Printed, but killed before that was written down.
        next = watch.mail().await;
    }
    assert_eq!(next, second);
}

#[tokio::test]
async fn old_mail_is_not_reported_since_now() {
    let Some(mailbox) = Mailbox::new() else {
        return;
    };
    mailbox.deliver("old 1");
    mailbox.deliver("old 2");
    let mut command = mailbox.watch(&mailbox.imaps());
    command.arg("--since-now");
    let mut watch = Watch::start(command).await;
    let new = mailbox.deliver("new");
    assert_eq!(watch.mail().await, new);
}

#[tokio::test]
async fn every_named_folder_is_watched() {
    let Some(mailbox) = Mailbox::new() else {
        return;
    };
    mailbox.append("Work/Reports", "old report");
    let folders = || {
        let mut command = with_state(&mailbox);
        command.args(["--folder", "INBOX", "--folder", "Work/Reports"]);
        command
    };
    Watch::start(folders()).await.stop().await;

    let inbox = mailbox.deliver("to the inbox");
    let work = mailbox.append("Work/Reports", "to the other folder");
    let mut watch = Watch::start(folders()).await;
    let mut found = Vec::new();
    for _ in 0..2 {
        let mail = watch.next().await;
        found.push((
            text(&mail, "folder").to_owned(),
            text(&mail, "message_id").to_owned(),
        ));
    }
    found.sort();
    assert_eq!(
        found,
        [
            ("INBOX".to_owned(), inbox),
            ("Work/Reports".to_owned(), work)
        ]
    );
}

#[tokio::test]
async fn a_state_file_of_an_older_version_is_refused_with_what_to_do() {
    let Some(mailbox) = Mailbox::new() else {
        return;
    };
    let older =
        r#"{"account":"acc_04106105r61gm6gt4q7tk14s7c","cursor":{"version":1,"folders":{}}}"#;
    std::fs::write(mailbox.file("state"), older).unwrap();
    let ended = crate::support::run(&mut with_state(&mailbox)).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for words in [
        "another version of pushmail",
        "remove the file to begin anew",
    ] {
        assert!(ended.stderr.contains(words), "{ended:?}");
    }
}

#[tokio::test]
async fn a_state_file_of_another_mailbox_is_refused() {
    let Some(mailbox) = Mailbox::new() else {
        return;
    };
    Watch::start(with_state(&mailbox)).await.stop().await;
    let other = mailbox.another();
    let mut command = other.watch(&other.imaps());
    command.arg("--state").arg(mailbox.file("state"));
    let ended = crate::support::run(&mut command).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.stderr.contains("belongs to another mailbox"),
        "{ended:?}"
    );
}
