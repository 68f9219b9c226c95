//! What goes wrong with a mail server, as the port tells it. Never holds what the server sent: that may
//! be mail, or repeat the credential.

use crate::gate::Excess;
use async_imap::error::Error;
use pushmail_domain::{Endpoint, Fault, FaultKind};
use pushmail_mailbox::{ReadError, ReadErrorKind};
use std::io;

/// Codes that say that it is for now (RFC 5530). Lower case.
const FOR_NOW: [&str; 2] = ["[inuse]", "[limit"];
/// Codes that say that it is the credential (RFC 5530). Lower case.
const FOR_GOOD: [&str; 3] = [
    "[authenticationfailed]",
    "[authorizationfailed]",
    "[expired]",
];

/// Whether a refusal is for now rather than for good: a code decides; without one, the text.
pub(crate) fn is_for_now(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let holds = |words: &[&str]| words.iter().any(|word| text.contains(word));
    !holds(&FOR_GOOD) && (holds(&FOR_NOW) || pushmail_imap::refusal::is_for_now(&text))
}

/// The server at this endpoint does not do its part.
pub(crate) fn upstream(endpoint: &Endpoint, what: &str) -> ReadError {
    ReadError::new(ReadErrorKind::Upstream, format!("{endpoint} {what}"))
}

/// The connection could not be made, or the credential not be had.
pub(crate) fn fault(fault: Fault) -> ReadError {
    let kind = match fault.kind {
        FaultKind::AuthRejected | FaultKind::AuthUnsupported | FaultKind::CredentialUnavailable => {
            ReadErrorKind::Credential
        }
        FaultKind::Timeout => ReadErrorKind::TimedOut,
        FaultKind::FolderUnavailable => ReadErrorKind::NoFolder,
        FaultKind::Internal => ReadErrorKind::Internal,
        _ => ReadErrorKind::Upstream,
    };
    ReadError::new(kind, fault.message.clone()).caused_by(fault)
}

/// The server did not answer in time.
pub(crate) fn too_slow(endpoint: &Endpoint, what: &str) -> ReadError {
    let message = format!("{endpoint} did not answer {what} in time: try again in a moment");
    ReadError::new(ReadErrorKind::TimedOut, message)
}

/// The connection broke, or what came over it cannot be taken. The parser's own words are withheld: they
/// quote what they could not read.
pub(crate) fn broken(endpoint: &Endpoint, error: &io::Error) -> ReadError {
    let excess = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Excess>());
    match (excess, error.kind()) {
        (Some(excess), _) => {
            upstream(endpoint, "sent an answer that cannot be taken").caused_by(*excess)
        }
        (None, io::ErrorKind::Other) => upstream(endpoint, "sent an answer that cannot be read"),
        (None, kind) => upstream(endpoint, "broke the connection: try again in a moment")
            .caused_by(io::Error::from(kind)),
    }
}

/// An error of the client library outside of a login.
pub(crate) fn of_client(endpoint: &Endpoint, error: &Error) -> ReadError {
    match error {
        Error::Io(error) => broken(endpoint, error),
        Error::ConnectionLost => upstream(endpoint, "ended the connection: try again in a moment"),
        Error::No(_) | Error::Bad(_) => upstream(endpoint, "refuses a command"),
        _ => upstream(endpoint, "sent an answer that cannot be read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_decides_before_the_text() {
        assert!(is_for_now(
            "code: None, info: Some(\"[UNAVAILABLE] later\")"
        ));
        assert!(is_for_now("[LIMIT] Too many connections"));
        assert!(!is_for_now("[AUTHENTICATIONFAILED] too many failures"));
        assert!(!is_for_now("wrong password"));
    }

    #[test]
    fn what_the_parser_could_not_read_is_not_repeated() {
        let endpoint = Endpoint {
            host: "localhost".into(),
            port: 1,
            security: pushmail_domain::Security::Tls,
        };
        let error = io::Error::other("during parsing of \"Dear Ann\"");
        let told = broken(&endpoint, &error);
        assert!(!format!("{told:?}").contains("Ann"), "{told:?}");
    }
}
