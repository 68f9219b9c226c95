//! Flags and deletions (`events = all`): exactly where the server numbers changes, else by looking.

use crate::transcript::{resumed, run, settings, watching};
use pushmail_domain::EventScope;
use pushmail_imap::Settings;

fn all(settings: Settings) -> Settings {
    Settings {
        events: EventScope::All,
        ..settings
    }
}

/// INBOX was read up to UID 42 and MODSEQ 99.
fn numbered() -> Settings {
    let mut settings = all(resumed());
    settings.cursors[0].mod_seq = 99;
    settings
}

fn login(capabilities: &str) -> String {
    format!(
        "S: * OK [CAPABILITY IMAP4rev1 IDLE] ready\nC: A1 LOGIN \"joe\" \"secret\"\n\
         S: A1 OK [CAPABILITY IMAP4rev1 IDLE {capabilities}] Logged in\n"
    )
}

const ENABLE: &str = "C: A2 ENABLE QRESYNC\nS: * ENABLED QRESYNC\nS: A2 OK enabled\n";

/// QRESYNC: what changed comes with EXAMINE.
const RESYNC: &str = r#"
C: A3 EXAMINE "INBOX" (QRESYNC (7 99 1:42))
S: * 20 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 43] Predicted next UID
S: * OK [HIGHESTMODSEQ 120] Highest
S: * VANISHED (EARLIER) 5,7:9,100:4294967295
S: * 3 FETCH (UID 12 FLAGS (\Seen) MODSEQ (110))
S: A3 OK [READ-ONLY] Examine completed
LIVE
GONE INBOX 5:5,7:9
FLAGS INBOX 12 \Seen @110
CONFIRMED INBOX=7:43@120
C: A4 IDLE
S: + idling
PARK
"#;

#[test]
fn with_qresync_one_command_tells_all_that_changed() {
    run(numbered(), &[&login("QRESYNC"), ENABLE, RESYNC]);
}

#[test]
fn with_qresync_changes_come_by_themselves_and_are_confirmed_when_idle_ends() {
    run(
        numbered(),
        &[
            &login("QRESYNC"),
            ENABLE,
            RESYNC,
            r#"
S: * VANISHED 12
GONE INBOX 12:12
PARK
S: * 4 FETCH (UID 13 FLAGS (\Answered \Seen) MODSEQ (130))
FLAGS INBOX 13 \Answered,\Seen @130
PARK
WAIT 540
C+ DONE
C: A5 NOOP
S: A4 OK done
S: A5 OK done
CONFIRMED INBOX=7:43@130
C: A6 IDLE
"#,
        ],
    );
}

#[test]
fn a_deletion_that_was_told_is_not_told_again_when_the_folder_is_opened_again() {
    let mut settings = numbered();
    let lists = watching(&[("Lists", Some((9, 1)))]);
    settings.selection.push("Lists".to_owned());
    settings.folders.extend(lists.folders);
    settings.cursors.extend(lists.cursors);
    let examine = |tag: &str, more: &str| {
        format!(
            "C: {tag} EXAMINE \"INBOX\" (QRESYNC (7 99 1:42))\nS: * 22 EXISTS\nS: * OK [UIDVALIDITY 7] valid\n\
             S: * OK [UIDNEXT 43] next\nS: * OK [HIGHESTMODSEQ 99] highest\n{more}S: {tag} OK done\n"
        )
    };
    let status = |tag: &str, next: u32| {
        format!(
            "C: {tag} STATUS \"Lists\" (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)\n\
             S: * STATUS Lists (MESSAGES 0 UIDNEXT {next} UIDVALIDITY 9 HIGHESTMODSEQ 0)\nS: {tag} OK done\n"
        )
    };
    run(
        settings,
        &[
            &login("QRESYNC"),
            ENABLE,
            &examine("A3", ""),
            &status("A4", 1),
            "LIVE\nC: A5 EXAMINE \"Lists\"\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 9] v\nS: * OK [UIDNEXT 1] n\n\
             S: A5 OK done\nNEWEST Lists all\n",
            &examine("A6", ""),
            "C: A7 IDLE\nS: + idling\nPARK\nS: * VANISHED 12\nGONE INBOX 12:12\nPARK\nWAIT 60\nC: DONE\nS: A7 OK done\n",
            &status("A8", 2),
            "C: A9 EXAMINE \"Lists\"\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 9] v\nS: * OK [UIDNEXT 2] n\nS: A9 OK done\n\
             C: A10 UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16384>)\nS: A10 OK done\n\
             NEWEST Lists all\n",
            &examine("A11", "S: * VANISHED (EARLIER) 10:14\n"),
            "GONE INBOX 10:11,13:14\nC: A12 IDLE",
        ],
    );
}

#[test]
fn more_than_500_changes_in_one_resync_are_told_as_one() {
    let many: String = (1..=42)
        .cycle()
        .take(501)
        .map(|uid| format!("S: * {uid} FETCH (UID {uid} FLAGS () MODSEQ (110))\n"))
        .collect();
    let script = RESYNC
        .replace("S: * VANISHED (EARLIER) 5,7:9,100:4294967295\n", &many)
        .replace(
            "GONE INBOX 5:5,7:9\nFLAGS INBOX 12 \\Seen @110\n",
            "RESYNC INBOX\n",
        );
    run(numbered(), &[&login("QRESYNC"), ENABLE, &script]);

    let mut settings = numbered();
    settings.cursors[0].uid_next = 100_000;
    let script = RESYNC
        .replace("1:42", "1:99999")
        .replace(
            "S: * VANISHED (EARLIER) 5,7:9,100:4294967295",
            "S: * VANISHED (EARLIER) 1:4294967295",
        )
        .replace(
            "GONE INBOX 5:5,7:9\nFLAGS INBOX 12 \\Seen @110\n",
            "RESYNC INBOX\n",
        )
        .replace("7:43@120", "7:100000@120");
    run(settings, &[&login("QRESYNC"), ENABLE, &script]);
}

