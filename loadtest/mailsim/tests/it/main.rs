//! The simulated server, spoken to over real sockets.

mod changes;
mod client;
mod eas;
mod faults;
mod folders;
mod messages;
mod notify;
mod parked;
mod providers;
mod resync;
mod servers;

use client::{Client, start};
use pushmail_mailsim::{Accounts, FIRST_UID, Visits, message};

const USER: &str = "user1@tenant1.test";

#[tokio::test]
async fn an_idling_client_hears_of_new_mail_and_fetches_it() {
    let sim = start(true, Accounts::anyone_with_password("secret")).await;
    let mut client = Client::connect(&sim).await;
    client.login(USER).await;
    let opened = client.command("EXAMINE INBOX").await;
    assert!(opened.contains("* 0 EXISTS"), "{opened}");
    assert!(
        opened.contains(&format!("[UIDNEXT {FIRST_UID}]")),
        "{opened}"
    );

    client.send("i IDLE\r\n").await;
    assert_eq!(client.line().await, "+ idling");
    sim.wait_idling(1).await;
    let mail = message(1, USER);
    let delivered = sim.deliver(USER, mail.clone());
    assert_eq!(client.line().await, "* 1 EXISTS");
    client.send("DONE\r\n").await;
    assert_eq!(client.line().await, "i OK IDLE done");

    let uid = delivered.uid;
    let fetch = format!("UID FETCH {uid}:* (UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.64>)");
    let fetched = client.command(&fetch).await;
    let head = format!("* 1 FETCH (UID {uid} INTERNALDATE \"");
    assert!(fetched.starts_with(&head), "{fetched}");
    let size = format!("RFC822.SIZE {} BODY[]<0> {{64}}\r\n", mail.len());
    let text = String::from_utf8_lossy(&mail[..64]).into_owned();
    assert!(fetched.contains(&(size + &text + ")\r\n")), "{fetched}");

    let announced = sim.announcements();
    assert_eq!(announced.len(), 1);
    assert_eq!(announced[0].uid, uid);
    assert!(announced[0].announced_at > delivered.delivered_at);
    assert_eq!(announced[0].message_id, sim.messages(USER)[0].message_id);
    assert_eq!(sim.announcements(), []);
}

#[tokio::test]
async fn mail_that_comes_outside_idle_is_told_with_the_next_answer() {
    let sim = start(false, Accounts::anyone_with_password("secret")).await;
    let mut client = Client::connect_plain(&sim).await;
    client.login(USER).await;
    client.command("SELECT inbox").await;
    sim.deliver(USER, message(1, USER));
    sim.deliver(USER, message(2, USER));
    assert_eq!(client.command("NOOP").await, "* 2 EXISTS\r\nt OK done\r\n");
    assert_eq!(sim.announcements().len(), 2);

    sim.deliver(USER, message(3, USER));
    client.send("i IDLE\r\n").await;
    assert_eq!(client.line().await, "+ idling");
    assert_eq!(client.line().await, "* 3 EXISTS");
    assert_eq!(sim.total_messages(), 3);
}

#[tokio::test]
async fn pipelined_commands_are_answered_in_order() {
    let sim = start(true, Accounts::anyone_with_password("secret")).await;
    let mut client = Client::connect(&sim).await;
    client.send("a LOGIN {4}\r\n").await;
    assert_eq!(client.line().await, "+ go ahead");
    client
        .send("u@t. \"secret\"\r\nb NOOP\r\nc STATUS INBOX (UIDNEXT MESSAGES)\r\nd LOGOUT\r\n")
        .await;
    let answers = client.until("d OK bye").await;
    let lines: Vec<&str> = answers.lines().collect();
    assert!(lines[0].starts_with("a OK"), "{answers}");
    assert_eq!(lines[1], "b OK done");
    assert_eq!(
        lines[2],
        format!("* STATUS INBOX (UIDNEXT {FIRST_UID} MESSAGES 0)")
    );
}

#[tokio::test]
async fn every_way_to_log_in_works_and_a_wrong_secret_does_not() {
    let accounts = Accounts::with_passwords([("ann", "pw")]).and_token("ann", "tok");
    let sim = start(true, accounts).await;
    // base64 of "\0ann\0pw", and of the bearer responses for ann with the tokens tok and bad.
    let plain = "AGFubgBwdw==";
    let xoauth2 = "dXNlcj1hbm4BYXV0aD1CZWFyZXIgdG9rAQE=";
    let oauthbearer = "bixhPWFubiwBYXV0aD1CZWFyZXIgdG9rAQE=";
    let bad = "dXNlcj1hbm4BYXV0aD1CZWFyZXIgYmFkAQE=";
    for login in [
        format!("AUTHENTICATE PLAIN {plain}\r\n"),
        format!("AUTHENTICATE PLAIN\r\n{plain}\r\n"),
        format!("AUTHENTICATE XOAUTH2 {xoauth2}\r\n"),
        format!("AUTHENTICATE OAUTHBEARER\r\n{oauthbearer}\r\n"),
    ] {
        let mut client = Client::connect(&sim).await;
        client.send(&format!("t {login}")).await;
        let answer = client.until("t ").await;
        assert!(answer.contains("t OK"), "{login}: {answer}");
    }
    let mut client = Client::connect(&sim).await;
    let wrong = client.command("LOGIN ann nope").await;
    assert!(wrong.contains("t NO [AUTHENTICATIONFAILED]"), "{wrong}");
    let wrong = client
        .command(&format!("AUTHENTICATE XOAUTH2 {bad}\r\n"))
        .await;
    assert!(wrong.starts_with("+ ey"), "{wrong}");
    assert!(wrong.contains("t NO [AUTHENTICATIONFAILED]"), "{wrong}");
}

#[tokio::test]
async fn an_endless_command_ends_the_connection() {
    let sim = start(false, Accounts::anyone_with_password("secret")).await;
    let mut client = Client::connect_plain(&sim).await;
    client.send(&"x".repeat(9_000)).await;
    assert_eq!(client.line().await, "* BYE command too long");
}

#[tokio::test]
async fn disconnecting_all_lets_clients_come_back() {
    let sim = start(true, Accounts::anyone_with_password("secret")).await;
    let mut client = Client::connect(&sim).await;
    client.login(USER).await;
    sim.disconnect_all();
    assert!(client.is_closed().await);
    let mut client = Client::connect(&sim).await;
    client.login(USER).await;
    sim.shutdown();
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn when_a_connection_began_to_watch_and_when_it_ended_is_told() {
    let sim = start(false, Accounts::anyone_with_password("secret")).await;
    let mut client = Client::connect_plain(&sim).await;
    client.login(USER).await;
    client.command("EXAMINE INBOX").await;
    assert_eq!(sim.visits(USER), Visits::default());
    let mut began = None;
    for _ in 0..2 {
        client.send("i IDLE\r\n").await;
        assert_eq!(client.line().await, "+ idling");
        let idled_at = sim.visits(USER).idled_at;
        assert!(idled_at.is_some() && (began.is_none() || began == idled_at));
        began = idled_at;
        client.send("DONE\r\n").await;
        assert_eq!(client.line().await, "i OK IDLE done");
    }
    assert_eq!(sim.visits(USER).ended_at, None);
    drop(client);
    while sim.visits(USER).ended_at.is_none() {
        tokio::task::yield_now().await;
    }
    assert!(sim.visits(USER).ended_at > began);
}
