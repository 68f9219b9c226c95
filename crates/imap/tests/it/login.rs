//! From the greeting to the first folder.

use crate::transcript::{LOGIN, resumed, run, settings};
use pushmail_domain::{Authentication, Secret};
use pushmail_imap::{Quirks, Settings};

pub(crate) fn token() -> Settings {
    Settings {
        authentication: Authentication::AccessToken(Secret::new("ya29.tok".to_owned())),
        user: "joe@example.org".to_owned(),
        ..settings()
    }
}

pub(crate) fn at_provider(host: &str, settings: Settings) -> Settings {
    Settings {
        quirks: Quirks::of_host(host),
        ..settings
    }
}

#[test]
fn capabilities_are_asked_for_where_the_server_does_not_tell_them() {
    run(
        settings(),
        &[r#"
S: * OK ready
C: A1 CAPABILITY
S: * CAPABILITY IMAP4rev1 IDLE
S: A1 OK done
C: A2 LOGIN "joe" "secret"
S: A2 OK Logged in
C: A3 CAPABILITY
S: * CAPABILITY IMAP4rev1 IDLE ID
S: A3 OK done
C: A4 ID ("name" "pushmail" "version" "1.0")
S: * ID ("name" "Dovecot")
S: A4 OK done
C: A5 EXAMINE "INBOX"
"#],
    );
}

#[test]
fn capabilities_sent_untagged_during_the_login_are_not_asked_for_again() {
    run(
        settings(),
        &[r#"
S: * OK [CAPABILITY IMAP4rev1] ready
C: A1 LOGIN "joe" "secret"
S+ * CAPABILITY IMAP4rev1 IDLE
S: A1 OK Logged in
C: A2 EXAMINE "INBOX"
"#],
    );
}

#[test]
fn a_preauthenticated_connection_skips_the_login() {
    run(
        settings(),
        &[r#"
S: * PREAUTH [CAPABILITY IMAP4rev1 IDLE] welcome
C: A1 EXAMINE "INBOX"
"#],
    );
}

#[test]
fn a_password_is_sent_by_plain_with_an_initial_response() {
    run(
        settings(),
        &[r#"
S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN LOGINDISABLED] ready
C: A1 AUTHENTICATE PLAIN AGpvZQBzZWNyZXQ=
S: A1 OK [CAPABILITY IMAP4rev1 IDLE] Logged in
C: A2 EXAMINE "INBOX"
"#],
    );
}

#[test]
fn without_sasl_ir_the_response_waits_for_the_server() {
    run(
        settings(),
        &[r#"
S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready
C: A1 AUTHENTICATE PLAIN
S: +
C: AGpvZQBzZWNyZXQ=
S: A1 OK [CAPABILITY IMAP4rev1 IDLE] Logged in
C: A2 EXAMINE "INBOX"
"#],
    );
}

#[test]
fn imap4rev2_brings_sasl_ir_with_it() {
    run(
        settings(),
        &[r#"
S: * OK [CAPABILITY IMAP4rev2 AUTH=PLAIN] ready
C: A1 AUTHENTICATE PLAIN AGpvZQBzZWNyZXQ=
"#],
    );
}

#[test]
fn login_quotes_what_needs_it() {
    let settings = Settings {
        authentication: Authentication::Password(Secret::new(r#"a "b\c"#.to_owned())),
        ..settings()
    };
    run(
        settings,
        &[r#"
S: * OK [CAPABILITY IMAP4rev1] ready
C: A1 LOGIN "joe" "a \"b\\c"
"#],
    );
}

#[test]
fn login_sends_what_is_not_ascii_as_literals() {
    let settings = Settings {
        user: "jürgen".to_owned(),
        authentication: Authentication::Password(Secret::new("geheim€".to_owned())),
        ..settings()
    };
    run(
        settings,
        &[r#"
S: * OK [CAPABILITY IMAP4rev1] ready
C: A1 LOGIN {7}
S: + go on
C: jürgen {9}
S: + go on
C: geheim€
S: A1 OK [CAPABILITY IMAP4rev1 IDLE] Logged in
C: A2 EXAMINE "INBOX"
"#],
    );
}

#[test]
fn logindisabled_is_heeded() {
    run(
        settings(),
        &[r#"
S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2] ready
END auth_unsupported no login with a password
"#],
    );
}

#[test]
fn a_token_is_sent_by_oauthbearer_as_in_rfc_7628() {
    // n,a=joe@example.org,^Ahost=imap.example.org^Aport=993^Aauth=Bearer ya29.tok^A^A
    run(
        token(),
        &[r#"
S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2 AUTH=OAUTHBEARER] ready
C: A1 AUTHENTICATE OAUTHBEARER bixhPWpvZUBleGFtcGxlLm9yZywBaG9zdD1pbWFwLmV4YW1wbGUub3JnAXBvcnQ9OTkzAWF1dGg9QmVhcmVyIHlhMjkudG9rAQE=
S: A1 OK [CAPABILITY IMAP4rev1 IDLE] Logged in
C: A2 EXAMINE "INBOX"
"#],
    );
}

#[test]
fn a_provider_may_prefer_xoauth2() {
    // user=joe@example.org^Aauth=Bearer ya29.tok^A^A
    run(
        at_provider("imap.gmail.com", token()),
        &[r#"
S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2 AUTH=OAUTHBEARER] ready
C: A1 AUTHENTICATE XOAUTH2 dXNlcj1qb2VAZXhhbXBsZS5vcmcBYXV0aD1CZWFyZXIgeWEyOS50b2sBAQ==
"#],
    );
}

#[test]
fn a_token_that_no_mechanism_fits_is_not_sent() {
    run(
        token(),
        &[r#"
S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready
END auth_unsupported use a password
"#],
    );
}

#[test]
fn the_failure_challenge_of_xoauth2_is_answered_by_an_empty_line() {
    run(
        token(),
        &[r#"
S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] ready
C: A1 AUTHENTICATE XOAUTH2 dXNlcj1qb2VAZXhhbXBsZS5vcmcBYXV0aD1CZWFyZXIgeWEyOS50b2sBAQ==
S: + eyJzdGF0dXMiOiI0MDAifQ==
C: 
S: A1 NO [AUTHENTICATIONFAILED] Invalid credentials
END auth_rejected rejected the access token of joe@example.org: get a new access token
"#],
    );
}

#[test]
fn the_failure_challenge_of_oauthbearer_is_answered_as_in_rfc_7628() {
    run(
        token(),
        &[r#"
S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=OAUTHBEARER] ready
C: A1 AUTHENTICATE OAUTHBEARER bixhPWpvZUBleGFtcGxlLm9yZywBaG9zdD1pbWFwLmV4YW1wbGUub3JnAXBvcnQ9OTkzAWF1dGg9QmVhcmVyIHlhMjkudG9rAQE=
S: + eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=
C: AQ==
S: A1 NO [EXPIRED] Token is no longer good
END token_expired the access token of joe@example.org has expired
"#],
    );
}

#[test]
fn a_challenge_that_nothing_answers_breaks_the_protocol() {
    run(
        settings(),
        &[r#"
S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready
C: A1 AUTHENTICATE PLAIN AGpvZQBzZWNyZXQ=
S: + more?
END protocol asked for more
"#],
    );
}

/// The server answers the first login by this; how it ends.
#[test]
fn a_provider_that_needs_id_gets_it_unadvertised() {
    run(
        at_provider("imap.163.com", resumed()),
        &[
            LOGIN,
            r#"
C: A2 ID ("name" "pushmail" "version" "1.0")
S: A2 BAD never heard of it
C: A3 EXAMINE "INBOX"
S: A3 NO EXAMINE Unsafe Login. Please contact kefu@188.com
END folder_unavailable Unsafe Login
"#,
        ],
    );
}
