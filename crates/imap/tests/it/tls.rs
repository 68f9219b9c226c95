//! STARTTLS (RFC 9051, section 6.2.1).

use crate::transcript::{run, run_as_written, settings};
use pushmail_domain::{Endpoint, Security};
use pushmail_imap::Settings;

fn starttls() -> Settings {
    let settings = settings();
    let endpoint = Endpoint {
        port: 143,
        security: Security::StartTls,
        ..settings.endpoint
    };
    Settings {
        endpoint,
        ..settings
    }
}

const BEGUN: &str = r#"
S: * OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready
C: A1 STARTTLS
"#;

#[test]
fn capabilities_are_forgotten_after_tls() {
    run(
        starttls(),
        &[
            BEGUN,
            r#"
S: A1 OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] begin now
TLS
C: A2 CAPABILITY
S: * CAPABILITY IMAP4rev1 IDLE
S: A2 OK done
C: A3 LOGIN "joe" "secret"
"#,
        ],
    );
}

#[test]
fn a_server_without_starttls_gets_no_credential() {
    run(
        starttls(),
        &[r#"
S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready
END plaintext_refused use port 993
"#],
    );
}

#[test]
fn a_server_that_skips_the_login_before_starttls_is_refused() {
    run(
        starttls(),
        &[r#"
S: * PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome
END plaintext_refused skips the login
"#],
    );
}

/// In one read with the answer, TLS is not even begun: its handshake would hide the fault.
#[test]
fn data_behind_the_answer_to_starttls_ends_the_connection() {
    run_as_written(
        starttls(),
        &[
            BEGUN,
            r#"
S+ A1 OK begin now
S: * CAPABILITY IMAP4rev1 AUTH=PLAIN
END protocol data before STARTTLS completed
"#,
        ],
    );
}

#[test]
fn data_before_tls_is_up_ends_the_connection() {
    run(
        starttls(),
        &[
            BEGUN,
            r#"
S: A1 OK begin now
STARTTLS
S~ *
END protocol data before STARTTLS completed
"#,
        ],
    );
}

#[test]
fn a_server_that_refuses_to_begin_tls_gets_no_credential() {
    run(
        starttls(),
        &[BEGUN, "S: A1 NO no certificate\nEND tls no certificate"],
    );
}

#[test]
fn a_handshake_that_does_not_end_is_given_up() {
    run(
        starttls(),
        &[
            BEGUN,
            r#"
S: A1 OK begin now
STARTTLS
WAIT 60
END timeout while TLS was set up
"#,
        ],
    );
}
