//! Messages: APPEND, FETCH, STORE, SEARCH, COPY, MOVE, EXPUNGE.

use crate::client::{logged_in, play};
use pushmail_domain::Timestamp;
use pushmail_mailsim::message;

const USER: &str = "ann@x.test";

#[tokio::test]
async fn an_appended_message_is_read_and_marked_as_seen() {
    let sim = play("full").await;
    let mut client = logged_in(&sim, USER).await;
    client
        .transcript(
            r#"C: a APPEND INBOX (\Flagged work) " 2-Mar-2026 00:04:05 +0000" {19}
            S: + go ahead
            C: Subject: hi
            C:
            C: body
            S: a OK [APPENDUID 1700000000 101] APPEND done
            C: b APPEND nowhere {0+}
            C:
            S: b NO [TRYCREATE] no such folder
            C: c SELECT INBOX
            S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
            S: * OK [PERMANENTFLAGS …
            S: * 1 EXISTS
            S: * 0 RECENT
            S: * OK [UIDVALIDITY 1700000000] valid
            S: * OK [UIDNEXT 102] next
            S: * OK [HIGHESTMODSEQ 2] highest
            S: * OK [MAILBOXID (F1)] id
            S: c OK [READ-WRITE] SELECT done
            C: d FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE EMAILID)
            S: * 1 FETCH (FLAGS (\Flagged work) INTERNALDATE " 2-Mar-2026 00:04:05 +0000" RFC822.SIZE 19 EMAILID (M1))
            S: d OK FETCH done
            C: e UID FETCH 101 BODY[TEXT]
            S: * 1 FETCH (UID 101 BODY[TEXT] {4}
            S: body)
            S: * 1 FETCH (FLAGS (\Flagged \Seen work))
            S: e OK FETCH done
            C: f FETCH 1 ENVELOPE
            S: f BAD …"#,
        )
        .await;
}

#[tokio::test]
async fn after_examine_nothing_is_changed() {
    let sim = play("full").await;
    sim.deliver(USER, message(1, USER));
    let mut client = logged_in(&sim, USER).await;
    client.command("EXAMINE INBOX").await;
    client.command("FETCH 1 BODY[HEADER]").await;
    for refused in ["STORE 1 FLAGS (x)", "EXPUNGE", "MOVE 1 INBOX"] {
        let answer = client.command(refused).await;
        assert!(answer.starts_with("t NO"), "{answer}");
    }
    assert!(sim.messages_in(USER, "INBOX")[0].flags.is_empty());
}

#[tokio::test]
async fn numbers_and_uids_part_when_messages_are_expunged() {
    let sim = play("full").await;
    for n in 1..=4 {
        sim.deliver(USER, message(n, USER));
    }
    let mut client = logged_in(&sim, USER).await;
    client.command("SELECT INBOX").await;
    client
        .transcript(
            r"C: a STORE 1,3 +FLAGS.SILENT (\Deleted)
            S: a OK STORE done
            C: b UID EXPUNGE 103:*
            S: * 3 EXPUNGE
            S: b OK EXPUNGE done
            C: c EXPUNGE
            S: * 1 EXPUNGE
            S: c OK EXPUNGE done
            C: d FETCH 1:* UID
            S: * 1 FETCH (UID 102)
            S: * 2 FETCH (UID 104)
            S: d OK FETCH done
            C: e UID STORE 104 FLAGS (\Seen $Label)
            S: * 2 FETCH (FLAGS ($Label \Seen))
            S: e OK STORE done
            C: f STORE 2 -FLAGS $label
            S: * 2 FETCH (FLAGS (\Seen))
            S: f OK STORE done",
        )
        .await;
}

#[tokio::test]
async fn messages_are_copied_and_moved_with_their_identity() {
    let sim = play("full").await;
    for n in 1..=3 {
        sim.deliver(USER, message(n, USER));
    }
    sim.deliver_to(USER, "Work", message(9, USER));
    let mut client = logged_in(&sim, USER).await;
    client.command("SELECT INBOX").await;
    client
        .transcript(
            r"C: a COPY 1:2 Work
            S: a OK [COPYUID 1700000001 101:102 102:103] done
            C: b UID MOVE 103 Work
            S: * OK [COPYUID 1700000001 103 104] moved
            S: * 3 EXPUNGE
            S: b OK done
            C: c COPY 1 Nowhere
            S: c NO [TRYCREATE] no such folder
            C: d FETCH 1 EMAILID
            S: * 1 FETCH (EMAILID (M1))
            S: d OK FETCH done",
        )
        .await;
    client.command("SELECT Work").await;
    let copied = client.command("UID FETCH 102 EMAILID").await;
    assert!(
        copied.starts_with("* 2 FETCH (UID 102 EMAILID (M1))"),
        "{copied}"
    );
    assert_eq!(sim.messages(USER).len(), 2);
    assert_eq!(sim.messages_in(USER, "Work").len(), 4);
}

#[tokio::test]
async fn search_finds_by_uid_date_flag_and_header() {
    let sim = play("full").await;
    let march = Timestamp::from_micros(1_772_409_845_000_000);
    let january = Timestamp::from_micros(1_768_000_000_000_000);
    for (n, at) in [(1, january), (2, march), (3, march)] {
        sim.deliver_at(USER, "INBOX", message(n, USER), at);
    }
    sim.set_flags(USER, "INBOX", 102, &["\\Seen"]);
    let mut client = logged_in(&sim, USER).await;
    client.command("EXAMINE INBOX").await;
    client
        .transcript(
            r#"C: a SEARCH ALL
            S: * SEARCH 1 2 3
            S: a OK SEARCH done
            C: b UID SEARCH UID 102:* SINCE 1-Mar-2026
            S: * SEARCH 102 103
            S: b OK SEARCH done
            C: c UID SEARCH RETURN (MIN COUNT ALL) NOT SEEN
            S: * ESEARCH (TAG "c") UID MIN 101 COUNT 2 ALL 101,103
            S: c OK SEARCH done
            C: d SEARCH RETURN () BEFORE 1-Feb-2026
            S: * ESEARCH (TAG "d") ALL 1
            S: d OK SEARCH done
            C: e SEARCH CHARSET UTF-8 OR HEADER Message-ID order.3 (SEEN UNDRAFT)
            S: * SEARCH 2 3
            S: e OK SEARCH done
            C: f UID SEARCH RETURN (MIN COUNT) 1 UNSEEN DELETED
            S: * ESEARCH (TAG "f") UID COUNT 0
            S: f OK SEARCH done
            C: g SEARCH MODSEQ 5
            S: * SEARCH 2
            S: g OK SEARCH done
            C: h SEARCH MOON
            S: h BAD unknown search key or option"#,
        )
        .await;
}
