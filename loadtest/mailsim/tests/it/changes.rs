//! What is told unasked of the open folder.

use crate::client::{logged_in, play};
use pushmail_mailsim::message;

const USER: &str = "ann@x.test";

#[tokio::test]
async fn an_idling_client_hears_of_flags_and_expunges() {
    let sim = play("plain").await;
    sim.deliver(USER, message(1, USER));
    sim.deliver(USER, message(2, USER));
    let mut client = logged_in(&sim, USER).await;
    client.command("EXAMINE INBOX").await;
    client.idle().await;
    sim.set_flags(USER, "INBOX", 102, &["\\Seen"]);
    assert_eq!(client.line().await, "* 2 FETCH (FLAGS (\\Seen))");
    sim.expunge(USER, "INBOX", &[101]);
    assert_eq!(client.line().await, "* 1 EXPUNGE");
    sim.deliver(USER, message(3, USER));
    assert_eq!(client.line().await, "* 2 EXISTS");
    client.transcript("C: DONE\n S: i OK IDLE done").await;
}

#[tokio::test]
async fn expunges_wait_while_numbers_are_in_use() {
    let sim = play("plain").await;
    for n in 1..=3 {
        sim.deliver(USER, message(n, USER));
    }
    let mut client = logged_in(&sim, USER).await;
    client.command("SELECT INBOX").await;
    sim.expunge(USER, "INBOX", &[101]);
    sim.deliver(USER, message(4, USER));
    client
        .transcript(
            r"C: a FETCH 2 UID
            S: * 2 FETCH (UID 102)
            S: * 4 EXISTS
            S: a OK FETCH done
            C: b FETCH 1 UID
            S: b NO [EXPUNGEISSUED] some messages no longer exist
            C: c SEARCH UNSEEN
            S: * SEARCH 2 3 4
            S: c OK SEARCH done
            C: d STORE 2 +FLAGS (\Seen)
            S: * 2 FETCH (FLAGS (\Seen))
            S: d OK STORE done
            C: e UID FETCH 102 FLAGS
            S: * 2 FETCH (UID 102 FLAGS (\Seen))
            S: * 1 EXPUNGE
            S: e OK FETCH done",
        )
        .await;
}

#[tokio::test]
async fn with_qresync_changes_carry_uids_and_mod_sequences() {
    let sim = play("full").await;
    for n in 1..=3 {
        sim.deliver(USER, message(n, USER));
    }
    let mut client = logged_in(&sim, USER).await;
    client
        .transcript("C: a ENABLE QRESYNC X-MOON\n S: * ENABLED QRESYNC\n S: a OK ENABLE done")
        .await;
    client.command("SELECT INBOX").await;
    client.idle().await;
    sim.set_flags(USER, "INBOX", 103, &["\\Seen"]);
    assert_eq!(
        client.line().await,
        "* 3 FETCH (UID 103 FLAGS (\\Seen) MODSEQ (5))"
    );
    sim.expunge(USER, "INBOX", &[101, 102]);
    assert_eq!(client.line().await, "* VANISHED 101:102");
    client
        .transcript(
            r"C: DONE
            S: i OK IDLE done
            C: a STORE 1 +FLAGS.SILENT (\Deleted)
            S: * 1 FETCH (UID 103 FLAGS (\Deleted \Seen) MODSEQ (7))
            S: a OK STORE done
            C: b EXPUNGE
            S: * VANISHED 103
            S: b OK [HIGHESTMODSEQ 8] EXPUNGE done",
        )
        .await;
}

#[tokio::test]
async fn a_folder_that_goes_away_ends_the_connection() {
    let sim = play("full").await;
    sim.create_folder(USER, "Work");
    let mut first = logged_in(&sim, USER).await;
    first.command("SELECT Work").await;
    let mut second = logged_in(&sim, USER).await;
    second.command("SELECT INBOX").await;
    first.idle().await;
    second.idle().await;
    sim.delete_folder(USER, "Work");
    assert!(first.line().await.starts_with("* BYE "));
    assert!(first.is_closed().await);
    let validity = sim.change_uidvalidity(USER, "inbox").unwrap();
    assert!(second.line().await.starts_with("* BYE "));
    let mut third = logged_in(&sim, USER).await;
    let opened = third.command("SELECT INBOX").await;
    assert!(
        opened.contains(&format!("[UIDVALIDITY {validity}]")),
        "{opened}"
    );
}

#[tokio::test]
async fn a_renamed_folder_stays_open() {
    let sim = play("full").await;
    sim.create_folder(USER, "Work");
    let mut client = logged_in(&sim, USER).await;
    client.command("SELECT Work").await;
    assert!(sim.rename_folder(USER, "Work", "Job"));
    sim.deliver_to(USER, "Job", message(1, USER));
    client
        .transcript("C: a NOOP\n S: * 1 EXISTS\n S: a OK done")
        .await;
}

#[tokio::test]
async fn a_closed_folder_tells_nothing() {
    let sim = play("full").await;
    sim.deliver(USER, message(1, USER));
    let mut client = logged_in(&sim, USER).await;
    client.command("SELECT INBOX").await;
    client
        .transcript(
            r"C: a STORE 1 +FLAGS.SILENT (\Deleted)
            S: a OK STORE done
            C: b UNSELECT
            S: b OK closed
            C: c NOOP
            S: c OK done
            C: d FETCH 1 UID
            S: d BAD open a folder first",
        )
        .await;
    assert_eq!(sim.messages(USER).len(), 1);
    client.command("SELECT INBOX").await;
    client.transcript("C: e CLOSE\n S: e OK closed").await;
    assert_eq!(sim.messages(USER).len(), 0);
}
