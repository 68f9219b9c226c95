//! Messages that cannot be read do not hold up the others.

use crate::transcript::{IDLING, LOGIN, folder_id, resumed, run};
use pushmail_imap::{Learned, Settings, Suspect};

const ITEMS: &str = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16384>)";
const SHORT: &str = "(UID FLAGS INTERNALDATE RFC822.SIZE)";

/// EXISTS during IDLE, the read that follows, and its refusal.
fn refused() -> String {
    format!(
        "S: * 24 EXISTS\nC+ DONE\nC: A4 UID FETCH 43:* {ITEMS}\nS: A3 OK idle done\nS: A4 NO cannot read\n"
    )
}

/// The first unread message is looked up.
fn lowest(tag: &str, found: &str) -> String {
    format!("C: {tag} UID FETCH 43:* (UID)\n{found}S: {tag} OK done\n")
}

const BOTH: &str = "S: * 23 FETCH (UID 43)\nS: * 24 FETCH (UID 44)\n";

fn suspecting(failures: u8) -> Settings {
    Settings {
        learned: Learned {
            suspect: Some(Suspect {
                folder: folder_id("INBOX", 7),
                uid_next: 43,
                failures,
            }),
            ..Learned::default()
        },
        ..resumed()
    }
}

/// Opened with two unread messages, by a conversation that is told of earlier failures.
const OPENED: &str = r#"
C: A2 EXAMINE "INBOX"
S: * 24 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 45] Predicted next UID
S: A2 OK [READ-ONLY] Examine completed
LIVE
"#;

#[test]
fn after_a_refusal_the_first_unread_message_is_read_by_itself_and_then_the_others() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            &refused(),
            &lowest("A5", BOTH),
            &format!(
                "C: A6 UID FETCH 43 {ITEMS}\nS: * 23 FETCH (UID 43 FLAGS () BODY[]<0> \"x\")\nNEW INBOX 43\n\
                 S: A6 OK done\nC: A7 UID FETCH 44:* {ITEMS}\n"
            ),
        ],
    );
}

#[test]
fn a_message_that_is_refused_three_times_is_announced_without_its_text_and_passed() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            &refused(),
            &lowest("A5", BOTH),
            &format!(
                "C: A6 UID FETCH 43 {ITEMS}\nS: A6 NO cannot read\n\
                 C: A7 IDLE\nS: + idling\nPARK\nWAIT 1\nC: DONE\nS: A7 OK done\n\
                 C: A8 UID FETCH 43 {ITEMS}\nS: A8 NO cannot read\n\
                 C: A9 IDLE\nS: + idling\nPARK\nWAIT 2\nC: DONE\nS: A9 OK done\n\
                 C: A10 UID FETCH 43 {SHORT}\nS: * 23 FETCH (UID 43 FLAGS (\\Seen) RFC822.SIZE 9)\n\
                 NEW INBOX 43 noticed=1000 size=9 flags=\\Seen date=None head=\"\" unreadable \n\
                 S: A10 OK done\nC: A11 UID FETCH 44:* {ITEMS}\n"
            ),
        ],
    );
}

#[test]
fn failures_on_earlier_connections_count() {
    run(
        suspecting(3),
        &[
            LOGIN,
            OPENED,
            &lowest("A3", BOTH),
            &format!(
                "C: A4 UID FETCH 43 {SHORT}\nS: * 23 FETCH (UID 43 FLAGS ())\nNEW INBOX 43\n\
                 S: A4 OK done\nC: A5 UID FETCH 44:* {ITEMS}\n"
            ),
        ],
    );
}

#[test]
fn a_message_of_which_nothing_can_be_had_is_announced_all_the_same() {
    run(
        suspecting(5),
        &[
            LOGIN,
            OPENED,
            &lowest("A3", BOTH),
            &format!(
                "NEW INBOX 43 noticed=1000 size=0 flags= date=None head=\"\" unreadable \n\
                 C: A4 UID FETCH 44:* {ITEMS}\n"
            ),
        ],
    );
}

#[test]
fn a_message_that_vanished_needs_no_event() {
    run(
        suspecting(2),
        &[LOGIN, OPENED, &lowest("A3", ""), "C: A4 IDLE"],
    );
}

#[test]
fn a_message_that_is_there_and_does_not_come_may_have_vanished_meanwhile() {
    run(
        suspecting(1),
        &[
            LOGIN,
            OPENED,
            &lowest("A3", BOTH),
            &format!(
                "C: A4 UID FETCH 43 {ITEMS}\nS: A4 OK done\nC: A5 IDLE\nS: + idling\nPARK\nWAIT 1\nC: DONE\nS: A5 OK done\n"
            ),
            &lowest("A6", "S: * 23 FETCH (UID 44)\n"),
            &format!("C: A7 UID FETCH 44 {ITEMS}\n"),
        ],
    );
}

#[test]
fn a_server_that_refuses_for_now_is_left_alone() {
    let script = refused().replace("NO cannot read", "NO [UNAVAILABLE] later");
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            &script,
            "END throttled refuses UID FETCH for now",
        ],
    );
}
