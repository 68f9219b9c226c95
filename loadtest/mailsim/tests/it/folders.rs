//! Folders: LIST, STATUS, CREATE, RENAME, DELETE.

use crate::client::{logged_in, play};
use pushmail_mailsim::message;

const USER: &str = "ann@x.test";

#[tokio::test]
async fn folders_are_listed_by_patterns_with_their_use_and_status() {
    let sim = play("full").await;
    sim.create_folder(USER, "Work/Project");
    sim.set_special_use(USER, "Entwürfe", Some("\\Drafts"));
    sim.set_selectable(USER, "Work", false);
    sim.deliver_to(USER, "Work/Project", message(1, USER));
    let mut client = logged_in(&sim, USER).await;
    client
        .transcript(
            r#"C: a LIST "" %
            S: * LIST (\HasNoChildren \Drafts) "/" Entw&APw-rfe
            S: * LIST (\HasNoChildren) "/" INBOX
            S: * LIST (\HasChildren \Noselect) "/" Work
            S: a OK LIST done
            C: b LIST "" (inbox Work/%) RETURN (SPECIAL-USE STATUS (MESSAGES UNSEEN UIDNEXT))
            S: * LIST (\HasNoChildren) "/" INBOX
            S: * STATUS INBOX (MESSAGES 0 UNSEEN 0 UIDNEXT 101)
            S: * LIST (\HasNoChildren) "/" Work/Project
            S: * STATUS Work/Project (MESSAGES 1 UNSEEN 1 UIDNEXT 102)
            S: b OK LIST done
            C: c LIST (SPECIAL-USE) "" *
            S: * LIST (\HasNoChildren \Drafts) "/" Entw&APw-rfe
            S: c OK LIST done
            C: d LIST "" ""
            S: * LIST (\Noselect) "/" ""
            S: d OK LIST done
            C: e LIST "" ********* RETURN (STATUS (MESSAGES))
            S: e BAD …
            C: f LIST Work/ P*
            S: * LIST (\HasNoChildren) "/" Work/Project
            S: f OK LIST done
            C: g SELECT Work
            S: g NO …
            C: h NAMESPACE
            S: * NAMESPACE (("" "/")) NIL NIL
            S: h OK NAMESPACE done
            C: i LSUB "" Work/*
            S: * LSUB (\HasNoChildren) "/" Work/Project
            S: i OK LSUB done"#,
        )
        .await;
}

#[tokio::test]
async fn a_server_without_extensions_refuses_extended_list() {
    let sim = play("plain").await;
    let mut client = logged_in(&sim, USER).await;
    client
        .transcript(
            r#"C: a LIST "" (INBOX Work)
            S: a BAD …
            C: b LIST "" * RETURN (STATUS (MESSAGES))
            S: b BAD …
            C: c MOVE 1 x
            S: c BAD unknown command
            C: d STATUS INBOX (HIGHESTMODSEQ)
            S: d BAD unknown STATUS item"#,
        )
        .await;
}

#[tokio::test]
async fn status_tells_what_is_asked_for() {
    let sim = play("full").await;
    sim.deliver_to(USER, "Sent Items", message(1, USER));
    let mut client = logged_in(&sim, USER).await;
    client
        .transcript(
            r#"C: a STATUS "Sent Items" (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ UNSEEN MAILBOXID)
            S: * STATUS "Sent Items" (MESSAGES 1 UIDNEXT 102 UIDVALIDITY 1700000001 HIGHESTMODSEQ 2 UNSEEN 1 MAILBOXID (F2))
            S: a OK STATUS done
            C: b STATUS nowhere (MESSAGES)
            S: b NO [NONEXISTENT] no such folder
            C: c STATUS INBOX (MOON)
            S: c BAD unknown STATUS item"#,
        )
        .await;
}

#[tokio::test]
async fn a_client_makes_renames_and_removes_folders() {
    let sim = play("full").await;
    let mut client = logged_in(&sim, USER).await;
    client
        .transcript(
            r#"C: a CREATE "Entw&APw-rfe/2026"
            S: a OK [MAILBOXID (F3)] CREATE done
            C: b CREATE inbox
            S: b NO [ALREADYEXISTS] this folder exists
            C: c RENAME "Entw&APw-rfe" Old
            S: c OK RENAME done
            C: d DELETE Old/2026
            S: d OK DELETE done
            C: e DELETE INBOX
            S: e NO …"#,
        )
        .await;
    assert_eq!(sim.folders(USER), ["INBOX", "Old"]);
}
