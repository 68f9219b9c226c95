//! Reading new mail.

use crate::transcript::{IDLING, LOGIN, resumed, run};
use pushmail_domain::ContentLevel;
use pushmail_imap::Settings;

const READ: &str =
    "C+ DONE\nC: A4 UID FETCH 43:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16384>)";
const AGAIN: &str = "UID FETCH 44:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16384>)";

/// EXISTS during IDLE, and the read that follows.
fn noticed() -> String {
    format!("S: * 23 EXISTS\n{READ}\nS: A3 OK idle done")
}

#[test]
fn an_exists_during_idle_ends_it_and_reads_in_one_write() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            r#"
WAIT 5
S+ * 23 EXISTS
S: * 1 RECENT
"#,
            READ,
            r#"
WAIT 2
S: A3 OK idle done
S: * 23 FETCH (UID 43 FLAGS (\Recent) INTERNALDATE "17-Jul-1996 02:44:25 -0700" RFC822.SIZE 13 BODY[]<0> {13}
S: Subject: hi
S: )
NEW INBOX 43 noticed=1005 size=13 flags=\Recent date=Some(837596665) head="Subject: hi\r\n"
S: A4 OK fetch done
C: A5 IDLE
S: + idling
PARK
"#,
        ],
    );
}

#[test]
fn the_last_message_that_a_range_always_returns_is_dropped() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            &noticed(),
            r#"
S: * 22 FETCH (UID 42 FLAGS () RFC822.SIZE 1 BODY[]<0> "x")
S: A4 OK fetch done
C: A5 IDLE
"#,
        ],
    );
}

#[test]
fn a_fetch_without_uid_is_not_a_message() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            &noticed(),
            r#"
S: * 23 FETCH (FLAGS (\Seen))
S: A4 OK fetch done
C: A5 IDLE
"#,
        ],
    );
}

#[test]
fn the_next_read_begins_behind_the_highest_uid() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            &noticed(),
            r#"
S: * 23 FETCH (UID 43 FLAGS () BODY[]<0> "x")
NEW INBOX 43
S: A4 OK fetch done
C: A5 IDLE
S: + idling
PARK
S: * 24 EXISTS
C+ DONE
"#,
            &format!("C: A6 {AGAIN}"),
        ],
    );
}

#[test]
fn an_exists_that_comes_while_reading_is_read_for() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            &noticed(),
            r#"
S: * 23 FETCH (UID 43 FLAGS () BODY[]<0> "x")
NEW INBOX 43
S: * 24 EXISTS
S: A4 OK fetch done
"#,
            &format!("C: A5 {AGAIN}"),
        ],
    );
}

#[test]
fn an_exists_that_the_read_already_answered_is_not_read_for_again() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            &noticed(),
            r#"
S: * 24 EXISTS
S: * 23 FETCH (UID 43 FLAGS () BODY[]<0> "x")
NEW INBOX 43
S: * 24 FETCH (UID 44 FLAGS () BODY[]<0> "y")
NEW INBOX 44
S: A4 OK fetch done
C: A5 IDLE
"#,
        ],
    );
}

#[test]
fn an_expunge_while_reading_hides_no_exists() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            &noticed(),
            r#"
S: * 23 FETCH (UID 43 FLAGS () BODY[]<0> "x")
NEW INBOX 43
S: * 3 EXPUNGE
S: * 23 EXISTS
S: A4 OK fetch done
"#,
            &format!("C: A5 {AGAIN}"),
        ],
    );
}

/// The server announces mail that it does not hand out yet: asked again after 0.5, 1, 2 and 4 s.
#[test]
fn mail_that_is_announced_and_not_there_yet_is_asked_for_again_and_again() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            &noticed(),
            r#"
S: A4 OK fetch done
C: A5 IDLE
S: + idling
PARK
WAIT 1
C+ DONE
C: A6 UID FETCH 43:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16384>)
S: A5 OK idle done
S: * 23 FETCH (UID 43 FLAGS () BODY[]<0> "x")
NEW INBOX 43 noticed=1000
S: A6 OK fetch done
C: A7 IDLE
"#,
        ],
    );
}

