//! Waiting for mail.

use crate::transcript::{IDLING, LOGIN, resumed, run};
use pushmail_imap::{Learned, Quirks, Settings};

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
fn idle_is_probed_and_begun_anew_before_it_gets_old() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            r#"
WAIT 539
WAIT 1
C+ DONE
C: A4 NOOP
S: A3 OK done
S: A4 OK nothing
C: A5 IDLE
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
        &[LOGIN, IDLING, "WAIT 170\nC+ DONE\nC: A4 NOOP"],
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
C+ DONE
C: A4 NOOP
S+ * 23 EXISTS
S: A3 OK done
S: A4 OK nothing
"#,
            &format!("C: A5 {READ}"),
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
C+ DONE
C: A4 NOOP
WAIT 29
WAIT 1
END timeout during IDLE
"#,
        ],
    );
}

#[test]
fn a_bye_because_of_inactivity_is_a_normal_end() {
    for words in ["Autologout; idle for too long", "IDLE timed out"] {
        let bye = format!("WAIT 500\nS: * BYE {words}\nEND closed since it idled for long");
        run(resumed(), &[LOGIN, IDLING, &bye]);
    }
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
C: A4 NOOP
S: * 23 EXISTS
S: A4 OK done
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
C: A6 NOOP
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
C: A3 NOOP
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

#[test]
fn mail_that_a_probe_finds_and_idle_did_not_tell_makes_the_account_polled() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            r#"
WAIT 540
C+ DONE
C: A4 NOOP
S: A3 OK done
S: * 23 EXISTS
S: A4 OK nothing
"#,
            &format!("C: A5 {READ}"),
            r#"
S: * 23 FETCH (UID 43 FLAGS () BODY[]<0> "x")
NEW INBOX 43
S: A5 OK done
PARK
WAIT 60
C: A6 NOOP
"#,
        ],
    );
}

#[test]
fn one_mail_that_comes_with_the_probe_proves_nothing_where_idle_has_told_another() {
    let read = |tag: &str, uid: u32| {
        format!(
            "C: {tag} UID FETCH {uid}:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16384>)\n"
        )
    };
    let mail = |tag: &str, count: u32, uid: u32| {
        format!(
            "S: * {count} FETCH (UID {uid} FLAGS () BODY[]<0> \"x\")\nNEW INBOX {uid}\nS: {tag} OK done\n"
        )
    };
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            "S: * 23 EXISTS\nC+ DONE\n",
            &read("A4", 43),
            "S: A3 OK done\n",
            &mail("A4", 23, 43),
            "C: A5 IDLE\nS: + idling\nPARK\nWAIT 540\nC+ DONE\nC: A6 NOOP\nS: A5 OK done\nS: * 24 EXISTS\nS: A6 OK done\n",
            &read("A7", 44),
            &mail("A7", 24, 44),
            "C: A8 IDLE\nS: + idling\nPARK\nWAIT 540\nC+ DONE\nC: A9 NOOP\nS: A8 OK done\nS: * 25 EXISTS\nS: A9 OK done\n",
            &read("A10", 45),
            &mail("A10", 25, 45),
            "PARK\nWAIT 60\nC: A11 NOOP\n",
        ],
    );
}

#[test]
fn an_account_whose_idle_is_deaf_is_polled_from_the_start() {
    let settings = Settings {
        learned: Learned {
            deaf: true,
            ..Learned::default()
        },
        ..resumed()
    };
    let script = IDLING.replace("C: A3 IDLE\nS: + idling\n", "");
    run(settings, &[LOGIN, &script, "WAIT 60\nC: A3 NOOP"]);
}

#[test]
fn a_server_that_stops_saying_still_here_is_probed_before_the_interval_is_over() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            r#"
WAIT 120
S: * OK Still here
PARK
WAIT 120
S: * OK Still here
PARK
WAIT 299
WAIT 1
C+ DONE
C: A4 NOOP
WAIT 30
END timeout during IDLE
"#,
        ],
    );
}

#[test]
fn a_poll_that_finds_nothing_makes_the_next_one_later() {
    run(
        at_provider("imap.mail.ru"),
        &[
            LOGIN,
            &asked().replace("C: A3 IDLE", "PARK"),
            r#"
WAIT 60
C: A3 NOOP
S: A3 OK
PARK
WAIT 89
WAIT 1
C: A4 NOOP
S: * 23 EXISTS
S: A4 OK
"#,
            &format!("C: A5 {READ}"),
            r#"
S: * 23 FETCH (UID 43 FLAGS () BODY[]<0> "x")
NEW INBOX 43
S: A5 OK done
PARK
WAIT 60
C: A6 NOOP
"#,
        ],
    );
}

#[test]
fn a_provider_whose_noop_shows_nothing_is_examined_again() {
    run(
        at_provider("imap.naver.com"),
        &[
            LOGIN,
            &asked().replace("C: A3 IDLE", "PARK"),
            r#"
WAIT 60
C: A3 EXAMINE "INBOX"
S: * 22 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 43] Predicted next UID
S: A3 OK [READ-ONLY] Examine completed
PARK
"#,
        ],
    );
}

#[test]
fn a_provider_that_counts_only_status_as_life_gets_status_every_55_s() {
    let login =
        format!("{LOGIN}C: A2 ID (\"name\" \"pushmail\" \"version\" \"1.0\")\nS: A2 OK ID done\n");
    let script = asked().replace("A2", "A3").replace("C: A3 IDLE", "PARK");
    run(
        at_provider("imap.163.com"),
        &[
            &login,
            &script,
            r#"
WAIT 55
C: A4 STATUS "INBOX" (MESSAGES UIDNEXT UIDVALIDITY)
S: * STATUS "INBOX" ()
S: A4 OK STATUS done
C: A5 EXAMINE "INBOX"
"#,
        ],
    );
}
