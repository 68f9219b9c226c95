//! NOTIFY: several folders on one connection, and folders that come, go and change their names.

use crate::transcript::{ACCOUNT, run, settings, watching};
use pushmail_domain::{EventScope, Folder, FolderCursor, FolderId};
use pushmail_imap::Settings;

const ITEMS: &str = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16384>)";

fn login(capabilities: &str) -> String {
    format!(
        "S: * OK [CAPABILITY IMAP4rev1 IDLE] ready\nC: A1 LOGIN \"joe\" \"secret\"\n\
         S: A1 OK [CAPABILITY IMAP4rev1 IDLE {capabilities}] Logged in\n"
    )
}

fn two() -> Settings {
    watching(&[("INBOX", Some((7, 43))), ("Lists", Some((9, 5)))])
}

fn examine(tag: &str, name: &str, count: u32, uid_validity: u32, uid_next: u32) -> String {
    format!(
        "C: {tag} EXAMINE \"{name}\"\nS: * {count} EXISTS\nS: * OK [UIDVALIDITY {uid_validity}] UIDs valid\n\
         S: * OK [UIDNEXT {uid_next}] Predicted next UID\nS: {tag} OK [READ-ONLY] Examine completed\n"
    )
}

/// From EXAMINE to IDLE, nothing missed.
fn set() -> String {
    examine("A2", "INBOX", 22, 7, 43)
        + r#"
C: A3 NOTIFY SET STATUS (selected-delayed (MessageNew MessageExpunge)) (mailboxes ("INBOX" "Lists") (MessageNew MessageExpunge MailboxName)) (personal (MailboxName))
S: * STATUS "Lists" (MESSAGES 4 UIDNEXT 5 UIDVALIDITY 9)
S: A3 OK NOTIFY completed
LIVE
C: A4 IDLE
S: + idling
PARK
"#
}

#[test]
fn a_change_in_another_folder_is_read_at_once_behind_done() {
    run(
        two(),
        &[
            &login("NOTIFY"),
            &set(),
            "S: * STATUS Lists (MESSAGES 5 UIDNEXT 6)\nC+ DONE\n",
            &examine("A5", "Lists", 5, 9, 6)
                .replace("S: * 5 EXISTS", "S: A4 OK done\nS: * 5 EXISTS"),
            &format!("C: A6 UID FETCH 5:* {ITEMS}\n"),
            "S: * 5 FETCH (UID 5 FLAGS () BODY[]<0> \"x\")\nNEW Lists 5\nS: A6 OK done\n",
            &examine("A7", "INBOX", 22, 7, 43),
            "C: A8 IDLE\nS: + idling\nPARK\nWAIT 539\nWAIT 1\nC+ DONE\nC: A9 NOOP\n",
        ],
    );
}

#[test]
fn a_status_that_tells_what_is_known_does_not_end_idle() {
    run(
        two(),
        &[
            &login("NOTIFY"),
            &set(),
            "S: * STATUS \"Lists\" (MESSAGES 4 UIDNEXT 5)\nPARK\nS: * STATUS \"Other\" (MESSAGES 4 UIDNEXT 5)\nPARK",
        ],
    );
}

#[test]
fn a_server_that_refuses_notify_is_looked_at_in_rounds() {
    let script = set()
        .replace("S: * STATUS \"Lists\" (MESSAGES 4 UIDNEXT 5 UIDVALIDITY 9)\n", "")
        .replace(
            "S: A3 OK NOTIFY completed\n",
            "S: A3 NO [BADEVENT (MessageNew)] no\nC: A4 STATUS \"Lists\" (MESSAGES UIDNEXT UIDVALIDITY)\n\
             S: * STATUS \"Lists\" (MESSAGES 4 UIDNEXT 5 UIDVALIDITY 9)\nS: A4 OK done\n",
        )
        .replace("A4 IDLE", "A5 IDLE");
    run(
        two(),
        &[
            &login("NOTIFY"),
            &script,
            "WAIT 60\nC: DONE\nS: A5 OK done\nC: A6 STATUS \"Lists\" (MESSAGES UIDNEXT UIDVALIDITY)",
        ],
    );
}

