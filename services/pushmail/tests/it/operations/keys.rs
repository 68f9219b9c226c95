//! One master key replaces another while mail comes.

use super::json;
use crate::support::{Config, Gateway, Listener, Stores, mail, mailsim, run, until};
use pushmail_mailsim::Mailsim;
use serde_json::json;
use std::sync::Arc;

const KEY: &str = "PUSHMAIL_MASTER_KEY";
const ACCEPTED: &str = "PUSHMAIL_MASTER_KEY_ACCEPTED";
/// 32 bytes of 7, which all stores of the tests begin with, of 8 and of 9.
const BEFORE: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
const NOW: &str = "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=";
const FOREIGN: &str = "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=";

/// A mailbox, and a device that listens to it.
struct Watched {
    user: String,
    listener: Listener,
}

/// A mailbox of a tenant of its own.
async fn watch(server: &Mailsim, control: &Gateway, delivery: &Gateway, name: &str) -> Watched {
    let tenant = control.tenant(name).await;
    let user = format!("{name}@tenant1.test");
    let url = format!("imaps://{user}@localhost:{}", server.addr().port());
    let account = control
        .account(&tenant, &url, &["--password-env", "PW"])
        .await;
    let listener = Listener::start_at(control, delivery, &tenant, &account).await;
    Watched { user, listener }
}

/// A mail to it; its Message-ID.
fn deliver(server: &Mailsim, to: &Watched, subject: &str) -> String {
    let (id, raw) = mail(&format!("{subject} for {}", to.user));
    server.deliver(&to.user, raw);
    id
}

/// Waits until every mailbox is watched.
async fn watched(server: &Mailsim, count: usize) {
    until(async || match server.idling() {
        idling if idling == count => Ok(()),
        idling => Err(format!("{idling} connections idle")),
    })
    .await;
}

/// Ends the processes in order, one after the other, each replaced by one with these keys.
async fn roll(processes: &mut [&mut Gateway], keys: &[(&str, &str)]) {
    for process in processes {
        assert_eq!(process.terminate().await, Some(0));
        process.restart_in(keys).await;
    }
}

#[tokio::test]
async fn a_fleet_replaces_its_master_key_while_mail_comes() {
    let Some(stores) = Stores::start() else {
        return;
    };
    let (stores, server) = (Arc::new(stores), mailsim().await);
    let config = Config {
        ca_pem: server.ca_pem().to_owned(),
        ..Config::default()
    };
    let mut control = Gateway::join("control", &config, &stores).await;
    let mut delivery = Gateway::join("delivery", &config, &stores).await;
    let mut watcher = Gateway::join("watcher", &config, &stores).await;
    let mut one = watch(&server, &control, &delivery, "one").await;
    let mut away = watch(&server, &control, &delivery, "away").await;
    watched(&server, 2).await;
    for mailbox in [&mut one, &mut away] {
        let id = deliver(&server, mailbox, "first");
        mailbox.listener.receives(&id).await;
    }
    // Its token is signed by the key before.
    assert_eq!(away.listener.interrupt().await, Some(0));

    // First all accept both, then all wrap by the new one.
    let both = [(KEY, BEFORE), (ACCEPTED, NOW)];
    roll(&mut [&mut watcher, &mut delivery, &mut control], &both).await;
    let turned = [(KEY, NOW), (ACCEPTED, BEFORE)];
    roll(&mut [&mut control], &turned).await;
    // Made with the new key, and served by processes that only accept it.
    let mut two = watch(&server, &control, &delivery, "two").await;
    watched(&server, 3).await;
    for mailbox in [&mut one, &mut two] {
        let id = deliver(&server, mailbox, "between");
        mailbox.listener.receives(&id).await;
    }
    roll(&mut [&mut watcher, &mut delivery], &turned).await;

    let rotate = ["rotate-master-key", "--json"];
    let rotated = json(&control, &rotate, &turned).await;
    assert_eq!(
        rotated,
        json!({ "rewrapped": 2, "already": 1, "unreadable": [] })
    );
    let again = json(&control, &rotate, &turned).await;
    assert_eq!(
        again,
        json!({ "rewrapped": 0, "already": 3, "unreadable": [] })
    );

    // A device that was away meanwhile is where it was.
    let missed = deliver(&server, &away, "missed");
    away.listener.restart(&delivery).await;
    away.listener.receives(&missed).await;
    // What they have from here on is signed by the new key.
    for mailbox in [&mut one, &mut two] {
        let id = deliver(&server, mailbox, "renewed");
        mailbox.listener.receives(&id).await;
    }

    let alone = [(KEY, NOW)];
    roll(&mut [&mut watcher, &mut delivery, &mut control], &alone).await;
    watched(&server, 3).await;
    for mailbox in [&mut one, &mut two, &mut away] {
        let id = deliver(&server, mailbox, "last");
        mailbox.listener.receives(&id).await;
    }
    assert_eq!(control.terminate().await, Some(0));
    let refused = control.second_in(&[(KEY, BEFORE)]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.stdout.contains("not the master key")
            || refused.stderr.contains("not the master key"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn one_process_replaces_its_master_key_while_mail_comes() {
    let server = mailsim().await;
    let config = Config {
        ca_pem: server.ca_pem().to_owned(),
        on_one_machine: true,
        ..Config::default()
    };
    let mut gateway = Gateway::start(&config).await;
    let mut one = watch(&server, &gateway, &gateway, "one").await;
    let mut two = watch(&server, &gateway, &gateway, "two").await;
    watched(&server, 2).await;
    for mailbox in [&mut one, &mut two] {
        let id = deliver(&server, mailbox, "first");
        mailbox.listener.receives(&id).await;
    }

    assert_eq!(gateway.terminate().await, Some(0));
    let (master, accepted) = (
        gateway.data().join("master.key"),
        gateway.data().join("accepted.key"),
    );
    std::fs::rename(&master, &accepted).expect("a file");
    write_key(&master, NOW);
    gateway.restart().await;
    let rotate = ["rotate-master-key", "--json"];
    let mut foreign = gateway.beside(&rotate);
    let refused = run(foreign.env(KEY, FOREIGN).env(ACCEPTED, FOREIGN)).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let told = json(&gateway, &rotate, &[]).await;
    assert_eq!(
        told,
        json!({ "rewrapped": 2, "already": 0, "unreadable": [] })
    );
    // What they have from here on is signed by the new key.
    for mailbox in [&mut one, &mut two] {
        let id = deliver(&server, mailbox, "second");
        mailbox.listener.receives(&id).await;
    }

    assert_eq!(gateway.terminate().await, Some(0));
    std::fs::remove_file(&accepted).expect("a file");
    gateway.restart().await;
    watched(&server, 2).await;
    for mailbox in [&mut one, &mut two] {
        let id = deliver(&server, mailbox, "last");
        mailbox.listener.receives(&id).await;
    }
}

fn write_key(path: &std::path::Path, key: &str) {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::File::options();
    let file = options.create_new(true).write(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(key.as_bytes()));
    written.expect("a file");
}
