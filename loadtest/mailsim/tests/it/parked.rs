//! Connections that wait without a task.

use crate::client::{Client, logged_in, only_with, play, play_with, start};
use pushmail_mailsim::{Accounts, Mailsim, certs, message};
use rustls::version;
use std::io::Write as _;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const USER: &str = "ann@x.test";

async fn encrypted() -> Mailsim {
    start(true, Accounts::anyone_with_password("secret")).await
}

/// Waits until so many connections wait without a task.
async fn until_parked(sim: &Mailsim, count: usize) {
    while sim.parked() != count {
        tokio::task::yield_now().await;
    }
}

/// Of a user whose INBOX is watched by IDLE, in each way to connect.
async fn idling_in_every_way() -> Vec<(Mailsim, Client)> {
    let mut all = Vec::new();
    for version in [&version::TLS13, &version::TLS12] {
        let sim = encrypted().await;
        let config = only_with(version, &sim);
        let mut client = Client::connect_with(&sim, config, "localhost").await;
        client.login(USER).await;
        all.push((sim, client));
    }
    let sim = play("plain").await;
    let client = logged_in(&sim, USER).await;
    all.push((sim, client));
    for (sim, client) in &mut all {
        client.command("EXAMINE INBOX").await;
        client.idle().await;
        until_parked(sim, 1).await;
    }
    all
}

#[tokio::test]
async fn a_parked_session_hears_of_new_mail_at_once_and_again() {
    for (sim, mut client) in idling_in_every_way().await {
        for count in 1..=3 {
            sim.deliver(USER, message(count, USER));
            assert_eq!(client.line().await, format!("* {count} EXISTS"));
            until_parked(&sim, 1).await;
        }
        assert_eq!(sim.announcements().len(), 3);
    }
}

#[tokio::test]
async fn a_client_that_speaks_while_parked_is_answered() {
    for (sim, mut client) in idling_in_every_way().await {
        client
            .transcript("C: DONE\n S: i OK IDLE done\n C: a NOOP\n S: a OK done")
            .await;
        assert_eq!(sim.parked(), 0);
        client.idle().await;
        until_parked(&sim, 1).await;
    }
}

#[tokio::test]
async fn done_and_the_next_command_may_come_together() {
    for (_sim, mut client) in idling_in_every_way().await {
        client.send("DONE\r\na NOOP\r\nb IDLE\r\n").await;
        client
            .transcript("S: i OK IDLE done\n S: a OK done\n S: + idling")
            .await;
    }
}

#[tokio::test]
async fn done_may_come_in_pieces() {
    for (sim, mut client) in idling_in_every_way().await {
        client.send("DO").await;
        // It was heard, and there is more to come.
        until_parked(&sim, 0).await;
        sim.deliver(USER, message(1, USER));
        assert_eq!(client.line().await, "* 1 EXISTS");
        client.transcript("C: NE\n S: i OK IDLE done").await;
    }
}

#[tokio::test]
async fn a_record_may_come_in_pieces() {
    let sim = encrypted().await;
    let stream = TcpStream::connect(sim.addr()).await.unwrap();
    let config = certs::client_config(sim.ca_pem()).unwrap();
    let connector = tokio_rustls::TlsConnector::from(config);
    let name = "localhost".try_into().unwrap();
    let mut stream = connector.connect(name, stream).await.unwrap();
    let login = format!("a LOGIN {USER} secret\r\ni IDLE\r\n");
    stream.write_all(login.as_bytes()).await.unwrap();
    until_parked(&sim, 1).await;

    let (socket, session) = stream.get_mut();
    let mut record = Vec::new();
    session.writer().write_all(b"DONE\r\nb LOGOUT\r\n").unwrap();
    session.write_tls(&mut record).unwrap();
    let (first, second) = record.split_at(9);
    socket.write_all(first).await.unwrap();
    until_parked(&sim, 0).await;
    socket.write_all(second).await.unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).await.unwrap();
    assert!(
        all.ends_with("i OK IDLE done\r\n* BYE logging out\r\nb OK bye\r\n"),
        "{all}"
    );
}

