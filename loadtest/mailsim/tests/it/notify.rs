//! NOTIFY (RFC 5465).

use crate::client::{Client, logged_in, play};
use pushmail_mailsim::{Mailsim, message};

const USER: &str = "ann@x.test";
const BOTH: &str = "(MessageNew MessageExpunge FlagChange)";

async fn notified(sim: &Mailsim, set: &str) -> Client {
    let mut client = logged_in(sim, USER).await;
    client.command("ENABLE QRESYNC").await;
    client.command("EXAMINE INBOX").await;
    let answer = client.command(&format!("NOTIFY SET {set}")).await;
    assert!(answer.ends_with("t OK NOTIFY done\r\n"), "{answer}");
    client
}

#[tokio::test]
async fn other_folders_are_told_by_status() {
    let sim = play("full").await;
    sim.create_folder(USER, "Work");
    sim.create_folder(USER, "Junk");
    let set = format!("(selected {BOTH}) (mailboxes Junk NONE) (personal {BOTH})");
    let mut client = notified(&sim, &set).await;
    sim.deliver_to(USER, "Junk", message(1, USER));
    sim.deliver_to(USER, "Work", message(2, USER));
    let status =
        "* STATUS Work (MESSAGES 1 UIDNEXT 102 UIDVALIDITY 1700000001 UNSEEN 1 HIGHESTMODSEQ 2)";
    assert_eq!(client.line().await, status);
    sim.set_flags(USER, "Work", 101, &["\\Seen"]);
    let status = "* STATUS Work (UIDVALIDITY 1700000001 UNSEEN 0 HIGHESTMODSEQ 3)";
    assert_eq!(client.line().await, status);
    sim.expunge(USER, "Work", &[101]);
    let status =
        "* STATUS Work (MESSAGES 0 UIDNEXT 102 UIDVALIDITY 1700000001 UNSEEN 0 HIGHESTMODSEQ 4)";
    assert_eq!(client.line().await, status);
    sim.deliver(USER, message(3, USER));
    assert_eq!(client.line().await, "* 1 EXISTS");
    let announced = sim.announcements();
    assert_eq!(announced.len(), 2, "{announced:?}");
}

#[tokio::test]
async fn the_open_folder_is_told_at_once_or_its_expunges_with_the_next_command() {
    let sim = play("full").await;
    for n in 1..=2 {
        sim.deliver(USER, message(n, USER));
    }
    let mut at_once = notified(&sim, &format!("(selected {BOTH})")).await;
    let mut delayed = notified(&sim, &format!("(selected-delayed {BOTH})")).await;
    sim.expunge(USER, "INBOX", &[101]);
    sim.set_flags(USER, "INBOX", 102, &["\\Seen"]);
    assert_eq!(at_once.line().await, "* VANISHED 101");
    assert!(at_once.line().await.starts_with("* 1 FETCH (UID 102 "));
    assert!(delayed.line().await.starts_with("* 2 FETCH (UID 102 "));
    delayed
        .transcript("C: a NOOP\n S: * VANISHED 101\n S: a OK done")
        .await;
}

#[tokio::test]
async fn new_messages_are_fetched_as_asked() {
    let sim = play("full").await;
    let set = "(selected (MessageNew (FLAGS BODY.PEEK[HEADER.FIELDS (LIST-UNSUBSCRIBE)]) MessageExpunge))";
    let mut client = notified(&sim, set).await;
    sim.deliver(USER, message(7, USER));
    client
        .transcript(
            "S: * 1 EXISTS
            S: * 1 FETCH (UID 101 FLAGS () BODY[HEADER.FIELDS (LIST-UNSUBSCRIBE)] {58}
            S: List-Unsubscribe: <https://shop.example/unsubscribe/7>
            S:
            S: )",
        )
        .await;
    sim.set_flags(USER, "INBOX", 101, &["\\Seen"]);
    client
        .transcript("C: a NOOP\n S: * 1 FETCH (UID 101 FLAGS (\\Seen) MODSEQ (3))")
        .await;
}