#[test]
fn an_overflow_sets_notify_again_and_looks_at_every_folder() {
    let again = "C: A6 NOTIFY SET STATUS (selected-delayed (MessageNew MessageExpunge)) (mailboxes (\"INBOX\" \"Lists\") \
                 (MessageNew MessageExpunge MailboxName)) (personal (MailboxName))\n";
    run(
        two(),
        &[
            &login("NOTIFY"),
            &set(),
            "S: * OK [NOTIFICATIONOVERFLOW] too much\nC+ DONE\n",
            &format!("C: A5 UID FETCH 43:* {ITEMS}\nS: A4 OK done\n"),
            "S: * 22 FETCH (UID 42 FLAGS () BODY[]<0> \"x\")\nS: A5 OK done\n",
            again,
            "S: * STATUS \"Lists\" (MESSAGES 5 UIDNEXT 6 UIDVALIDITY 9)\nS: A6 OK done\n",
            "C: A7 EXAMINE \"Lists\"",
        ],
    );
}

#[test]
fn a_server_that_gives_up_again_and_again_is_looked_at_in_rounds() {
    let mut script = String::new();
    let overflow = |idle: u32| {
        let read = idle + 1;
        format!(
            "S: * OK [NOTIFICATIONOVERFLOW] too much\nC+ DONE\nC: A{read} UID FETCH 43:* {ITEMS}\n\
             S: A{idle} OK done\nS: * 22 FETCH (UID 42 FLAGS () BODY[]<0> \"x\")\nS: A{read} OK done\n"
        )
    };
    for idle in [4, 7, 10] {
        let (notify, next) = (idle + 2, idle + 3);
        script += &overflow(idle);
        script += &format!(
            "C: A{notify} NOTIFY SET STATUS (selected-delayed (MessageNew MessageExpunge)) \
             (mailboxes (\"INBOX\" \"Lists\") (MessageNew MessageExpunge MailboxName)) (personal (MailboxName))\n\
             S: * STATUS \"Lists\" (MESSAGES 4 UIDNEXT 5 UIDVALIDITY 9)\nS: A{notify} OK done\n\
             C: A{next} IDLE\nS: + idling\nPARK\n"
        );
    }
    script += &overflow(13);
    script += "C: A15 STATUS \"Lists\" (MESSAGES UIDNEXT UIDVALIDITY)\n";
    run(two(), &[&login("NOTIFY"), &set(), &script]);
}

/// All folders, of which INBOX, Lists and Work were found before.
fn everything() -> Settings {
    let mut settings = watching(&[
        ("INBOX", Some((7, 43))),
        ("Lists", Some((9, 5))),
        ("Work", Some((5, 5))),
        ("Work/a", Some((6, 5))),
    ]);
    settings.selection = vec!["*".to_owned()];
    settings.listed = true;
    settings
}

/// Every folder is listed with its STATUS; INBOX is opened; NOTIFY is set.
fn listed() -> String {
    let list = r#"
C: A2 LIST "" "*" RETURN (SPECIAL-USE STATUS (MESSAGES UIDNEXT UIDVALIDITY))
S: * LIST () "/" INBOX
S: * STATUS INBOX (MESSAGES 22 UIDNEXT 43 UIDVALIDITY 7)
S: * LIST () "/" Lists
S: * STATUS Lists (MESSAGES 4 UIDNEXT 5 UIDVALIDITY 9)
S: * LIST (\Sent) "/" Sent
S: * STATUS Sent (MESSAGES 4 UIDNEXT 5 UIDVALIDITY 11)
S: * LIST () "/" Work
S: * STATUS Work (MESSAGES 4 UIDNEXT 5 UIDVALIDITY 5)
S: * LIST () "/" Work/a
S: * STATUS Work/a (MESSAGES 4 UIDNEXT 5 UIDVALIDITY 6)
S: A2 OK List completed
"#;
    list.to_owned()
        + &examine("A3", "INBOX", 22, 7, 43)
        + r#"
C: A4 NOTIFY SET STATUS (selected-delayed (MessageNew MessageExpunge)) (personal (MessageNew MessageExpunge MailboxName))
S: A4 OK NOTIFY completed
LIVE
C: A5 IDLE
S: + idling
PARK
"#
}

const CAPABILITIES: &str = "NOTIFY LIST-STATUS SPECIAL-USE";

