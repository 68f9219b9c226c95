//! Profiles of mail providers.

use crate::client::{Client, StoppedTime, logged_in, play, play_with};
use pushmail_mailsim::{Mailsim, Refusal, Whose, message};

const USER: &str = "ann@x.test";

/// A client that idles on the INBOX, in stopped time.
async fn idling(sim: &Mailsim, user: &str) -> (Client, StoppedTime) {
    let time = StoppedTime::new();
    let mut client = logged_in(sim, user).await;
    client.command("EXAMINE INBOX").await;
    client.idle().await;
    (client, time)
}

/// An IDLE of this profile lives for `seconds` and is then never answered again; begun anew in
/// time, it lives on.
async fn dies_after(profile: &str, seconds: u64) {
    let sim = play(profile).await;
    let (mut client, time) = idling(&sim, USER).await;
    time.pass(seconds - 2).await;
    sim.deliver(USER, message(1, USER));
    client
        .transcript("S: * 1 EXISTS\n C: DONE\n S: i OK IDLE done")
        .await;
    client.idle().await;
    time.pass(seconds - 2).await;
    sim.deliver(USER, message(2, USER));
    assert_eq!(client.line().await, "* 2 EXISTS");
    time.pass(2).await;
    sim.deliver(USER, message(3, USER));
    client.send("DONE\r\n").await;
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn gmail_shows_a_message_in_several_folders_with_one_id() {
    let sim = play("gmail").await;
    sim.deliver(USER, message(1, USER));
    sim.deliver_to(USER, "Work", message(2, USER));
    sim.set_flags(USER, "INBOX", 101, &["\\Seen"]);
    let mut client = logged_in(&sim, USER).await;
    let listed = client.command("LIST \"\" *").await;
    assert!(
        listed.contains("(\\HasChildren \\Noselect) \"/\" \"[Gmail]\""),
        "{listed}"
    );
    assert!(
        listed.contains("(\\HasNoChildren \\All) \"/\" \"[Gmail]/All Mail\""),
        "{listed}"
    );
    let mut ids = Vec::new();
    for (folder, set) in [
        ("INBOX", "1"),
        ("Work", "1"),
        ("\"[Gmail]/All Mail\"", "1:2"),
    ] {
        let opened = client.command(&format!("EXAMINE {folder}")).await;
        assert!(
            opened
                .lines()
                .any(|line| { line.starts_with("* OK [HIGHESTMODSEQ ") && line.ends_with(']') })
        );
        let fetched = client
            .command(&format!("FETCH {set} (FLAGS X-GM-MSGID)"))
            .await;
        let found = fetched
            .lines()
            .filter_map(|line| line.split_once("FETCH ("));
        ids.extend(found.map(|(_, found)| found.to_owned()));
    }
    assert_eq!(ids[0], "FLAGS (\\Seen) X-GM-MSGID 1700000000000000001)");
    assert_eq!(ids[1], "FLAGS () X-GM-MSGID 1700000000000000002)");
    assert_eq!(ids[2..], ids[..2]);
}

#[tokio::test]
async fn gmail_takes_fifteen_connections_and_ends_them_when_the_token_does() {
    let sim = play("gmail").await;
    let mut clients = Vec::new();
    for _ in 0..15 {
        clients.push(logged_in(&sim, USER).await);
    }
    let mut client = Client::connect_plain(&sim).await;
    let refused = client.command(&format!("LOGIN {USER} secret")).await;
    assert_eq!(
        refused,
        "t NO [ALERT] Too many simultaneous connections. (Failure)\r\n"
    );
    logged_in(&sim, "bob@x.test").await;
    sim.expire_sessions(USER);
    for mut client in clients {
        client.transcript("S: * BYE Session expired…").await;
        assert!(client.is_closed().await);
    }
    assert_eq!(sim.logins(USER).most_connected, 15);
}

#[tokio::test]
async fn outlook_says_exists_before_the_plus_and_a_space_after_status() {
    let sim = play("outlook").await;
    let mut client = logged_in(&sim, USER).await;
    client.command("EXAMINE INBOX").await;
    sim.deliver(USER, message(1, USER));
    client
        .transcript(
            r#"C: a IDLE
            S: * 1 EXISTS
            S: + idling
            C: DONE
            S: a OK IDLE done
            C: b ID NIL
            S: b BAD Command Argument Error. 11
            C: c ID ()
            S: c BAD Command Argument Error. 11
            C: d ID ("name" "x")
            S: * ID ("name" "Microsoft.Exchange.Imap4.Imap4Server" "version" "15.20")
            S: d OK ID done"#,
        )
        .await;
    let status = client.command("STATUS INBOX (MESSAGES)").await;
    assert!(
        status.starts_with("* STATUS INBOX (MESSAGES 1) \r\n"),
        "{status:?}"
    );
}

#[tokio::test]
async fn yahoo_forgets_an_idle_after_three_minutes() {
    dies_after("yahoo", 180).await;
    let sim = play("yahoo").await;
    sim.refuse_logins(Whose::Percent(100), Refusal::Limit);
    let mut client = Client::connect_plain(&sim).await;
    let refused = client.command("LOGIN ann secret").await;
    assert_eq!(refused, "t NO [LIMIT] LOGIN Rate limit hit.\r\n");
}

#[tokio::test]
async fn rambler_forgets_an_idle_after_55_seconds() {
    dies_after("rambler", 55).await;
}

#[tokio::test]
async fn netease_wants_an_id_after_login() {
    let sim = play("netease").await;
    sim.deliver(USER, message(1, USER));
    let mut client = Client::connect_plain(&sim).await;
    client.command("ID (\"name\" \"too early\")").await;
    client.login(USER).await;
    let refusal = "NO SELECT Unsafe Login. Please contact kefu@188.com for help";
    client
        .transcript(&format!(
            "C: a EXAMINE INBOX
            S: a {refusal}
            C: b ID NIL
            S: * ID …
            S: b OK ID done
            C: c SELECT INBOX
            S: c {refusal}
            C: d ID (\"name\" \"x\")
            S: * ID …
            S: d OK ID done
            C: e EXAMINE INBOX
            S: * FLAGS …
            S: * OK [PERMANENTFLAGS …
            S: * 1 EXISTS
            S: * 0 RECENT
            S: * OK [UIDVALIDITY 1700000000] valid
            S: e OK [READ-ONLY] EXAMINE done
            C: f STATUS INBOX (MESSAGES UIDNEXT)
            S: * STATUS INBOX ()
            S: f OK STATUS done
            C: g IDLE
            S: g BAD command not support"
        ))
        .await;
}

#[tokio::test]
async fn netease_ends_a_connection_that_only_says_noop() {
    let sim = play("netease").await;
    let time = StoppedTime::new();
    let mut client = logged_in(&sim, USER).await;
    for _ in 0..3 {
        time.pass(55).await;
        let answer = client.command("STATUS INBOX (MESSAGES)").await;
        assert!(answer.ends_with("t OK STATUS done\r\n"), "{answer}");
    }
    time.pass(55).await;
    client.transcript("C: a NOOP\n S: a OK done").await;
    time.pass(5).await;
    client.transcript("S: * BYE …").await;
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn mailru_does_not_know_idle() {
    let sim = play("mailru").await;
    let mut client = logged_in(&sim, USER).await;
    client.command("EXAMINE INBOX").await;
    client
        .transcript("C: a IDLE\n S: a BAD Unrecognised command")
        .await;
}

#[tokio::test]
async fn naver_shows_new_mail_only_to_a_new_select() {
    let sim = play("naver").await;
    let mut client = logged_in(&sim, USER).await;
    client.command("EXAMINE INBOX").await;
    sim.deliver(USER, message(1, USER));
    client
        .transcript(
            "C: a NOOP
            S: a OK done
            C: b IDLE
            S: b BAD Unknown command",
        )
        .await;
    let opened = client.command("EXAMINE INBOX").await;
    assert!(opened.contains("* 1 EXISTS"), "{opened}");
}

#[tokio::test]
async fn gmx_refuses_empty_ids_and_closes_an_old_idle() {
    let sim = play("gmx").await;
    let (mut client, time) = idling(&sim, USER).await;
    client
        .transcript(
            r#"C: DONE
            S: i OK IDLE done
            C: a ID NIL
            S: a BAD Invalid command syntax
            C: b ID ()
            S: b BAD Invalid command syntax
            C: c ID ("name" "x")
            S: * ID ("name" "Nemesis")
            S: c OK ID done"#,
        )
        .await;
    client.idle().await;
    time.pass(899).await;
    sim.deliver(USER, message(1, USER));
    assert_eq!(client.line().await, "* 1 EXISTS");
    time.pass(1).await;
    client.transcript("S: * BYE …").await;
    assert!(client.is_closed().await);
}

/// After how long each of ten IDLEs is dropped.
async fn drops(seed: u64) -> Vec<u64> {
    let sim = play_with("yandex", |config| config.seed = seed).await;
    let time = StoppedTime::new();
    let mut drops = Vec::new();
    for _ in 0..10 {
        let mut client = logged_in(&sim, USER).await;
        client.command("EXAMINE INBOX").await;
        client.idle().await;
        let mut lived = 0;
        for step in [360, 240, 2100] {
            time.pass(step).await;
            lived += step;
            sim.deliver(USER, message(1, USER));
            if client.hung_up().await {
                drops.push(lived);
                break;
            }
        }
    }
    tokio::time::resume();
    drops
}

#[tokio::test]
async fn yandex_drops_idles_at_times_that_the_seed_draws() {
    let first = drops(1).await;
    assert_eq!(first.len(), 10);
    assert!(
        [360, 600, 2700].iter().all(|time| first.contains(time)),
        "{first:?}"
    );
    assert_eq!(first, drops(1).await);
    assert_ne!(first, drops(2).await);
}

#[tokio::test]
async fn qq_wants_the_local_part_and_an_authorization_code() {
    let sim = play("qq").await;
    let mut client = Client::connect_plain(&sim).await;
    let refused = client.command("LOGIN ann@qq.com secret").await;
    assert!(refused.starts_with("t NO Login fail."), "{refused}");
    assert!(refused.contains("authorization code"), "{refused}");
    client.login("ann").await;
}

#[tokio::test]
async fn icloud_wants_the_local_part_and_a_noop_now_and_then() {
    let sim = play("icloud").await;
    let mut client = Client::connect_plain(&sim).await;
    let refused = client.command("LOGIN ann@icloud.com secret").await;
    assert!(
        refused.starts_with("t NO [AUTHENTICATIONFAILED]"),
        "{refused}"
    );
    let (mut client, time) = idling(&sim, "ann").await;
    time.pass(1000).await;
    client
        .transcript("C: DONE\n S: i OK IDLE done\n C: a NOOP\n S: a OK done")
        .await;
    for _ in 0..2 {
        client.idle().await;
        time.pass(599).await;
        client.transcript("C: DONE\n S: i OK IDLE done").await;
    }
    time.pass(2).await;
    client.transcript("S: * BYE …").await;
    assert!(client.is_closed().await);
}
