//! Folders that were made anew, and mail that comes in bulk.

use crate::transcript::{LOGIN, resumed, run};
use pushmail_domain::{EventScope, Timestamp};
use pushmail_imap::Settings;

const ITEMS: &str = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16384>)";

/// INBOX was last read on 12 January 1970.
fn read_long_ago() -> Settings {
    let mut settings = resumed();
    settings.cursors[0].read_at = Timestamp::from_micros(11 * 86_400 * 1_000_000 + 1);
    settings
}

const REBUILT: &str = r#"
C: A2 EXAMINE "INBOX"
S: * 3 EXISTS
S: * OK [UIDVALIDITY 8] UIDs valid
S: * OK [UIDNEXT 4] Predicted next UID
S: A2 OK [READ-ONLY] Examine completed
LIVE
"#;

#[test]
fn after_a_rebuild_reading_begins_at_the_first_message_since_the_last_read() {
    run(
        read_long_ago(),
        &[
            &LOGIN.replace("IDLE", "IDLE ESEARCH"),
            REBUILT,
            "C: A3 UID SEARCH RETURN (MIN) SINCE 11-Jan-1970\nS: * ESEARCH (TAG \"A3\") UID MIN 2\nS: A3 OK done\n\
             RESET INBOX=8:2 below=4\n",
            &format!("C: A4 UID FETCH 2:* {ITEMS}\n"),
        ],
    );
}

#[test]
fn without_esearch_the_newest_messages_dates_are_looked_at() {
    run(
        read_long_ago(),
        &[
            LOGIN,
            REBUILT,
            "C: A3 FETCH 1:* (UID INTERNALDATE)\n\
             S: * 1 FETCH (UID 1 INTERNALDATE \"09-Jan-1970 02:44:25 +0000\")\n\
             S: * 2 FETCH (UID 2 INTERNALDATE \"11-Jan-1970 02:44:25 +0000\")\n\
             S: * 3 FETCH (UID 3 INTERNALDATE \"10-Jan-1970 02:44:25 +0000\")\n\
             S: A3 OK done\nRESET INBOX=8:2 below=4\n",
            &format!("C: A4 UID FETCH 2:* {ITEMS}\n"),
        ],
    );
}

#[test]
fn a_rebuilt_folder_without_newer_mail_is_only_told() {
    run(
        read_long_ago(),
        &[
            &LOGIN.replace("IDLE", "IDLE ESEARCH"),
            REBUILT,
            "C: A3 UID SEARCH RETURN (MIN) SINCE 11-Jan-1970\nS: * ESEARCH (TAG \"A3\") UID\nS: A3 OK done\n\
             RESET INBOX=8:4 below=4\nC: A4 IDLE\n",
        ],
    );
}

#[test]
fn changes_count_from_the_moment_at_which_a_rebuild_was_noticed() {
    let mut settings = resumed();
    settings.events = EventScope::All;
    run(
        settings,
        &[
            &LOGIN.replace("IDLE", "IDLE CONDSTORE"),
            &REBUILT
                .replace("\"INBOX\"", "\"INBOX\" (CONDSTORE)")
                .replace("S: * 3", "S: * OK [HIGHESTMODSEQ 70] Highest\nS: * 3"),
            "RESET INBOX=8:4@70 below=4\nC: A3 FETCH 1:* (UID FLAGS)",
        ],
    );
}

#[test]
fn a_rebuilt_folder_that_was_never_read_to_its_end_begins_behind_what_it_holds() {
    run(
        resumed(),
        &[LOGIN, REBUILT, "RESET INBOX=8:4 below=4\nC: A3 IDLE\n"],
    );
}

const BACKLOG: &str = r#"
C: A2 EXAMINE "INBOX"
S: * 622 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 643] Predicted next UID
S: A2 OK [READ-ONLY] Examine completed
LIVE
"#;

#[test]
fn more_than_500_messages_at_once_are_bulk() {
    for (count, arrival) in [(501, "arrival=Bulk "), (500, "")] {
        run(
            resumed(),
            &[
                &LOGIN.replace("IDLE", "IDLE ESEARCH"),
                BACKLOG,
                &format!(
                    "C: A3 UID SEARCH RETURN (COUNT) UID 43:*\nS: * ESEARCH (TAG \"A3\") UID COUNT {count}\n\
                     S: A3 OK done\nC: A4 UID FETCH 43:* {ITEMS}\n\
                     S: * 122 FETCH (UID 43 FLAGS () BODY[]<0> \"x\")\n\
                     NEW INBOX 43 noticed=1000 size=0 flags= date=None head=\"x\" {arrival}\n"
                ),
            ],
        );
    }
}

#[test]
fn without_esearch_a_backlog_is_counted_by_its_uids() {
    run(
        resumed(),
        &[
            LOGIN,
            BACKLOG,
            "C: A3 UID FETCH 43:* (UID)\nS: * 622 FETCH (UID 642)\nS: A3 OK done\n",
            &format!(
                "C: A4 UID FETCH 43:* {ITEMS}\nS: * 622 FETCH (UID 642 FLAGS () BODY[]<0> \"x\")\n"
            ),
            "S: A4 OK done\nNEW INBOX 642 noticed=1000 size=0 flags= date=None head=\"x\" \nC: A5 IDLE",
        ],
    );
}

#[test]
fn old_mail_that_comes_while_live_was_added() {
    let mut settings = resumed();
    settings.content = pushmail_domain::ContentLevel::Signal;
    run(
        settings,
        &[
            LOGIN,
            crate::transcript::IDLING,
            r#"
WAIT 100000
C+ DONE
C: A4 NOOP
S: A3 OK done
S: A4 OK nothing
C: A5 IDLE
S: + idling
PARK
S: * 24 EXISTS
C+ DONE
C: A6 UID FETCH 43:* (UID INTERNALDATE)
S: A5 OK done
S: * 23 FETCH (UID 43 INTERNALDATE "01-Jan-1970 00:00:00 +0000")
NEW INBOX 43 noticed=101000 size=0 flags= date=Some(0) head="" arrival=Added 
S: * 24 FETCH (UID 44 INTERNALDATE "01-Jan-1970 23:00:00 +0000")
NEW INBOX 44 noticed=101000 size=0 flags= date=Some(82800) head="" 
"#,
        ],
    );
}

#[test]
fn a_search_that_finds_what_is_not_there_begins_at_uidnext() {
    run(
        read_long_ago(),
        &[
            &LOGIN.replace("IDLE", "IDLE ESEARCH"),
            REBUILT,
            "C: A3 UID SEARCH RETURN (MIN) SINCE 11-Jan-1970\nS: * ESEARCH UID MIN 4294967295\nS: A3 OK done\n\
             RESET INBOX=8:4 below=4\n",
            "C: A4 IDLE\n",
        ],
    );
}