#[test]
fn mail_that_never_comes_is_given_up_until_something_else_happens() {
    let mut script = "S: A4 OK fetch done\n".to_owned();
    let mut tag = 5;
    for wait in [1, 1, 2, 4] {
        script += &format!("C: A{tag} IDLE\nS: + idling\nPARK\nWAIT {wait}\nC+ DONE\n");
        script += &READ
            .replace("C+ DONE\n", "")
            .replace("A4", &format!("A{}", tag + 1));
        script += &format!("\nS: A{tag} OK idle done\nS: A{} OK fetch done\n", tag + 1);
        tag += 2;
    }
    script += &format!("C: A{tag} IDLE\nS: + idling\nPARK\nWAIT 500\n");
    run(resumed(), &[LOGIN, IDLING, &noticed(), &script]);
}

#[test]
fn a_fetch_in_two_responses_is_one_message() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            &noticed(),
            r#"
S: * 23 FETCH (UID 43 FLAGS (\Flagged) RFC822.SIZE 9)
S: * 23 FETCH (UID 43 BODY[]<0> "x")
NEW INBOX 43 noticed=1000 size=9 flags=\Flagged date=None head="x"
S: A4 OK fetch done
C: A5 IDLE
"#,
        ],
    );
}

#[test]
fn a_message_whose_body_does_not_come_is_asked_for_once_more_and_then_announced_without() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            &noticed(),
            r#"
S: * 23 FETCH (UID 43 FLAGS () RFC822.SIZE 9)
S: * 24 FETCH (UID 44 FLAGS () BODY[]<0> "x")
S: A4 OK fetch done
C: A5 UID FETCH 43:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16384>)
S: * 23 FETCH (UID 43 FLAGS () RFC822.SIZE 9)
S: * 24 FETCH (UID 44 FLAGS () BODY[]<0> "x")
S: A5 OK fetch done
NEW INBOX 43 noticed=1000 size=9 flags= date=None head=""
NEW INBOX 44
C: A6 IDLE
"#,
        ],
    );
}

#[test]
fn a_body_of_nil_and_a_literal8_are_bodies() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            &noticed(),
            r#"
S: * 23 FETCH (UID 43 FLAGS () BODY[]<0> NIL)
NEW INBOX 43 noticed=1000 size=0 flags= date=None head=""
S: * 24 FETCH (UID 44 FLAGS () BODY[]<0> ~{3}
S: abc)
NEW INBOX 44 noticed=1000 size=0 flags= date=None head="abc"
S: A4 OK fetch done
C: A5 IDLE
"#,
        ],
    );
}

#[test]
fn a_server_that_ignores_the_partial_fetch_costs_no_more_than_the_head() {
    let body = "x".repeat(100_000);
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            &noticed(),
            &format!(
                "S: * 23 FETCH (UID 43 BODY[] {{100000}}\nS~ {body}\nS: FLAGS ())\nNEW INBOX 43 noticed=1000 \
         size=0 flags= date=None head=\"{}\"",
                "x".repeat(16 * 1024)
            ),
        ],
    );
}

#[test]
fn less_is_fetched_where_less_is_wanted() {
    let level = |content| Settings {
        content,
        ..resumed()
    };
    run(
        level(ContentLevel::Headers),
        &[
            LOGIN,
            IDLING,
            r#"
S: * 23 EXISTS
C+ DONE
C: A4 UID FETCH 43:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER]<0.16384>)
S: A3 OK idle done
S: * 23 FETCH (UID 43 FLAGS () BODY[HEADER]<0> "Subject: x")
NEW INBOX 43 noticed=1000 size=0 flags= date=None head="Subject: x"
"#,
        ],
    );
    run(
        level(ContentLevel::Signal),
        &[
            LOGIN,
            IDLING,
            r#"
S: * 23 EXISTS
C+ DONE
C: A4 UID FETCH 43:* (UID INTERNALDATE)
S: A3 OK idle done
S: * 23 FETCH (UID 43)
NEW INBOX 43 noticed=1000 size=0 flags= date=None head=""
"#,
        ],
    );
}

#[test]
fn a_read_goes_on_while_messages_come_but_not_for_other_data() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            &noticed(),
            r#"
WAIT 50
S: * 23 FETCH (UID 43 FLAGS () BODY[]<0> "x")
NEW INBOX 43
WAIT 50
S: * 22 FETCH (UID 42 FLAGS () BODY[]<0> "x")
WAIT 10
END timeout during UID FETCH
"#,
        ],
    );
}
