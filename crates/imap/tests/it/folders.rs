//! Opening folders: baselines, resets, what was missed; several folders.

use crate::transcript::{LOGIN, resumed, run, settings, watching};
use pushmail_imap::Settings;

fn two() -> Settings {
    watching(&[("INBOX", Some((7, 43))), ("Lists", Some((9, 5)))])
}

const FETCH: &str = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16384>)";

#[test]
fn the_baseline_is_uidnext_and_is_told_before_anything_else() {
    run(
        settings(),
        &[
            LOGIN,
            r#"
C: A2 EXAMINE "INBOX"
S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
S: * OK [PERMANENTFLAGS ()] No permanent flags permitted
S: * 22 EXISTS
S: * 0 RECENT
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 43] Predicted next UID
S: * OK [HIGHESTMODSEQ 99]
S: A2 OK [READ-ONLY] Examine completed
LIVE INBOX=7:43
C: A3 IDLE
"#,
        ],
    );
}

#[test]
fn without_uidnext_the_baseline_is_behind_the_last_message() {
    run(
        settings(),
        &[
            LOGIN,
            r#"
C: A2 EXAMINE "INBOX"
S: * 22 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: A2 OK [READ-ONLY] Examine completed
C: A3 UID FETCH * (UID)
S: * 22 FETCH (UID 42)
S: A3 OK done
LIVE INBOX=7:43
C: A4 IDLE
"#,
        ],
    );
}

#[test]
fn without_uidnext_an_empty_folder_s_baseline_is_1() {
    run(
        settings(),
        &[
            LOGIN,
            r#"
C: A2 EXAMINE "INBOX"
S: * 0 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: A2 OK [READ-ONLY] Examine completed
LIVE INBOX=7:1
C: A3 IDLE
"#,
        ],
    );
}

#[test]
fn mail_that_came_meanwhile_is_read_after_live() {
    run(
        resumed(),
        &[
            LOGIN,
            r#"
C: A2 EXAMINE "INBOX"
S: * 23 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 44] Predicted next UID
S: A2 OK [READ-ONLY] Examine completed
LIVE
"#,
            &format!("C: A3 UID FETCH 43:* {FETCH}"),
            r#"
S: * 23 FETCH (UID 43 FLAGS () BODY[]<0> "x")
NEW INBOX 43
S: A3 OK done
C: A4 IDLE
"#,
        ],
    );
}

#[test]
fn a_uidnext_that_went_down_brings_nothing() {
    run(
        resumed(),
        &[
            LOGIN,
            r#"
C: A2 EXAMINE "INBOX"
S: * 2 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 3] Predicted next UID
S: A2 OK [READ-ONLY] Examine completed
LIVE
C: A3 IDLE
"#,
        ],
    );
}

#[test]
fn an_exists_within_examine_after_the_first_is_read_for() {
    run(
        resumed(),
        &[
            LOGIN,
            r#"
C: A2 EXAMINE "INBOX"
S: * 22 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 43] Predicted next UID
S: * 23 EXISTS
S: A2 OK [READ-ONLY] Examine completed
LIVE
"#,
            &format!("C: A3 UID FETCH 43:* {FETCH}"),
        ],
    );
}

#[test]
fn a_folder_without_a_valid_uidvalidity_breaks_the_protocol() {
    for line in [
        "* OK [UIDVALIDITY 0] zero",
        "* OK [UIDVALIDITY 4294967296] large",
        "* OK none",
    ] {
        run(
            settings(),
            &[
                LOGIN,
                "C: A2 EXAMINE \"INBOX\"",
                &format!("S: {line}"),
                r#"
S: A2 OK [READ-ONLY] Examine completed
END protocol UIDVALIDITY
"#,
            ],
        );
    }
}

#[test]
fn a_folder_that_does_not_exist_is_named() {
    run(
        settings(),
        &[
            LOGIN,
            r#"
C: A2 EXAMINE "INBOX"
S: A2 NO [NONEXISTENT] no such mailbox
END folder_unavailable the folder "INBOX" cannot be opened
"#,
        ],
    );
}

#[test]
fn a_folder_s_name_is_sent_in_modified_utf_7() {
    let settings = watching(&[("Entwürfe \"a\"", None)]);
    run(settings, &[LOGIN, r#"C: A2 EXAMINE "Entw&APw-rfe \"a\"""#]);
}

#[test]
fn a_uidvalidity_that_changes_while_live_ends_the_connection() {
    run(
        resumed(),
        &[
            LOGIN,
            crate::transcript::IDLING,
            r#"
S: * OK [UIDVALIDITY 8] new
END closed made anew
"#,
        ],
    );
}

const BOTH_OPEN: &str = r#"
C: A2 EXAMINE "INBOX"
S: * 22 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 43] Predicted next UID
S: A2 OK [READ-ONLY] Examine completed
C: A3 STATUS "Lists" (MESSAGES UIDNEXT UIDVALIDITY)
S: * STATUS Lists (MESSAGES 4 UIDNEXT 5 UIDVALIDITY 9)
S: A3 OK Status completed
LIVE
C: A4 IDLE
S: + idling
PARK
"#;

#[test]
fn the_other_folders_are_looked_at_in_rounds_and_the_first_is_idled() {
    run(
        two(),
        &[
            LOGIN,
            BOTH_OPEN,
            r#"
WAIT 60
C: DONE
S: A4 OK done
C: A5 STATUS "Lists" (MESSAGES UIDNEXT UIDVALIDITY)
S: * STATUS "Lists" (MESSAGES 5 UIDNEXT 6 UIDVALIDITY 9)
S: A5 OK Status completed
C: A6 EXAMINE "Lists"
S: * OK [CLOSED] the other one
S: * 5 EXISTS
S: * OK [UIDVALIDITY 9] UIDs valid
S: * OK [UIDNEXT 6] Predicted next UID
S: A6 OK [READ-ONLY] Examine completed
"#,
            &format!("C: A7 UID FETCH 5:* {FETCH}"),
            r#"
S: * 5 FETCH (UID 5 FLAGS () BODY[]<0> "x")
NEW Lists 5
S: A7 OK done
C: A8 EXAMINE "INBOX"
S: * 23 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 44] Predicted next UID
S: A8 OK [READ-ONLY] Examine completed
"#,
            &format!("C: A9 UID FETCH 43:* {FETCH}"),
            r#"
S: * 23 FETCH (UID 43 FLAGS () BODY[]<0> "x")
NEW INBOX 43
S: A9 OK done
C: A10 IDLE
S: + idling
PARK
WAIT 60
C: DONE
"#,
        ],
    );
}

