//! What goes wrong on demand.

use crate::client::{Client, StoppedTime, logged_in, play, play_with};
use pushmail_mailsim::{Poison, Refusal, Whose, message};
use std::time::Duration;

const USER: &str = "ann@x.test";

#[tokio::test]
async fn logins_are_refused_in_every_way() {
    let sim = play("plain").await;
    for (how, answer) in [
        (
            Refusal::AuthenticationFailed,
            "t NO [AUTHENTICATIONFAILED] …",
        ),
        (Refusal::Unavailable, "t NO [UNAVAILABLE] …"),
        (Refusal::Limit, "t NO [LIMIT] …"),
        (Refusal::InUse, "t NO [INUSE] …"),
        (Refusal::Alert, "t NO [ALERT] …"),
        (Refusal::Uncoded, "t NO login failed"),
        (Refusal::Bye, "* BYE …"),
    ] {
        sim.refuse_logins(Whose::User(USER.to_owned()), how);
        let mut client = Client::connect_plain(&sim).await;
        client
            .transcript(&format!("C: t LOGIN {USER} secret\n S: {answer}"))
            .await;
        if how == Refusal::Bye {
            assert!(client.is_closed().await);
        }
    }
    logged_in(&sim, "bob@x.test").await;
    sim.admit_logins();
    let _connected = logged_in(&sim, USER).await;
    let logins = sim.logins(USER);
    assert_eq!(
        (logins.accepted, logins.refused, logins.connected),
        (1, 7, 1)
    );
    assert_eq!(sim.all_logins().accepted, 2);
}

#[tokio::test]
async fn a_share_of_logins_is_refused_whoever_it_is() {
    let sim = play("plain").await;
    sim.refuse_logins(Whose::Percent(50), Refusal::Unavailable);
    for n in 0..10 {
        let mut client = Client::connect_plain(&sim).await;
        client.command(&format!("LOGIN u{n} secret")).await;
    }
    let all = sim.all_logins();
    assert_eq!((all.accepted, all.refused), (5, 5));
}

#[tokio::test]
async fn a_frozen_connection_stays_open_and_says_nothing() {
    let sim = play("full").await;
    let mut frozen = logged_in(&sim, USER).await;
    frozen.command("EXAMINE INBOX").await;
    frozen.idle().await;
    sim.freeze(USER);
    sim.deliver(USER, message(1, USER));
    let mut new = logged_in(&sim, USER).await;
    let opened = new.command("EXAMINE INBOX").await;
    assert!(opened.contains("* 1 EXISTS"), "{opened}");
    frozen.send("DONE\r\na NOOP\r\n").await;
    assert_eq!(frozen.rest().await, "");
    sim.freeze_all();
    new.send("a NOOP\r\n").await;
    assert_eq!(new.rest().await, "");
}

#[tokio::test]
async fn a_deaf_idle_tells_new_mail_only_to_another_command() {
    let sim = play("full").await;
    sim.deafen_idle(USER, true);
    let mut client = logged_in(&sim, USER).await;
    client.command("EXAMINE INBOX").await;
    client.idle().await;
    sim.deliver(USER, message(1, USER));
    client
        .transcript(
            "C: DONE
            S: i OK IDLE done
            C: n NOOP
            S: * 1 EXISTS
            S: n OK done",
        )
        .await;
    sim.deafen_idle(USER, false);
    client.idle().await;
    sim.deliver(USER, message(2, USER));
    assert_eq!(client.line().await, "* 2 EXISTS");
}

#[tokio::test]
async fn still_here_is_said_as_often_as_configured() {
    let often = Some(Duration::from_secs(30));
    let sim = play_with("dovecot", |config| config.still_here = often).await;
    let time = StoppedTime::new();
    let mut client = logged_in(&sim, USER).await;
    client.idle().await;
    for _ in 0..3 {
        time.pass(30).await;
        assert_eq!(client.line().await, "* OK Still here");
    }
}

#[tokio::test]
async fn a_poisoned_message_spoils_its_fetch() {
    let sim = play("full").await;
    for n in 1..=4 {
        sim.deliver(USER, message(n, USER));
    }
    let mut client = logged_in(&sim, USER).await;
    client.command("EXAMINE INBOX").await;

    assert!(sim.poison(USER, "INBOX", 101, Some(Poison::Refused)));
    let answer = client.command("UID FETCH 101 FLAGS").await;
    assert_eq!(answer, "t NO this message cannot be read\r\n");
    assert!(sim.poison(USER, "INBOX", 101, None));
    let answer = client.command("UID FETCH 101 FLAGS").await;
    assert!(answer.ends_with("t OK FETCH done\r\n"), "{answer}");

    sim.poison(USER, "INBOX", 102, Some(Poison::NotYet(2)));
    for there in [false, false, true] {
        let answer = client.command("UID FETCH 102 UID").await;
        assert_eq!(answer.contains("* 2 FETCH (UID 102)"), there, "{answer}");
    }

    let size = 3 * 1024 * 1024;
    sim.poison(USER, "INBOX", 103, Some(Poison::Oversized(size)));
    let announced = format!("* 3 FETCH (UID 103 RFC822.SIZE … BODY[]<0> {{{size}}}");
    let (start, end) = announced.split_once('…').unwrap();
    client
        .send("t UID FETCH 103 (RFC822.SIZE BODY.PEEK[]<0.100>)\r\n")
        .await;
    let line = client.line().await;
    assert!(line.starts_with(start) && line.ends_with(end), "{line}");
    let body = client.line().await;
    assert_eq!(body.len() as u64, size + 1);
    assert_eq!(client.line().await, "t OK FETCH done");

    sim.poison(USER, "INBOX", 104, Some(Poison::CutOff));
    client.send("t UID FETCH 104 BODY.PEEK[]\r\n").await;
    let cut = client.rest().await;
    assert!(cut.starts_with("* 4 FETCH (UID 104 BODY[] {"), "{cut}");
    assert!(!cut.contains("t OK"), "{cut}");
    assert!(!sim.poison(USER, "INBOX", 999, Some(Poison::Refused)));
}

#[tokio::test]
async fn a_lost_backend_answers_every_command_until_it_is_back() {
    let sim = play("outlook").await;
    let mut client = logged_in(&sim, USER).await;
    sim.lose_backend(USER, true);
    client
        .transcript(
            "C: a SELECT INBOX
            S: a BAD User is authenticated but not connected.
            C: b NOOP
            S: b BAD User is authenticated but not connected.",
        )
        .await;
    sim.lose_backend(USER, false);
    client.transcript("C: c NOOP\n S: c OK done").await;
}

#[tokio::test]
async fn what_clients_did_is_remembered_without_secrets() {
    let sim = play("full").await;
    let mut client = logged_in(&sim, USER).await;
    client.command("EXAMINE INBOX").await;
    client.idle().await;
    client.transcript("C: DONE\n S: i OK IDLE done").await;
    let commands = sim.commands(USER);
    assert_eq!(commands, ["LOGIN", "EXAMINE INBOX", "IDLE", "DONE"]);
    let second = logged_in(&sim, USER).await;
    assert_eq!(sim.logins(USER).most_connected, 2);
    drop(second);
}

#[tokio::test]
async fn only_the_newest_commands_are_remembered() {
    let sim = play_with("plain", |config| config.command_log = 2).await;
    let mut client = logged_in(&sim, USER).await;
    client.command("NOOP").await;
    client.command("CHECK").await;
    assert_eq!(sim.commands(USER), ["NOOP", "CHECK"]);
}
