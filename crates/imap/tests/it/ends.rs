//! How a conversation ends: refusals, what is shown of them, and what is never shown.

use crate::login::{at_provider, token};
use crate::transcript::{IDLING, LOGIN, resumed, run, settings};
use pushmail_domain::{Authentication, Secret};
use pushmail_imap::Settings;

fn refused(answer: &str, end: &str) {
    let answer = format!("S: {answer}\nEND {end}");
    run(
        settings(),
        &[
            r#"
S: * OK [CAPABILITY IMAP4rev1] ready
C: A1 LOGIN "joe" "secret"
"#,
            &answer,
        ],
    );
}

#[test]
fn a_refusal_that_says_so_is_about_the_credential() {
    for answer in [
        "A1 NO [AUTHENTICATIONFAILED] Too many things are wrong",
        "A1 NO [AUTHORIZATIONFAILED] not as this user",
        "A1 NO [EXPIRED] password expired",
        "A1 NO [ALERT] Application-specific password required (Failure)",
        "A1 NO Application password is REQUIRED",
        "* BYE [AUTHENTICATIONFAILED] wrong",
    ] {
        refused(answer, "auth_rejected ");
    }
    refused(
        "A1 NO [PRIVACYREQUIRED] not in the clear",
        "plaintext_refused ",
    );
}

#[test]
fn a_refusal_without_a_reason_is_not_a_rejected_credential() {
    for answer in [
        "A1 NO Login failed.",
        "A1 NO LOGIN failed.",
        "A1 NO Invalid user name or password",
        "A1 NO [ALERT] Please log in via your web browser",
        "A1 NO [WEBALERT https://example.org] Web login required",
        "A1 NO",
        "A1 BAD what is this",
        "* BYE Authentication failed",
    ] {
        let end = "login_refused the server refused the login of joe without saying why: the password may be wrong";
        refused(answer, end);
    }
    refused(
        "A1 NO [CONTACTADMIN] ask",
        "login_refused the server refused the login of joe and wants its administrator",
    );
}

#[test]
fn a_server_that_refuses_for_now_blames_nobody() {
    for answer in [
        "A1 NO [UNAVAILABLE] Temporary authentication failure",
        "A1 NO [LIMIT] rate limit hit",
        "A1 NO [INUSE] locked",
        "A1 NO [OVERQUOTA] full",
        "A1 NO [ALERT] Too many simultaneous connections. (Failure)",
        "A1 NO [ALERT] The system is undergoing temporary maintenance",
        "A1 NO Server busy",
        "A1 NO User is authenticated but not connected.",
        "* BYE going down",
        "* BYE [UNAVAILABLE] authentication failed",
        "* BYE see you",
    ] {
        refused(answer, "throttled ");
    }
}

#[test]
fn one_mechanism_is_tried_on_a_connection_however_many_are_offered() {
    run(
        settings(),
        &[r#"
S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5] ready
C: A1 AUTHENTICATE PLAIN AGpvZQBzZWNyZXQ=
S: A1 NO [AUTHENTICATIONFAILED] wrong
END auth_rejected 
"#],
    );
    run(
        token(),
        &[r#"
S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2 AUTH=OAUTHBEARER] ready
C: A1 AUTHENTICATE OAUTHBEARER bixhPWpvZUBleGFtcGxlLm9yZywBaG9zdD1pbWFwLmV4YW1wbGUub3JnAXBvcnQ9OTkzAWF1dGg9QmVhcmVyIHlhMjkudG9rAQE=
S: A1 NO not today
END login_refused the access token may be wrong
"#],
    );
}

