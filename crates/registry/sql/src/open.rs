//! Opening the file: its settings, its schema, its shard count.

use crate::SqlRegistry;
use pushmail_domain::SHARD_COUNT;
use pushmail_registry::{RegistryError, Settings};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The setting that holds the number of shards, as decimal digits.
const SHARD_COUNT_SETTING: &str = "shard_count";
/// How many reads go on at once.
const READERS: u32 = 4;
/// How long a statement waits for a lock that another process holds, such as a backup's.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Why the registry did not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenErrorKind {
    /// The file cannot be opened, made or read, or is no registry.
    Unusable,
    /// A newer version of pushmail has changed its form.
    NewerSchema,
    /// Its form differs from what this version once gave it.
    ForeignSchema,
    /// It was made for another number of shards: this many.
    ShardCount(String),
}

/// The registry did not open.
#[derive(Debug)]
pub struct OpenError {
    /// Why.
    pub kind: OpenErrorKind,
    /// The file.
    pub path: PathBuf,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "registry {}: ", self.path.display())?;
        f.write_str(match &self.kind {
            OpenErrorKind::Unusable => {
                "cannot be opened; check that its folder exists, that this user may write there, \
                and that the file is a registry"
            }
            OpenErrorKind::NewerSchema => {
                "a newer version of pushmail has written it; run that version or a later one"
            }
            OpenErrorKind::ForeignSchema => {
                "its form is not one that pushmail gave it; restore it from a backup"
            }
            OpenErrorKind::ShardCount(stored) => {
                return write!(
                    f,
                    "made for {stored} shards, and this program has {SHARD_COUNT}; run the version \
                    that made it, or double its shards offline"
                );
            }
        })
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}

impl SqlRegistry {
    /// Opens the registry in the file at `path`; makes it, private to its owner, if there is none.
    /// Brings an older one up to date.
    ///
    /// # Errors
    /// See [`OpenErrorKind`].
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let fail = |kind, source: Box<dyn Error + Send + Sync>| OpenError {
            kind,
            path: path.to_owned(),
            source: Some(source),
        };
        let unusable = |source: sqlx::Error| fail(OpenErrorKind::Unusable, source.into());

        make_private(path).map_err(|error| fail(OpenErrorKind::Unusable, error.into()))?;
        let writer = pool(1)
            .connect_with(writing(path))
            .await
            .map_err(unusable)?;
        if let Err(error) = MIGRATIONS.run(&writer).await {
            writer.close().await;
            return Err(fail(kind_of(&error), error.into()));
        }
        let readers = pool(READERS)
            .connect_with(options(path).read_only(true))
            .await
            .map_err(unusable)?;

        let registry = Self { writer, readers };
        let count = registry.shard_count().await;
        match count.map_err(|error| fail(OpenErrorKind::Unusable, error.into()))? {
            count if count == SHARD_COUNT.to_string() => Ok(registry),
            stored => {
                registry.close().await;
                Err(OpenError {
                    kind: OpenErrorKind::ShardCount(stored),
                    path: path.to_owned(),
                    source: None,
                })
            }
        }
    }

    /// The number of shards that the file was made for, as it is written there.
    async fn shard_count(&self) -> Result<String, RegistryError> {
        let ours = SHARD_COUNT.to_string();
        let stored = self
            .setting_or_insert(SHARD_COUNT_SETTING, ours.as_bytes())
            .await?;
        Ok(String::from_utf8_lossy(&stored).into_owned())
    }
}

/// Connections are kept for good: opening one again would cost more than an idle one does.
fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
}

fn writing(path: &Path) -> SqliteConnectOptions {
    options(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
}

const fn kind_of(error: &MigrateError) -> OpenErrorKind {
    match error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
            OpenErrorKind::NewerSchema
        }
        MigrateError::VersionMismatch(_) | MigrateError::Dirty(_) => OpenErrorKind::ForeignSchema,
        _ => OpenErrorKind::Unusable,
    }
}

/// Makes an empty file for its owner only, unless there is one. SQLite gives the files that it
/// puts beside it the same mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_commit_is_synced_and_references_are_checked() {
        let folder = tempfile::tempdir().unwrap();
        let registry = SqlRegistry::open(&folder.path().join("registry.db"))
            .await
            .unwrap();
        for (pragma, full) in [("PRAGMA synchronous", 2), ("PRAGMA foreign_keys", 1)] {
            let set: i64 = sqlx::query_scalar(pragma)
                .fetch_one(&registry.writer)
                .await
                .unwrap();
            assert_eq!(set, full, "{pragma}");
        }
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
            .fetch_one(&registry.writer)
            .await
            .unwrap();
        assert_eq!(mode, "wal");
    }
}
