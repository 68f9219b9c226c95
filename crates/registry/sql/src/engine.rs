//! What the engines do not share.

/// A database's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// A file of this process alone.
    Sqlite,
    /// A server of many processes.
    Postgres,
}

impl Engine {
    /// Begins a transaction that may write. SQLite's holds the write lock from the start, so that what
    /// it has read cannot change before it writes; PostgreSQL's statements have to lock what they go by.
    pub(crate) const fn begin_writing(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        }
    }

    /// A statement that takes the accounts' next version, as the `value` of `next`. PostgreSQL raises the counter in it, so that the
    /// counter's row is locked for no longer than the statement takes, and not while a client is waited for; with SQLite it has
    /// been raised just before.
    pub(crate) fn with_next_version(self, statement: &str) -> String {
        let next = match self {
            Self::Sqlite => "SELECT value FROM sequence WHERE name = 'account_version'",
            Self::Postgres => {
                "UPDATE sequence SET value = value + 1 WHERE name = 'account_version' RETURNING value"
            }
        };
        format!("WITH next AS ({next}) {statement}")
    }

    /// Begins a transaction whose statements all see the same moment.
    pub(crate) const fn begin_reading(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN",
            Self::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }
}
