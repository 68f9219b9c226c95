//! Waiting for mail.

use crate::transcript::{IDLING, LOGIN, resumed, run};
use pushmail_imap::{Quirks, Settings};

const READ: &str = "UID FETCH 43:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16384>)";

/// Up to the IDLE that the server has not accepted yet.
fn asked() -> String {
    IDLING.replace("S: + idling\nPARK\n", "")
}

fn at_provider(host: &str) -> Settings {
    Settings {
        quirks: Quirks::of_host(host),
        ..resumed()
    }
}

#[test]
fn idle_is_begun_anew_before_it_gets_old() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            r#"
WAIT 539
WAIT 1
C: DONE
S: A3 OK done
C: A4 IDLE
S: + idling
PARK
"#,
        ],
    );
}

#[test]
fn a_provider_s_idle_is_begun_anew_when_the_provider_wants_it() {
    run(
        at_provider("imap.mail.yahoo.com"),
        &[LOGIN, IDLING, "WAIT 170\nC: DONE"],
    );
}

#[test]
fn signs_of_life_do_not_end_idle() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            r#"
S: * OK Still here
PARK
S: * 3 FETCH (FLAGS (\Seen))
PARK
S: * 0 RECENT
PARK
"#,
        ],
    );
}

#[test]
fn half_a_response_is_not_parked() {
    run(resumed(), &[LOGIN, IDLING, "S~ * 22 EXI\nS: STS\nPARK"]);
}

#[test]
fn an_exists_before_idle_is_accepted_is_not_parked() {
    run(
        resumed(),
        &[
            LOGIN,
            &asked(),
            r#"
S: * 23 EXISTS
S: + idling
C+ DONE
"#,
            &format!("C: A4 {READ}"),
        ],
    );
}

#[test]
fn an_exists_between_done_and_its_answer_is_read_for() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            r#"
WAIT 540
C: DONE
S+ * 23 EXISTS
S: A3 OK done
"#,
            &format!("C: A4 {READ}"),
        ],
    );
}

#[test]
fn an_exists_of_what_is_known_is_no_mail() {
    run(resumed(), &[LOGIN, IDLING, "S: * 22 EXISTS\nPARK"]);
}

#[test]
fn an_expunge_lowers_what_is_known() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            r#"
S: * 5 EXPUNGE
PARK
S: * 21 EXISTS
PARK
S: * 22 EXISTS
C+ DONE
"#,
            &format!("C: A4 {READ}"),
        ],
    );
}

#[test]
fn fewer_messages_without_an_expunge_may_hide_some() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            "S: * 21 EXISTS\nC+ DONE",
            &format!("C: A4 {READ}"),
        ],
    );
}

#[test]
fn after_vanished_any_exists_is_read_for() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            r#"
S: * VANISHED 5
PARK
S: * 22 EXISTS
C+ DONE
"#,
            &format!("C: A4 {READ}"),
        ],
    );
}

#[test]
fn a_server_that_does_not_end_idle_is_given_up_after_30_s() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            r#"
WAIT 540
C: DONE
WAIT 29
WAIT 1
END timeout during IDLE
"#,
        ],
    );
}

#[test]
fn a_server_that_refuses_idle_is_polled() {
    run(
        resumed(),
        &[
            LOGIN,
            &asked(),
            r#"
S: A3 BAD Unrecognised command
PARK
WAIT 60
C: A4 EXAMINE "INBOX"
S: * 23 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 44] Predicted next UID
S: A4 OK [READ-ONLY] Examine completed
"#,
            &format!("C: A5 {READ}"),
            r#"
S: * 23 FETCH (UID 43 FLAGS () BODY[]<0> "x")
NEW INBOX 43
S: A5 OK done
PARK
"#,
        ],
    );
}

#[test]
fn a_server_that_keeps_ending_idle_is_polled() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            r#"
S: A3 OK done
C: A4 IDLE
S: A4 OK done
C: A5 IDLE
S: A5 OK done
PARK
WAIT 60
C: A6 EXAMINE "INBOX"
"#,
        ],
    );
}

#[test]
fn a_provider_without_working_idle_is_polled_though_it_offers_idle() {
    run(
        at_provider("imap.mail.ru"),
        &[
            LOGIN,
            &asked().replace("C: A3 IDLE", "PARK"),
            r#"
WAIT 60
C: A3 EXAMINE "INBOX"
"#,
        ],
    );
}

#[test]
fn an_exists_between_polls_is_read_for_at_once() {
    run(
        at_provider("imap.mail.ru"),
        &[
            LOGIN,
            &asked().replace("C: A3 IDLE", "PARK"),
            "S: * 23 EXISTS",
            &format!("C: A3 {READ}"),
        ],
    );
}

#[test]
fn a_server_that_minds_commands_behind_done_is_waited_for() {
    let quirks = Quirks {
        no_pipelined_done: true,
        ..Quirks::default()
    };
    let settings = Settings {
        quirks: Box::leak(Box::new(quirks)),
        ..resumed()
    };
    run(
        settings,
        &[
            LOGIN,
            IDLING,
            r#"
S: * 23 EXISTS
C: DONE
S: A3 OK done
"#,
            &format!("C: A4 {READ}"),
        ],
    );
}

#[test]
fn a_bye_and_a_close_while_live_are_normal_ends() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            "S: * BYE Session expired, please login again.\nEND closed Session expired",
        ],
    );
    run(resumed(), &[LOGIN, IDLING, "CLOSE\nEND closed "]);
}

#[test]
fn a_bye_that_says_too_many_is_throttling() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            "S: * BYE Too many connections\nEND throttled ",
        ],
    );
}

#[test]
fn a_wrong_tag_and_an_unexpected_continuation_break_the_protocol() {
    run(
        resumed(),
        &[LOGIN, IDLING, "S: A9 OK done\nEND protocol not sent"],
    );
    run(
        resumed(),
        &[LOGIN, IDLING, "S: + again\nEND protocol asked for more"],
    );
}
