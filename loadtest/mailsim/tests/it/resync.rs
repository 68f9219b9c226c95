//! CONDSTORE and QRESYNC (RFC 7162).

use crate::client::{logged_in, play};
use pushmail_mailsim::message;

const USER: &str = "ann@x.test";

#[tokio::test]
async fn a_client_that_comes_back_is_told_what_changed() {
    let sim = play("full").await;
    for n in 1..=5 {
        sim.deliver(USER, message(n, USER));
    }
    // UIDs 101 to 105, HIGHESTMODSEQ 6.
    sim.set_flags(USER, "INBOX", 102, &["\\Seen"]);
    sim.expunge(USER, "INBOX", &[101, 104]);
    sim.deliver(USER, message(6, USER));
    let mut client = logged_in(&sim, USER).await;
    client
        .transcript(
            r"C: a SELECT INBOX (QRESYNC (1700000000 6))
            S: a BAD unknown or unexpected parameter
            C: b ENABLE QRESYNC
            S: * ENABLED QRESYNC
            S: b OK ENABLE done
            C: c EXAMINE INBOX (QRESYNC (1700000000 6))
            S: * FLAGS …
            S: * OK [PERMANENTFLAGS ()] flags permitted
            S: * 4 EXISTS
            S: * 0 RECENT
            S: * OK [UIDVALIDITY 1700000000] valid
            S: * OK [UIDNEXT 107] next
            S: * OK [HIGHESTMODSEQ 9] highest
            S: * OK [MAILBOXID (F1)] id
            S: * VANISHED (EARLIER) 101,104
            S: * 1 FETCH (UID 102 FLAGS (\Seen) MODSEQ (7))
            S: * 4 FETCH (UID 106 FLAGS () MODSEQ (9))
            S: c OK [READ-ONLY] EXAMINE done
            C: d EXAMINE INBOX (QRESYNC (1700000000 6 102:104))
            S: * OK [CLOSED] previous folder closed",
        )
        .await;
    let again = client.until("d ").await;
    assert!(again.contains("VANISHED (EARLIER) 104\r\n"), "{again}");
    assert!(
        again.contains("UID 102 ") && !again.contains("UID 106"),
        "{again}"
    );
    let other = client.command("EXAMINE INBOX (QRESYNC (7 6))").await;
    assert!(
        !other.contains("VANISHED") && !other.contains("FETCH"),
        "{other}"
    );
}

#[tokio::test]
async fn changes_since_a_mod_sequence_are_fetched() {
    let sim = play("full").await;
    for n in 1..=4 {
        sim.deliver(USER, message(n, USER));
    }
    sim.set_flags(USER, "INBOX", 103, &["\\Flagged"]);
    sim.expunge(USER, "INBOX", &[102]);
    let mut client = logged_in(&sim, USER).await;
    client.command("ENABLE QRESYNC").await;
    client.command("EXAMINE INBOX").await;
    client
        .transcript(
            r"C: a UID FETCH 1:* (FLAGS) (CHANGEDSINCE 5 VANISHED)
            S: * VANISHED (EARLIER) 102
            S: * 2 FETCH (UID 103 FLAGS (\Flagged) MODSEQ (6))
            S: a OK FETCH done
            C: b UID FETCH 1:* (FLAGS) (CHANGEDSINCE 7)
            S: b OK FETCH done
            C: c FETCH 1 (FLAGS) (VANISHED)
            S: c BAD …",
        )
        .await;
}

#[tokio::test]
async fn a_store_is_refused_for_what_has_changed() {
    let sim = play("full").await;
    sim.deliver(USER, message(1, USER));
    sim.deliver(USER, message(2, USER));
    let mut client = logged_in(&sim, USER).await;
    client.command("SELECT INBOX (CONDSTORE)").await;
    client
        .transcript(
            r"C: a UID STORE 101:102 (UNCHANGEDSINCE 2) +FLAGS.SILENT (\Seen)
            S: * 1 FETCH (FLAGS (\Seen) MODSEQ (4))
            S: a OK [MODIFIED 102] some have changed",
        )
        .await;
    assert_eq!(sim.messages(USER)[0].flags, ["\\Seen"]);
}

#[tokio::test]
async fn a_folder_may_keep_no_mod_sequences() {
    let sim = play("full").await;
    sim.set_no_modseq(USER, "Work", true);
    let mut client = logged_in(&sim, USER).await;
    let opened = client.command("EXAMINE Work").await;
    assert!(opened.contains("* OK [NOMODSEQ]"), "{opened}");
    assert!(!opened.contains("HIGHESTMODSEQ"), "{opened}");
    let status = client.command("STATUS Work (HIGHESTMODSEQ)").await;
    assert!(status.contains("HIGHESTMODSEQ 0"), "{status}");
}
