//! What cannot work ends at once: one line that names the remedy, and an exit code of its own.

use crate::support::{Ended, Mailbox, PASSWORD, pushmail, run};
use pushmail_mailsim::Mailsim;
use pushmail_runtime::SystemClock;
use std::sync::Arc;
use tokio::process::Command;

/// Runs the command; it must fail with the code and one line, which holds all of `parts`.
async fn refused(mut command: Command, code: i32, parts: &[&str]) {
    let ended: Ended = run(&mut command).await;
    assert_eq!(ended.code, Some(code), "{ended:?}");
    assert_eq!(ended.stdout, "", "nothing is known yet");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
    for part in parts {
        assert!(
            ended.stderr.contains(part),
            "{part:?} is missing: {}",
            ended.stderr
        );
    }
}

fn watch(url: &str) -> Command {
    let mut command = pushmail();
    command
        .args(["watch", url, "--password-env", "PW"])
        .env("PW", PASSWORD);
    command
}

#[tokio::test]
async fn a_wrong_password() {
    let Some(mailbox) = Mailbox::new() else {
        return;
    };
    let mut command = mailbox.watch(&mailbox.imaps());
    command.env("PW", "not-the-password");
    let parts = [
        "rejected the password",
        &mailbox.user,
        "check the user name and the password",
    ];
    refused(command, 3, &parts).await;
}

#[tokio::test]
async fn a_wrong_token() {
    let Some(mailbox) = Mailbox::new() else {
        return;
    };
    let mut command = mailbox.bare_watch(&mailbox.imaps());
    command.arg("--ca-file").arg(mailbox.ca_file());
    command.args(["--oauth-token-command", "echo not.a.token"]);
    refused(
        command,
        3,
        &["rejected the access token", "get a new access token"],
    )
    .await;
}

#[tokio::test]
async fn an_unknown_host() {
    refused(
        watch("imaps://u@does-not-exist.invalid"),
        4,
        &["does-not-exist.invalid"],
    )
    .await;
}

#[tokio::test]
async fn a_host_that_does_not_answer() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("imaps://u@{}", closed.local_addr().unwrap());
    drop(closed);
    refused(
        watch(&url),
        4,
        &["cannot be reached", "check host and port"],
    )
    .await;
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for() {
    let Some(mailbox) = Mailbox::new() else {
        return;
    };
    refused(
        watch(&mailbox.imaps()),
        5,
        &["its issuer is not trusted", "--ca-file"],
    )
    .await;
    refused(
        watch(&mailbox.starttls()),
        5,
        &["its issuer is not trusted", "--ca-file"],
    )
    .await;
}

#[tokio::test]
async fn a_server_without_starttls() {
    let mut config = pushmail_mailsim::Config::new(Arc::new(SystemClock));
    config.tls = false;
    let server = Mailsim::start(config).await.unwrap();
    let url = format!("imap://u@{}", server.addr());
    refused(watch(&url), 6, &["does not offer STARTTLS", "imaps://"]).await;
}

#[tokio::test]
async fn plaintext_to_another_machine() {
    let mut command = watch("imap://u@192.0.2.1");
    command.arg("--plaintext");
    refused(command, 6, &["192.0.2.1", "another machine", "imaps://"]).await;
}

#[tokio::test]
async fn a_top_level_domain_is_not_asked_for_its_server_of_activesync() {
    let parts = ["org is no domain of an organisation", "eas://user@host"];
    refused(watch("eas:me@org"), 4, &parts).await;
}

#[tokio::test]
async fn a_missing_folder() {
    let Some(mailbox) = Mailbox::new() else {
        return;
    };
    let mut command = mailbox.watch(&mailbox.imaps());
    command.args(["--folder", "No such folder"]);
    refused(command, 7, &["\"No such folder\"", "check that it exists"]).await;
}

#[tokio::test]
async fn a_missing_environment_variable() {
    let mut command = watch("imaps://u@localhost:1");
    command.env_remove("PW");
    refused(command, 8, &["--password-env PW", "not set"]).await;
}

#[tokio::test]
async fn a_token_command_that_fails() {
    let mut command = pushmail();
    command.args([
        "watch",
        "imaps://u@localhost:1",
        "--oauth-token-command",
        "exit 3",
    ]);
    refused(command, 8, &["--oauth-token-command failed"]).await;
}

#[tokio::test]
async fn no_terminal_to_ask_for_the_password_on() {
    let watch = watch("imaps://u@localhost:1");
    // Without a controlling terminal, whatever the tests run in.
    let mut command = Command::new("setsid");
    command.arg("--wait").arg(watch.as_std().get_program());
    command.args(["watch", "imaps://u@localhost:1"]);
    refused(command, 8, &["no terminal", "--password-env"]).await;
}

#[tokio::test]
async fn options_that_do_not_go_together() {
    let mut command = watch("imaps://u@localhost:1");
    command.args(["--since-now", "--state", "file"]);
    assert_eq!(run(&mut command).await.code, Some(2));
}
