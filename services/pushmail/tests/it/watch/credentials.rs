//! Where the password or the token comes from.

use super::Watch;
use crate::support::{Mailbox, PASSWORD, interrupt, pushmail, until};
use pushmail_testkit::Process;
use tokio::process::Command;

async fn sees_mail(mailbox: &Mailbox, mut command: Command) {
    command.arg("--ca-file").arg(mailbox.ca_file());
    let mut watch = Watch::start(command).await;
    let id = mailbox.deliver("credentials");
    assert_eq!(watch.mail().await, id);
}

#[tokio::test]
async fn a_password_comes_from_the_first_line_of_a_file() {
    let Some(mailbox) = Mailbox::new() else {
        return;
    };
    let file = mailbox.file("password");
    std::fs::write(&file, format!("{PASSWORD}\nnot this\n")).unwrap();
    let mut command = mailbox.bare_watch(&mailbox.imaps());
    command.arg("--password-file").arg(file);
    sees_mail(&mailbox, command).await;
}

#[tokio::test]
async fn a_token_comes_from_the_environment() {
    let Some(mailbox) = Mailbox::new() else {
        return;
    };
    let mut command = mailbox.bare_watch(&mailbox.imaps());
    command.args(["--oauth-token-env", "TOKEN"]);
    command.env("TOKEN", mailbox.dovecot.token(&mailbox.user));
    sees_mail(&mailbox, command).await;
}

#[tokio::test]
async fn a_token_comes_from_a_command() {
    let Some(mailbox) = Mailbox::new() else {
        return;
    };
    let token = mailbox.dovecot.token(&mailbox.user);
    let print = format!("echo '{{\"access_token\": \"{token}\", \"expires_in\": 3600}}'");
    let mut command = mailbox.bare_watch(&mailbox.imaps());
    command.args(["--oauth-token-command", &print]);
    sees_mail(&mailbox, command).await;
}

#[tokio::test]
async fn ctrl_c_does_not_wait_for_a_token_command() {
    let folder = tempfile::tempdir().unwrap();
    let running = folder.path().join("running");
    let hang = format!("touch '{}'; exec sleep 600", running.display());
    let mut command = pushmail();
    command.args([
        "watch",
        "imaps://u@localhost:1",
        "--oauth-token-command",
        &hang,
    ]);
    let mut process = Process::start(command);
    until(async || {
        running
            .exists()
            .then_some(())
            .ok_or("the command does not run".into())
    })
    .await;
    assert_eq!(interrupt(&mut process).await, Some(0));
}
