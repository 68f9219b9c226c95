//! Why a client gave up.

use std::error::Error as StdError;

/// Why a client gave up. Everything else is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientErrorKind {
    /// The endpoint or the certificates are wrong.
    Config,
    /// The gateway refused the token.
    Unauthenticated,
    /// The gateway refused the session otherwise, for good.
    Refused,
    /// The resume tokens could not be loaded or stored.
    Store,
    /// The handler failed; the event it failed at was not acknowledged.
    Handler,
}

/// A client gave up.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ClientError {
    /// Why.
    pub kind: ClientErrorKind,
    /// One line for people: what failed and what to do. Holds no secret.
    pub message: String,
    /// The cause, for logs.
    #[source]
    pub source: Option<Box<dyn StdError + Send + Sync>>,
}

impl ClientError {
    pub(crate) const fn new(kind: ClientErrorKind, message: String) -> Self {
        Self {
            kind,
            message,
            source: None,
        }
    }

    pub(crate) fn caused_by(
        kind: ClientErrorKind,
        message: &str,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        let source = source.into();
        Self {
            kind,
            message: format!("{message}: {source}"),
            source: Some(source),
        }
    }

    /// The error of a status that trying again does not change; `None` if it may pass.
    pub(crate) fn of_final(status: &tonic::Status) -> Option<Self> {
        use tonic::Code;
        let kind = match status.code() {
            Code::Unauthenticated => ClientErrorKind::Unauthenticated,
            Code::PermissionDenied
            | Code::FailedPrecondition
            | Code::InvalidArgument
            | Code::Unimplemented => ClientErrorKind::Refused,
            _ => return None,
        };
        let message = format!("the gateway refused the device: {}", status.message());
        Some(Self::new(kind, message))
    }
}