#[test]
fn a_rejected_password_gives_the_provider_s_remedy_and_the_server_s_alert() {
    run(
        at_provider("imap.gmail.com", settings()),
        &[r#"
S: * OK [CAPABILITY IMAP4rev1] Gimap ready
C: A1 LOGIN "joe" "secret"
S: A1 NO [ALERT] Application-specific password required (Failure)
END auth_rejected make an app password at https://myaccount.google.com/apppasswords, or use OAuth; the server said: "Application-specific password required (Failure)"
"#],
    );
}

#[test]
fn a_server_without_a_rule_is_known_by_its_greeting() {
    run(
        settings(),
        &[r#"
S: * OK [CAPABILITY IMAP4rev1] Gimap ready for requests from 192.0.2.1
C: A1 LOGIN "joe" "secret"
S: A1 NO [AUTHENTICATIONFAILED] Invalid credentials
END auth_rejected Gmail takes no account passwords
"#],
    );
}

#[test]
fn a_server_that_repeats_the_credential_is_not_quoted() {
    for echo in [
        "bad: LOGIN joe secret",
        "bad: SECRET",
        "bad: AUTHENTICATE PLAIN AGpvZQBzZWNyZXQ=",
    ] {
        let answer = format!("S: A1 NO {echo}\nEND login_refused is withheld");
        run(
            settings(),
            &[
                r#"
S: * OK [CAPABILITY IMAP4rev1] ready
C: A1 LOGIN "joe" "secret"
"#,
                &answer,
            ],
        );
    }
}

#[test]
fn what_a_server_says_is_cut_and_cleaned_before_it_is_shown() {
    let long = format!("\u{1b}[31m{}", "x".repeat(300));
    let answer = format!(
        "S: A1 NO {long}\nEND login_refused said: \"[31m{}\"",
        "x".repeat(196)
    );
    run(
        settings(),
        &[
            r#"
S: * OK [CAPABILITY IMAP4rev1] ready
C: A1 LOGIN "joe" "secret"
"#,
            &answer,
        ],
    );
}

#[test]
fn a_credential_with_a_line_end_is_not_sent() {
    let settings = Settings {
        authentication: Authentication::Password(Secret::new("secret\n".to_owned())),
        ..settings()
    };
    run(
        settings,
        &[r#"
S: * OK [CAPABILITY IMAP4rev1] ready
END credential_unavailable control character
"#],
    );
}

#[test]
fn an_outlook_that_is_not_connected_is_throttling() {
    run(
        resumed(),
        &[
            LOGIN,
            r#"
C: A2 EXAMINE "INBOX"
S: A2 BAD User is authenticated but not connected.
END throttled authenticated but not connected
"#,
        ],
    );
}

#[test]
fn a_server_that_says_nothing_is_given_up_after_a_minute() {
    run(
        settings(),
        &["WAIT 59\nWAIT 1\nEND timeout before its greeting"],
    );
    run(
        settings(),
        &[r#"
S: * OK [CAPABILITY IMAP4rev1] ready
C: A1 LOGIN "joe" "secret"
WAIT 59
S: * OK still thinking
S~ A1 O
WAIT 1
END timeout during LOGIN
"#],
    );
}

#[test]
fn a_greeting_that_refuses_is_throttling() {
    run(
        settings(),
        &["S: * BYE Too many connections from your address\nEND throttled Too many"],
    );
}

#[test]
fn another_protocol_s_greeting_is_recognised_as_wrong() {
    run(
        settings(),
        &["S: 220 smtp.example.org ESMTP\nEND protocol "],
    );
    run(
        settings(),
        &["S: +OK POP3 ready\nEND protocol check host and port"],
    );
}

#[test]
fn a_connection_closed_before_the_account_is_live_is_unreachable() {
    run(settings(), &["CLOSE\nEND unreachable before its greeting"]);
    run(
        settings(),
        &[
            LOGIN,
            "C: A2 EXAMINE \"INBOX\"\nCLOSE\nEND unreachable during EXAMINE",
        ],
    );
}

#[test]
fn a_session_that_has_had_its_time_is_a_normal_end() {
    for said in [
        "* BYE Session timed out",
        "* BYE Autologout; idle for too long",
        "* BYE [EXPIRED] the token is past its time",
    ] {
        let answer = format!("S: {said}\nEND closed ");
        run(resumed(), &[LOGIN, IDLING, &answer]);
    }
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            "S: * BYE [UNAVAILABLE] timed out\nEND throttled ",
        ],
    );
}

#[test]
fn what_repeats_the_credential_is_withheld_after_the_login_too() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            "S: * BYE you sent A1 LOGIN joe secret\nEND closed withheld",
        ],
    );
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            "S: * BYE you sent AGpvZQBzZWNyZXQ=\nEND closed withheld",
        ],
    );
}

#[test]
fn a_credential_that_is_hidden_between_what_is_not_printed_is_withheld() {
    run(
        resumed(),
        &[
            LOGIN,
            IDLING,
            "S: * BYE you sent se\u{1}\u{2}cr\u{1}et\nEND closed withheld",
        ],
    );
}

#[test]
fn a_text_too_long_to_be_kept_is_not_quoted() {
    let long = format!(
        "S: * BYE {}\nEND closed the server ended the session",
        "x".repeat(1100)
    );
    run(resumed(), &[LOGIN, IDLING, &long]);
}
