//! Profiles of mail server software.

use crate::client::{StoppedTime, logged_in, play};
use pushmail_mailsim::message;

const USER: &str = "ann@x.test";

#[tokio::test]
async fn dovecot_tells_mod_sequences_once_they_were_asked_for() {
    let sim = play("dovecot").await;
    let mut first = logged_in(&sim, USER).await;
    let opened = first.command("EXAMINE INBOX").await;
    assert!(!opened.contains("HIGHESTMODSEQ"), "{opened}");
    let mut second = logged_in(&sim, USER).await;
    second.command("ENABLE CONDSTORE").await;
    let opened = second.command("EXAMINE INBOX").await;
    assert!(opened.contains("[HIGHESTMODSEQ 1]"), "{opened}");
    assert!(!opened.contains("MAILBOXID"), "{opened}");
    let opened = first.command("EXAMINE INBOX").await;
    assert!(opened.contains("[HIGHESTMODSEQ 1]"), "{opened}");
    let answer = first.command("FETCH 1:* EMAILID").await;
    assert!(answer.starts_with("t BAD"), "{answer}");
}

#[tokio::test]
async fn dovecot_tells_all_states_again_at_the_first_idle() {
    let sim = play("dovecot").await;
    sim.deliver_to(USER, "Work", message(1, USER));
    let mut client = logged_in(&sim, USER).await;
    client.command("EXAMINE INBOX").await;
    client
        .transcript(
            "C: a NOTIFY SET STATUS (selected-delayed (MessageNew MessageExpunge)) (personal (MessageNew MessageExpunge))
            S: * OK [HIGHESTMODSEQ 1] Highest
            S: * STATUS Work (MESSAGES 1 UIDNEXT 102 UIDVALIDITY 1700000001 UNSEEN 1 HIGHESTMODSEQ 2)
            S: a OK NOTIFY done
            C: b IDLE
            S: + idling
            S: * STATUS Work (MESSAGES 1 UIDNEXT 102 UIDVALIDITY 1700000001 UNSEEN 1 HIGHESTMODSEQ 2)
            C: DONE
            S: b OK IDLE done
            C: c IDLE
            S: + idling
            C: DONE
            S: c OK IDLE done
            C: d NOTIFY SET (personal (MoonPhase))
            S: d BAD Error in IMAP command NOTIFY: Invalid arguments",
        )
        .await;
}

#[tokio::test]
async fn dovecot_tells_of_the_open_folder_in_idle_only() {
    let sim = play("dovecot").await;
    sim.create_folder(USER, "Work");
    let mut client = logged_in(&sim, USER).await;
    client.command("EXAMINE INBOX").await;
    let both = "(MessageNew MessageExpunge)";
    client
        .command(&format!("NOTIFY SET (selected {both}) (personal {both})"))
        .await;
    sim.deliver(USER, message(1, USER));
    sim.deliver_to(USER, "Work", message(2, USER));
    client
        .transcript(
            "S: * STATUS Work (MESSAGES 1 UIDNEXT 102 UNSEEN 1 HIGHESTMODSEQ 2)
            C: a IDLE
            S: + idling
            S: * 1 EXISTS",
        )
        .await;
}

#[tokio::test]
async fn dovecot_tells_the_mod_sequence_after_what_came_and_went() {
    let sim = play("dovecot").await;
    sim.deliver(USER, message(1, USER));
    let mut client = logged_in(&sim, USER).await;
    client.command("ENABLE QRESYNC").await;
    client.command("SELECT INBOX").await;
    client.idle().await;
    sim.deliver(USER, message(2, USER));
    client
        .transcript("S: * 2 EXISTS\n S: * OK [HIGHESTMODSEQ 3] Highest")
        .await;
    sim.expunge(USER, "INBOX", &[101]);
    client
        .transcript("S: * VANISHED 101\n S: * OK [HIGHESTMODSEQ 4] Highest")
        .await;
}

#[tokio::test]
async fn dovecot_says_still_here_and_hangs_up_only_outside_idle() {
    let sim = play("dovecot").await;
    let time = StoppedTime::new();
    let mut client = logged_in(&sim, USER).await;
    client.idle().await;
    for _ in 0..20 {
        time.pass(120).await;
        assert_eq!(client.line().await, "* OK Still here");
    }
    client.transcript("C: DONE\n S: i OK IDLE done").await;
    time.pass(1800).await;
    client
        .transcript("S: * BYE Disconnected for inactivity.")
        .await;
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn cyrus_has_no_notify_but_resynchronises() {
    let sim = play("cyrus").await;
    let mut client = logged_in(&sim, USER).await;
    client
        .transcript(
            r#"C: a NOTIFY SET (personal (MessageNew MessageExpunge))
            S: a BAD unknown command
            C: b ENABLE QRESYNC
            S: * ENABLED QRESYNC
            S: b OK ENABLE done
            C: c LIST "" * RETURN (STATUS (MESSAGES HIGHESTMODSEQ))
            S: * LIST (\HasNoChildren) "/" INBOX
            S: * STATUS INBOX (MESSAGES 0 HIGHESTMODSEQ 1)
            S: c OK LIST done"#,
        )
        .await;
    let opened = client
        .command("EXAMINE INBOX (QRESYNC (1700000000 1))")
        .await;
    assert!(opened.contains("t OK [READ-ONLY]"), "{opened}");
}

#[tokio::test]
async fn courier_has_idle_and_little_else() {
    let sim = play("courier").await;
    let mut client = logged_in(&sim, USER).await;
    client
        .transcript(
            "C: a SELECT INBOX (CONDSTORE)
            S: a BAD unknown or unexpected parameter
            C: b ENABLE CONDSTORE
            S: b NO Error in IMAP command received by server.",
        )
        .await;
    let opened = client.command("SELECT INBOX").await;
    assert!(!opened.contains("MODSEQ"), "{opened}");
    client.idle().await;
    sim.deliver(USER, message(1, USER));
    assert_eq!(client.line().await, "* 1 EXISTS");
}