#[tokio::test]
async fn a_client_that_closes_while_parked_frees_its_session() {
    for (sim, client) in idling_in_every_way().await {
        drop(client);
        while sim.idling() > 0 || sim.logins(USER).connected > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(sim.parked(), 0);
    }
}

#[tokio::test]
async fn many_parked_sessions_end_on_disconnect_all() {
    let sim = encrypted().await;
    let mut clients = Vec::new();
    for n in 0..50 {
        let mut client = Client::connect(&sim).await;
        client.login(&format!("u{}", n % 20)).await;
        client.idle().await;
        clients.push(client);
    }
    until_parked(&sim, 50).await;
    sim.disconnect_all();
    assert_eq!((sim.parked(), sim.idling()), (0, 0));
    assert_eq!(sim.all_logins().connected, 0);
    for client in &mut clients {
        assert!(client.is_closed().await);
    }
    // New ones are welcome.
    let mut client = Client::connect(&sim).await;
    client.login("u0").await;
    client.idle().await;
    sim.deliver("u0", message(1, "u0"));
    sim.shutdown();
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn all_connections_of_a_user_hear_and_each_only_of_its_own() {
    let sim = encrypted().await;
    let mut clients = Vec::new();
    for user in ["ann", "ann", "bob"] {
        let mut client = Client::connect(&sim).await;
        client.login(user).await;
        client.command("SELECT INBOX").await;
        client.idle().await;
        clients.push(client);
    }
    until_parked(&sim, 3).await;
    sim.deliver("ann", message(1, "ann"));
    for client in &mut clients[..2] {
        assert_eq!(client.line().await, "* 1 EXISTS");
    }
    clients[2].transcript("C: DONE\n S: i OK IDLE done").await;
    assert_eq!(clients[2].command("NOOP").await, "t OK done\r\n");
}

#[tokio::test]
async fn orders_reach_parked_sessions() {
    for (sim, mut client) in idling_in_every_way().await {
        sim.say_bye(USER, "so long");
        client.transcript("S: * BYE so long").await;
        assert!(client.is_closed().await);
    }
    for (sim, mut client) in idling_in_every_way().await {
        sim.freeze_all();
        sim.deliver(USER, message(1, USER));
        client.send("DONE\r\n").await;
        until_parked(&sim, 1).await;
        client.send("a NOOP\r\n").await;
        assert_eq!(client.rest().await, "");
    }
}

#[tokio::test]
async fn a_client_that_watches_by_notify_is_parked_too() {
    let sim = play("full").await;
    let mut client = logged_in(&sim, USER).await;
    client
        .command("NOTIFY SET (personal (MessageNew MessageExpunge))")
        .await;
    until_parked(&sim, 1).await;
    sim.deliver(USER, message(1, USER));
    client
        .transcript("S: * STATUS INBOX (MESSAGES 1 UIDNEXT 102 UIDVALIDITY 1700000000 UNSEEN 1)")
        .await;
    until_parked(&sim, 1).await;
    client.transcript("C: a NOOP\n S: a OK done").await;
}

#[tokio::test]
async fn the_certificate_covers_the_address() {
    let sim = play_with("plain", |config| {
        config.tls = true;
        config.bind = ([127, 0, 0, 2], 0).into();
    })
    .await;
    for name in ["127.0.0.2", "127.0.0.1", "localhost"] {
        let config = certs::client_config(sim.ca_pem()).unwrap();
        Client::connect_with(&sim, config, name).await;
    }
}

/// Mail comes at the very time at which sessions are parked and go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_change_is_lost_on_the_way_into_the_park() {
    const MAILS: u64 = 200;
    let sim = Arc::new(encrypted().await);
    let mut watchers = Vec::new();
    for n in 0..8 {
        let user = format!("u{n}");
        let mut client = Client::connect(&sim).await;
        client.login(&user).await;
        client.command("EXAMINE INBOX").await;
        client.idle().await;
        let sim = Arc::clone(&sim);
        watchers.push(tokio::spawn(async move {
            for count in 1..=MAILS {
                sim.deliver(&user, message(count, &user));
                if count % 3 == 0 {
                    client.until(&format!("* {count} EXISTS")).await;
                }
            }
            client.until(&format!("* {MAILS} EXISTS")).await;
        }));
    }
    for watcher in watchers {
        watcher.await.unwrap();
    }
}