#[test]
fn more_than_500_deletions_at_once_are_told_as_one() {
    let mut settings = numbered();
    settings.cursors[0].uid_next = 1000;
    let script = RESYNC
        .replace("1:42", "1:999")
        .replace("7:43@120", "7:1000@120");
    run(
        settings,
        &[
            &login("QRESYNC"),
            ENABLE,
            &script.replace("100:4294967295", "2000"),
            "S: * VANISHED 1:600\nRESYNC INBOX\nPARK",
        ],
    );
}

#[test]
fn with_condstore_flags_are_told_since_a_modseq_and_deletions_by_looking() {
    run(
        numbered(),
        &[
            &login("CONDSTORE"),
            r#"
C: A2 EXAMINE "INBOX" (CONDSTORE)
S: * 2 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 43] Predicted next UID
S: * OK [HIGHESTMODSEQ 120] Highest
S: A2 OK [READ-ONLY] Examine completed
LIVE
C: A3 UID FETCH 1:42 (UID FLAGS) (CHANGEDSINCE 99)
S: * 2 FETCH (UID 12 FLAGS (\Seen) MODSEQ (110))
S: A3 OK done
FLAGS INBOX 12 \Seen @110
C: A4 FETCH 1:* (UID FLAGS)
S: * 1 FETCH (UID 10 FLAGS ())
S: * 2 FETCH (UID 12 FLAGS (\Seen))
S: A4 OK done
NEWEST INBOX all 10= 12=\Seen
CONFIRMED INBOX=7:43@120
C: A5 IDLE
"#,
        ],
    );
}

/// What a server without CONDSTORE is asked for.
const PLAIN: &str = r#"
C: A2 EXAMINE "INBOX"
S: * 300 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 43] Predicted next UID
S: A2 OK [READ-ONLY] Examine completed
LIVE
C: A3 FETCH 45:* (UID FLAGS)
S: * 299 FETCH (UID 41 FLAGS (\Seen))
S: * 300 FETCH (UID 42 FLAGS ())
S: A3 OK done
NEWEST INBOX 41=\Seen 42=
C: A4 IDLE
S: + idling
PARK
"#;

#[test]
fn without_numbers_the_newest_256_messages_are_looked_at() {
    run(all(resumed()), &[&login(""), PLAIN]);
}

#[test]
fn without_numbers_a_change_makes_the_newest_messages_be_looked_at_once_per_storm() {
    run(
        all(resumed()),
        &[
            &login(""),
            PLAIN,
            r#"
S: * 3 EXPUNGE
PARK
S: * 4 FETCH (FLAGS (\Seen))
PARK
WAIT 2
C: DONE
S: A4 OK done
C: A5 FETCH 44:* (UID FLAGS)
S: * 299 FETCH (UID 42 FLAGS (\Seen))
S: A5 OK done
NEWEST INBOX 42=\Seen
C: A6 IDLE
"#,
        ],
    );
}

#[test]
fn a_folder_without_mod_sequences_is_looked_at_though_the_server_has_qresync() {
    run(
        numbered(),
        &[
            &login("QRESYNC"),
            ENABLE,
            r#"
C: A3 EXAMINE "INBOX" (QRESYNC (7 99 1:42))
S: * 1 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 43] Predicted next UID
S: * OK [NOMODSEQ] none here
S: A3 OK [READ-ONLY] Examine completed
LIVE
C: A4 FETCH 1:* (UID FLAGS)
S: * 1 FETCH (UID 41 FLAGS ())
S: A4 OK done
NEWEST INBOX all 41=
C: A5 IDLE
"#,
        ],
    );
}

#[test]
fn a_first_look_begins_with_the_newest_messages() {
    run(
        all(settings()),
        &[
            &login("QRESYNC"),
            ENABLE,
            r#"
C: A3 EXAMINE "INBOX"
S: * 1 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 43] Predicted next UID
S: * OK [HIGHESTMODSEQ 120] Highest
S: A3 OK [READ-ONLY] Examine completed
LIVE INBOX=7:43
C: A4 FETCH 1:* (UID FLAGS)
S: * 1 FETCH (UID 41 FLAGS ())
S: A4 OK done
NEWEST INBOX all 41=
C: A5 IDLE
"#,
        ],
    );
}

#[test]
fn changes_are_not_looked_for_where_they_are_not_wanted() {
    run(
        resumed(),
        &[
            &login("QRESYNC"),
            r#"
C: A2 EXAMINE "INBOX"
S: * 22 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 43] Predicted next UID
S: * OK [HIGHESTMODSEQ 120] Highest
S: A2 OK [READ-ONLY] Examine completed
LIVE
C: A3 IDLE
S: + idling
PARK
S: * 3 EXPUNGE
PARK
S: * 3 FETCH (FLAGS (\Seen))
PARK
"#,
        ],
    );
}