#[test]
fn a_star_stands_for_every_folder_without_a_special_use() {
    run(everything(), &[&login(CAPABILITIES), &listed()]);
    let mut first = settings();
    first.selection = vec!["*".to_owned(), "Sent".to_owned()];
    let baselines = "LIVE INBOX=7:43 Lists=9:5 Sent=11:5 Work=5:5 Work/a=6:5\n";
    let script = listed().replace("LIVE\n", baselines);
    run(first, &[&login(CAPABILITIES), &script]);
}

#[test]
fn a_folder_that_appears_is_new_from_its_first_message_on() {
    run(
        everything(),
        &[
            &login(CAPABILITIES),
            &listed(),
            r#"
S: * LIST () "/" New
C: DONE
S: A5 OK done
C: A6 STATUS "New" (MESSAGES UIDNEXT UIDVALIDITY)
S: * STATUS New (MESSAGES 2 UIDNEXT 3 UIDVALIDITY 13)
CREATED New 13:1
S: A6 OK done
"#,
            &examine("A7", "New", 2, 13, 3),
            &format!("C: A8 UID FETCH 1:* {ITEMS}\n"),
        ],
    );
}

#[test]
fn a_folder_with_a_special_use_that_appears_is_not_watched() {
    run(
        everything(),
        &[
            &login(CAPABILITIES),
            &listed(),
            "S: * LIST (\\Trash) \"/\" New\nPARK\nS: * LIST (\\Noselect) \"/\" Old\nPARK",
        ],
    );
}

#[test]
fn an_oldname_renames_a_folder_and_those_below_it() {
    run(
        everything(),
        &[
            &login(CAPABILITIES),
            &listed(),
            r#"
S: * LIST () "/" Job ("OLDNAME" ("Work"))
RENAMED Work -> Job
RENAMED Work/a -> Job/a
PARK
S: * STATUS Job/a (MESSAGES 5 UIDNEXT 6)
C+ DONE
C: A6 EXAMINE "Job/a"
"#,
        ],
    );
}

#[test]
fn a_folder_that_goes_is_told() {
    run(
        everything(),
        &[
            &login(CAPABILITIES),
            &listed(),
            "S: * LIST (\\NonExistent) \"/\" Lists\nC: DONE\nS: A5 OK done\nDELETED Lists\nC: A6 IDLE",
        ],
    );
}

fn by_mailbox_id() -> Settings {
    let mut settings = everything();
    let folder =
        |name: &str| Folder::new(FolderId::of_mailbox_id(ACCOUNT, &format!("M-{name}")), name);
    settings.folders = vec![folder("INBOX"), folder("Work")];
    settings.cursors = vec![
        FolderCursor::starting(settings.folders[0].id, 7, 43),
        FolderCursor::starting(settings.folders[1].id, 5, 5),
    ];
    settings
}

#[test]
fn a_mailboxid_under_another_name_is_a_rename_that_keeps_the_cursor() {
    let list = r#"
C: A2 LIST "" "*" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))
S: * LIST () "/" INBOX
S: * STATUS INBOX (MESSAGES 22 UIDNEXT 43 UIDVALIDITY 7)
S: * LIST () "/" Job
S: * STATUS Job (MESSAGES 5 UIDNEXT 6 UIDVALIDITY 5)
S: A2 OK List completed
"#;
    run(
        by_mailbox_id(),
        &[
            &login("LIST-STATUS OBJECTID"),
            list,
            &examine("A3", "INBOX", 22, 7, 43),
            &examine("A4", "Job", 5, 5, 6)
                .replace("S: * 5", "S: * OK [MAILBOXID (M-Work)] Ok\nS: * 5"),
            "LIVE\nRENAMED Work -> Job\n",
            "C: A5 UID FETCH 5:* (UID FLAGS INTERNALDATE RFC822.SIZE EMAILID BODY.PEEK[]<0.16384>)\n\
             S: * 5 FETCH (UID 5 FLAGS () EMAILID (E1) BODY[]<0> \"x\")\n\
             NEW Work 5 noticed=1000 size=0 flags= date=None head=\"x\" provider=E1 \n",
        ],
    );
}

