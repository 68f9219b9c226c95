//! What can go wrong: opening, for people; writing, for callers.

use pushmail_eventlog::{AppendError, AppendErrorKind, ReadError, TakeError};
use rusqlite::ErrorCode;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why the log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be made, read or written.
    #[error(
        "the event log {} cannot be opened: check that its directory exists, that this user may \
         write there, and that the disk has room",
        path.display()
    )]
    Unusable {
        /// The database file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another process is using the file.
    #[error(
        "the event log {} is in use by another process: stop that one first",
        path.display()
    )]
    Busy {
        /// The database file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rusqlite::Error,
    },
    /// The file is not a whole database.
    #[error(
        "the event log {} is damaged, or is no event log: restore it from a backup, or move it and its \
         -wal and -shm files away to start with an empty log",
        path.display()
    )]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rusqlite::Error,
    },
    /// The file was written by a newer version of this program.
    #[error(
        "the event log {} has schema {found}, and this program knows {known}: use the newer \
         version that wrote it",
        path.display()
    )]
    TooNew {
        /// The database file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest schema version that this program knows.
        known: i64,
    },
}

impl OpenError {
    /// Sorts SQLite's errors by what an operator can do about them.
    pub(crate) fn from_sqlite(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::Damaged { path, source }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Busy { path, source }
            }
            _ => Self::Unusable {
                path,
                source: source.into(),
            },
        }
    }

    pub(crate) fn from_io(path: &Path, source: std::io::Error) -> Self {
        Self::Unusable {
            path: path.to_owned(),
            source: source.into(),
        }
    }
}

/// Why a write was not done. Shared by all jobs of a transaction, so it can be cloned.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum WriteError {
    /// The transaction failed as a whole.
    #[error("the event log's transaction failed")]
    Failed(#[source] Arc<rusqlite::Error>),
    /// The writer thread is gone.
    #[error("the event log's writer has stopped: restart the process")]
    Stopped,
}

impl From<WriteError> for AppendError {
    fn from(error: WriteError) -> Self {
        let full = matches!(
            &error,
            WriteError::Failed(source) if source.sqlite_error_code() == Some(ErrorCode::DiskFull)
        );
        let kind = if full {
            AppendErrorKind::Full
        } else {
            AppendErrorKind::Ambiguous
        };
        Self::caused_by(kind, error)
    }
}

impl From<WriteError> for TakeError {
    fn from(error: WriteError) -> Self {
        Self(Box::new(error))
    }
}

impl From<WriteError> for ReadError {
    fn from(error: WriteError) -> Self {
        Self(Box::new(error))
    }
}
