//! Opening a SQLite file.

use super::{OpenError, OpenErrorKind};
use crate::engine::Engine;
use crate::{SqlRegistry, schema};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::migrate::MigrateError;
use sqlx::{AnyConnection, AnyPool, Connection as _, Executor as _};
use std::fmt::Write as _;
use std::io;
use std::path::Path;

/// How many reads go on at once.
const READERS: u32 = 4;

/// What a connection sets first. The timeout, in milliseconds, is how long a statement waits for a
/// lock that another process holds, such as a backup's.
const READING: &str = "PRAGMA busy_timeout = 10000";
const WRITING: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; \
    PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON";

impl SqlRegistry {
    /// Opens the registry in the file at `path`; makes it, private to its owner, if there is none.
    /// Brings an older one up to date.
    ///
    /// # Errors
    /// See [`OpenErrorKind`].
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let place = path.display().to_string();
        let unusable = |error: Box<dyn std::error::Error + Send + Sync>| {
            OpenError::new(OpenErrorKind::Unusable, &place, error)
        };
        let url = make_private(path).and_then(|()| url(path));
        let url = url.map_err(|error| unusable(error.into()))?;
        let writing = options(&url, "rw").map_err(|error| unusable(error.into()))?;
        let reading = options(&url, "ro").map_err(|error| unusable(error.into()))?;

        migrate(&writing)
            .await
            .map_err(|error| OpenError::of_schema(error, &place, OpenErrorKind::Unusable))?;
        let registry = Self {
            engine: Engine::Sqlite,
            writers: pool(1, writing, WRITING),
            readers: pool(READERS, reading, READING),
            limit: None,
        };
        registry.checked(&place, OpenErrorKind::Unusable).await
    }
}

/// Writes the registry in the file `from`, as it is at one moment, into the empty file `to`, and returns when it is on the disk. It may be in
/// use meanwhile, and is not brought up to date.
///
/// # Errors
/// If `from` cannot be read, or `to` cannot be written.
pub async fn back_up(from: &Path, to: &Path) -> Result<(), OpenError> {
    let place = from.display().to_string();
    let copied = copy(from, to).await;
    copied.map_err(|error| OpenError::new(OpenErrorKind::Unusable, &place, error))
}

async fn copy(from: &Path, to: &Path) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    install_default_drivers();
    let mut connection = AnyConnection::connect_with(&options(&url(from)?, "rw")?).await?;
    connection.execute("PRAGMA busy_timeout = 10000").await?;
    sqlx::query("VACUUM INTO $1")
        .bind(to.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    std::fs::File::open(to)?.sync_all()?;
    Ok(())
}

fn options(url: &str, mode: &str) -> Result<AnyConnectOptions, sqlx::Error> {
    format!("{url}?mode={mode}").parse()
}

/// Brings the file up to date, on a connection of its own: what is wrong with the file is told at
/// once, where a pool would try until it gives up.
async fn migrate(writing: &AnyConnectOptions) -> Result<(), MigrateError> {
    install_default_drivers();
    let mut connection = AnyConnection::connect_with(writing).await?;
    connection.execute(WRITING).await?;
    schema::migrate(Engine::Sqlite, &mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// Connections are kept for good: opening one again would cost more than an idle one does.
fn pool(connections: u32, options: AnyConnectOptions, first: &'static str) -> AnyPool {
    AnyPoolOptions::new()
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            Box::pin(async move { connection.execute(first).await.map(drop) })
        })
        .connect_lazy_with(options)
}

/// The file, which exists, as sqlx wants it named: a URL, whose path has no dots to resolve.
fn url(path: &Path) -> io::Result<String> {
    let path = path.canonicalize()?;
    let path = path.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut url = "sqlite://".to_owned();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                url.push(byte.into());
            }
            _ => write!(url, "%{byte:02X}").map_err(io::Error::other)?,
        }
    }
    Ok(url)
}

/// Makes an empty file for its owner only, unless there is one. SQLite gives the files that it
/// puts beside it the same mode.
fn make_private(path: &Path) -> io::Result<()> {
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
                .fetch_one(&registry.writers)
                .await
                .unwrap();
            assert_eq!(set, full, "{pragma}");
        }
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
            .fetch_one(&registry.writers)
            .await
            .unwrap();
        assert_eq!(mode, "wal");
    }
}