#[test]
fn what_changed_in_a_folder_before_it_was_found_under_another_name_is_told() {
    let mut settings = by_mailbox_id();
    settings.events = EventScope::All;
    settings.cursors[1].mod_seq = 99;
    let list = r#"
C: A3 LIST "" "*" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ))
S: * LIST () "/" INBOX
S: * LIST () "/" Job
S: * STATUS Job (MESSAGES 3 UIDNEXT 5 UIDVALIDITY 5 HIGHESTMODSEQ 120)
S: A3 OK List completed
"#;
    run(
        settings,
        &[
            &login("QRESYNC LIST-STATUS OBJECTID"),
            "C: A2 ENABLE QRESYNC\nS: * ENABLED QRESYNC\nS: A2 OK enabled\n",
            list,
            &examine("A4", "INBOX", 0, 7, 43),
            &examine("A5", "Job", 3, 5, 5)
                .replace("S: * 3", "S: * OK [MAILBOXID (M-Work)] Ok\nS: * 3"),
            r#"
C: A6 EXAMINE "Job" (QRESYNC (5 99 1:4))
S: * 3 EXISTS
S: * OK [UIDVALIDITY 5] UIDs valid
S: * OK [UIDNEXT 5] Predicted next UID
S: * OK [HIGHESTMODSEQ 120] Highest
S: * VANISHED (EARLIER) 2
S: * 3 FETCH (UID 4 FLAGS (\Seen) MODSEQ (110))
S: A6 OK [READ-ONLY] Examine completed
LIVE
RENAMED Work -> Job
GONE Work 2:2
FLAGS Work 4 \Seen @110
CONFIRMED Work=5:5@120
"#,
            &examine("A7", "INBOX", 0, 7, 43),
            "NEWEST INBOX all\nC: A8 IDLE",
        ],
    );
}

#[test]
fn a_folder_that_is_watched_by_name_is_looked_for_under_other_names() {
    let mut settings = by_mailbox_id();
    settings.selection = vec!["INBOX".to_owned(), "Work".to_owned()];
    run(
        settings,
        &[
            &login("OBJECTID"),
            &examine("A2", "INBOX", 22, 7, 43),
            r#"
C: A3 STATUS "Work" (MESSAGES UIDNEXT UIDVALIDITY)
S: A3 NO [NONEXISTENT] none
C: A4 LIST "" "*"
S: * LIST () "/" INBOX
S: * LIST () "/" Job
S: * LIST () "/" Old
S: A4 OK done
"#,
            &examine("A5", "Old", 5, 5, 6)
                .replace("S: * 5", "S: * OK [MAILBOXID (M-Old)] Ok\nS: * 5"),
            &examine("A6", "Job", 4, 5, 5)
                .replace("S: * 4", "S: * OK [MAILBOXID (M-Work)] Ok\nS: * 4"),
            "LIVE\nRENAMED Work -> Job\n",
            &examine("A7", "INBOX", 22, 7, 43),
            "C: A8 IDLE",
        ],
    );
}

#[test]
fn without_a_mailboxid_another_name_is_another_folder() {
    let mut settings = watching(&[("INBOX", Some((7, 43))), ("Work", Some((5, 5)))]);
    settings.selection = vec!["*".to_owned()];
    settings.listed = true;
    let list = r#"
C: A2 LIST "" "*" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))
S: * LIST () "/" INBOX
S: * STATUS INBOX (MESSAGES 22 UIDNEXT 43 UIDVALIDITY 7)
S: * LIST () "/" Job
S: * STATUS Job (MESSAGES 5 UIDNEXT 6 UIDVALIDITY 5)
S: A2 OK List completed
"#;
    run(
        settings,
        &[
            &login("LIST-STATUS"),
            list,
            &examine("A3", "INBOX", 22, 7, 43),
            "LIVE\nCREATED Job 5:1\nDELETED Work\nC: A4 EXAMINE \"Job\"",
        ],
    );
}

#[test]
fn with_qresync_the_open_folder_s_changes_come_at_once() {
    let settings = Settings {
        events: EventScope::All,
        ..two()
    };
    run(
        settings,
        &[
            &login("NOTIFY QRESYNC"),
            "C: A2 ENABLE QRESYNC\nS: * ENABLED QRESYNC\nS: A2 OK enabled\n",
            &examine("A3", "INBOX", 0, 7, 43),
            r#"
C: A4 NOTIFY SET STATUS (selected (MessageNew MessageExpunge FlagChange)) (mailboxes ("INBOX" "Lists") (MessageNew MessageExpunge FlagChange MailboxName)) (personal (MailboxName))
"#,
        ],
    );
}