#[test]
fn a_round_that_finds_nothing_leaves_the_first_folder_open() {
    run(
        two(),
        &[
            LOGIN,
            BOTH_OPEN,
            r#"
WAIT 60
C: DONE
S: A4 OK done
C: A5 STATUS "Lists" (MESSAGES UIDNEXT UIDVALIDITY)
S: * STATUS "Lists" (MESSAGES 4 UIDNEXT 5 UIDVALIDITY 9)
S: A5 OK Status completed
C: A6 IDLE
"#,
        ],
    );
}

#[test]
fn a_status_that_says_too_little_is_made_up_for_by_examine() {
    let script = BOTH_OPEN
        .replace("(MESSAGES 4 UIDNEXT 5 UIDVALIDITY 9)", "()")
        .replace(
            "LIVE\nC: A4 IDLE",
            r#"C: A4 EXAMINE "Lists"
S: * 4 EXISTS
S: * OK [UIDVALIDITY 9] UIDs valid
S: * OK [UIDNEXT 5] Predicted next UID
S: A4 OK [READ-ONLY] Examine completed
LIVE
C: A5 EXAMINE "INBOX"
S: * 22 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 43] Predicted next UID
S: A5 OK [READ-ONLY] Examine completed
C: A6 IDLE"#,
        );
    run(two(), &[LOGIN, &script]);
}

#[test]
fn a_new_folder_gets_its_baseline_beside_one_that_resumes() {
    let settings = watching(&[("INBOX", Some((7, 43))), ("Lists", None)]);
    let script = BOTH_OPEN.replace("LIVE", "LIVE Lists=9:5");
    run(settings, &[LOGIN, &script]);
}

#[test]
fn a_folder_that_the_server_does_not_have_is_waited_for_and_is_new_when_it_comes() {
    run(
        watching(&[("INBOX", Some((7, 43))), ("Lists", None)]),
        &[
            LOGIN,
            r#"
C: A2 EXAMINE "INBOX"
S: * 22 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 43] Predicted next UID
S: A2 OK [READ-ONLY] Examine completed
C: A3 STATUS "Lists" (MESSAGES UIDNEXT UIDVALIDITY)
S: A3 NO [NONEXISTENT] no such mailbox
LIVE missing=Lists
C: A4 IDLE
S: + idling
PARK
WAIT 60
C: DONE
S: A4 OK done
C: A5 STATUS "Lists" (MESSAGES UIDNEXT UIDVALIDITY)
S: * STATUS "Lists" (MESSAGES 2 UIDNEXT 3 UIDVALIDITY 9)
CREATED Lists 9:1
S: A5 OK Status completed
C: A6 EXAMINE "Lists"
S: * 2 EXISTS
S: * OK [UIDVALIDITY 9] UIDs valid
S: * OK [UIDNEXT 3] Predicted next UID
S: A6 OK [READ-ONLY] Examine completed
"#,
            &format!("C: A7 UID FETCH 1:* {FETCH}"),
        ],
    );
}

#[test]
fn a_folder_that_is_gone_is_confirmed_by_list_before_that_is_told() {
    run(
        two(),
        &[
            LOGIN,
            BOTH_OPEN,
            r#"
WAIT 60
C: DONE
S: A4 OK done
C: A5 STATUS "Lists" (MESSAGES UIDNEXT UIDVALIDITY)
S: A5 NO it does not work
C: A6 LIST "" "*"
S: * LIST () "/" INBOX
S: A6 OK List completed
DELETED Lists
C: A7 IDLE
"#,
        ],
    );
}

#[test]
fn a_folder_that_is_listed_and_cannot_be_looked_at_is_left_alone() {
    run(
        two(),
        &[
            LOGIN,
            BOTH_OPEN,
            r#"
WAIT 60
C: DONE
S: A4 OK done
C: A5 STATUS "Lists" (MESSAGES UIDNEXT UIDVALIDITY)
S: A5 NO it does not work
C: A6 LIST "" "*"
S: * LIST () "/" INBOX
S: * LIST () "/" Lists
S: A6 OK List completed
C: A7 IDLE
"#,
        ],
    );
}

#[test]
fn without_idle_folders_are_polled() {
    let login = LOGIN.replace(" IDLE", "");
    run(
        two(),
        &[
            &login,
            &BOTH_OPEN.replace("C: A4 IDLE\nS: + idling\n", ""),
            r#"
WAIT 60
C: A4 NOOP
S: A4 OK done
C: A5 STATUS "Lists" (MESSAGES UIDNEXT UIDVALIDITY)
S: * STATUS "Lists" (MESSAGES 4 UIDNEXT 5 UIDVALIDITY 9)
S: A5 OK Status completed
PARK
WAIT 90
C: A6 NOOP
"#,
        ],
    );
}
