//! One error type per operation: a closed kind for the caller, an opaque source for the log.

use std::error::Error as StdError;

type Source = Box<dyn StdError + Send + Sync>;

/// Taking a shard failed.
#[derive(Debug, thiserror::Error)]
#[error("the shard could not be taken in the event log")]
pub struct TakeError(#[source] pub Source);

/// Reading failed.
#[derive(Debug, thiserror::Error)]
#[error("the event log could not be read")]
pub struct ReadError(#[source] pub Source);

/// Why an append failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AppendErrorKind {
    /// Somebody took the shard since: stop writing for it. Nothing was stored.
    StaleEpoch,
    /// The log is full: keep a dirty bit and read again later. Nothing was stored.
    Full,
    /// The log lost what it had acknowledged for the shard's stream: stop writing for it, and raise
    /// the generation (invariant 3). Whether the events were stored does not matter any more.
    Regressed,
    /// The request breaks the port's rules (no event, over 100, another shard's account). Nothing was stored.
    Invalid,
    /// Nothing is known: the events may be stored or not. Read the account's last event.
    Ambiguous,
}

/// An append failed.
#[derive(Debug, thiserror::Error)]
#[error("events could not be appended: {kind:?}")]
pub struct AppendError {
    /// Why.
    pub kind: AppendErrorKind,
    /// The cause, for logs.
    #[source]
    pub source: Option<Source>,
}

impl AppendError {
    /// An error of this kind without a deeper cause.
    pub const fn new(kind: AppendErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// An error of this kind with its cause.
    pub fn caused_by(kind: AppendErrorKind, source: impl Into<Source>) -> Self {
        Self {
            kind,
            source: Some(source.into()),
        }
    }
}