#[tokio::test]
async fn names_are_told_when_they_come_change_and_go() {
    let sim = play("full").await;
    sim.create_folder(USER, "Archive");
    let mut client = notified(
        &sim,
        "(subtree Work (MailboxName)) (mailboxes Archive NONE)",
    )
    .await;
    sim.rename_folder(USER, "Archive", "Old");
    sim.create_folder(USER, "Work/Ünder");
    client
        .transcript(
            r#"S: * LIST (\HasChildren) "/" Work
            S: * LIST (\HasNoChildren) "/" Work/&ANw-nder"#,
        )
        .await;
    sim.rename_folder(USER, "Work/Ünder", "Work/Over");
    client
        .transcript(r#"S: * LIST (\HasNoChildren) "/" Work/Over ("OLDNAME" (Work/&ANw-nder))"#)
        .await;
    sim.delete_folder(USER, "Work/Over");
    client
        .transcript(r#"S: * LIST (\NonExistent) "/" Work/Over"#)
        .await;
}

#[tokio::test]
async fn the_state_of_all_folders_is_told_first_if_asked_for() {
    let sim = play("full").await;
    sim.deliver_to(USER, "Work", message(1, USER));
    let mut client = logged_in(&sim, USER).await;
    client.command("EXAMINE INBOX").await;
    client
        .transcript(
            "C: a NOTIFY SET STATUS (selected NONE) (personal (MessageNew MessageExpunge))
            S: * STATUS Work (MESSAGES 1 UIDNEXT 102 UIDVALIDITY 1700000001 UNSEEN 1)
            S: a OK NOTIFY done",
        )
        .await;
    client.idle().await;
    sim.deliver_to(USER, "Work", message(2, USER));
    assert!(
        client
            .line()
            .await
            .starts_with("* STATUS Work (MESSAGES 2 UIDNEXT 103 ")
    );
}

#[tokio::test]
async fn unknown_events_and_wrong_groups_are_refused() {
    let sim = play("full").await;
    let mut client = logged_in(&sim, USER).await;
    client
        .transcript(
            "C: a NOTIFY SET (personal (MessageNew MessageExpunge MoonPhase))
            S: a NO [BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange)] unknown event
            C: b NOTIFY SET (personal (FlagChange))
            S: b BAD cannot read this NOTIFY
            C: c NOTIFY NONE
            S: c OK NOTIFY done",
        )
        .await;
}

#[tokio::test]
async fn after_an_overflow_nothing_is_told_until_it_is_set_again() {
    let sim = play("full").await;
    sim.create_folder(USER, "Work");
    let mut client = notified(&sim, &format!("(personal {BOTH})")).await;
    sim.overflow_notify(USER);
    assert!(
        client
            .line()
            .await
            .starts_with("* OK [NOTIFICATIONOVERFLOW] ")
    );
    sim.deliver_to(USER, "Work", message(1, USER));
    client.transcript("C: a NOOP\n S: a OK done").await;
    client
        .command(&format!("NOTIFY SET (personal {BOTH})"))
        .await;
    sim.deliver_to(USER, "Work", message(2, USER));
    assert!(
        client
            .line()
            .await
            .starts_with("* STATUS Work (MESSAGES 2 ")
    );
}

#[tokio::test]
async fn a_message_that_is_moved_leaves_here_and_comes_there() {
    let sim = play("full").await;
    for n in 1..=2 {
        sim.deliver(USER, message(n, USER));
    }
    sim.create_folder(USER, "Work");
    let set = format!("(selected {BOTH}) (personal {BOTH})");
    let mut client = notified(&sim, &set).await;
    let moved = sim.move_messages(USER, "INBOX", &[102, 999], "Work");
    assert_eq!(moved, [(102, 101)]);
    assert_eq!(client.line().await, "* VANISHED 102");
    assert!(
        client
            .line()
            .await
            .starts_with("* STATUS Work (MESSAGES 1 ")
    );
    let copied = sim.copy_messages(USER, "Work", &[101], "inbox");
    assert_eq!(copied, [(101, 103)]);
    assert_eq!(client.line().await, "* 2 EXISTS");
    assert_eq!(sim.folders(USER), ["INBOX", "Work"]);
}
