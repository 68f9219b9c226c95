//! How connections end, in plain words.

use pushmail_domain::{Endpoint, Fault, FaultKind};
use std::io;

/// Ends that many servers cause on purpose: no close_notify, or a reset instead of a FIN.
pub(crate) fn is_close(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
    )
}

/// The server closed; with this error if it did not do so cleanly.
pub(crate) fn closed(endpoint: &Endpoint, error: Option<io::Error>) -> Fault {
    let message = format!("{endpoint} closed the connection");
    let fault = Fault::new(FaultKind::Closed, message);
    match error {
        Some(error) => fault.caused_by(error),
        None => fault,
    }
}

/// The server takes nothing, or does not answer the network's questions.
pub(crate) fn silent(endpoint: &Endpoint) -> Fault {
    Fault::new(FaultKind::Timeout, format!("{endpoint} stopped answering"))
}

/// Reading or writing failed.
pub(crate) fn broken(endpoint: &Endpoint, error: io::Error) -> Fault {
    let fault = match error.kind() {
        _ if is_close(&error) => return closed(endpoint, Some(error)),
        io::ErrorKind::TimedOut => silent(endpoint),
        io::ErrorKind::InvalidData => Fault::new(
            FaultKind::Tls,
            format!("TLS with {endpoint} broke: {error}"),
        ),
        _ => Fault::new(
            FaultKind::Unreachable,
            format!("the connection to {endpoint} broke: {error}"),
        ),
    };
    fault.caused_by(error)
}
