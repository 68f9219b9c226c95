//! Why a message cannot be read.

/// The closed set of reasons. Also a metric label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReadErrorKind {
    /// The folder holds no message with this UID (any more).
    Gone,
    /// The folder's UIDVALIDITY is another one: its UIDs have begun anew.
    Reset,
    /// The folder does not exist or cannot be opened.
    NoFolder,
    /// The message has no such part.
    NoPart,
    /// The operator has paused the account.
    Paused,
    /// The mail server does not take the account's credential, or the credential cannot be had.
    Credential,
    /// The mail server cannot be reached, refuses, or breaks the protocol.
    Upstream,
    /// The part is larger than the gateway hands out.
    TooLarge,
    /// The mail server did not answer in time.
    TimedOut,
    /// As many connections are in use as the account or the gateway may have.
    Busy,
    /// The gateway's own part failed.
    Internal,
}

impl ReadErrorKind {
    /// The kind as a metric label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Reset => "reset",
            Self::NoFolder => "no_folder",
            Self::NoPart => "no_part",
            Self::Paused => "paused",
            Self::Credential => "credential",
            Self::Upstream => "upstream",
            Self::TooLarge => "too_large",
            Self::TimedOut => "timed_out",
            Self::Busy => "busy",
            Self::Internal => "internal",
        }
    }
}

/// A message, or a part of it, cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ReadError {
    /// Which of the closed set.
    pub kind: ReadErrorKind,
    /// One line for people: what failed and what to do. Holds no secret and no mail.
    pub message: String,
    /// What caused it, for logs. Holds no secret and no mail either.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl ReadError {
    /// An error without a deeper cause.
    pub fn new(kind: ReadErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// The same error with its cause.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }
}
