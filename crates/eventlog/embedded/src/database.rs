//! The database file: its schema, and how connections to it are set up.

use crate::config::Config;
use crate::error::OpenError;
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::path::Path;
use std::time::Duration;

/// Written to `user_version`; 0 is a file that this program has not set up yet.
const SCHEMA_VERSION: i64 = 3;

/// `AUTOINCREMENT` keeps a sequence from being given out twice, even when its event was removed.
/// An index ends with the row's `seq`, so (account, seq) and (shard, seq) need not be spelled out.
/// Ids have no index: the dedupe window is kept in memory, and checkers may read everything.
const SCHEMA: &str = "
    CREATE TABLE event (
        seq       INTEGER PRIMARY KEY AUTOINCREMENT,
        shard     INTEGER NOT NULL,
        tenant    BLOB NOT NULL,
        account   BLOB NOT NULL,
        id        BLOB NOT NULL,
        previous  INTEGER NOT NULL,
        stored_at INTEGER NOT NULL,
        record    BLOB NOT NULL
    ) STRICT;
    CREATE INDEX event_by_account ON event (account);
    CREATE INDEX event_by_shard ON event (shard);
    CREATE TABLE fence (
        shard      INTEGER PRIMARY KEY,
        generation INTEGER NOT NULL,
        fence      INTEGER NOT NULL,
        worker     BLOB NOT NULL
    ) STRICT;
    CREATE TABLE counter (
        name  TEXT PRIMARY KEY,
        value INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO counter VALUES ('generation', 1), ('fence', 0);
    PRAGMA user_version = 1;
";

/// From version 1 to 2: a tenant's events within a stream, which is 256 shards.
const BY_TENANT: &str = "
    CREATE INDEX event_by_tenant ON event (tenant, shard >> 8);
    PRAGMA user_version = 2;
";

/// From version 2 to 3: only what comes live names the event before it, and that is looked up.
const WITHOUT_PREVIOUS: &str = "
    ALTER TABLE event DROP COLUMN previous;
    PRAGMA user_version = 3;
";

/// How long a statement waits for a lock that a checkpoint or another process holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Statements kept prepared per connection; there are fewer.
const PREPARED: usize = 32;

/// Opens the writer's connection, setting the file up if it is new.
pub(crate) fn open_writer(config: &Config) -> Result<Connection, OpenError> {
    let path = &config.path;
    let fresh = !path.exists();
    let sqlite = |error| OpenError::from_sqlite(path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(sqlite)?;
    set_up_writer(&connection, config).map_err(sqlite)?;
    migrate(&mut connection, path)?;
    if fresh {
        sync_directory(path).map_err(|error| OpenError::from_io(path, error))?;
    }
    Ok(connection)
}

/// Opens a connection that only reads. The writer's has to be open.
pub(crate) fn open_reader(config: &Config) -> Result<Connection, OpenError> {
    let sqlite = |error| OpenError::from_sqlite(&config.path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&config.path, flags).map_err(sqlite)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(sqlite)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    Ok(connection)
}

fn set_up_writer(connection: &Connection, config: &Config) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", config.synchronous())?;
    // Pages of 4 KiB. A checkpoint writes each changed page once, however often it changed, but
    // holds up the writer: 16 MiB between checkpoints weighs one against the other.
    connection.pragma_update(None, "wal_autocheckpoint", 4096)?;
    // In KiB when negative: 64 MiB keep the indexes' busy pages at hand.
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let sqlite = |error| OpenError::from_sqlite(path, error);
    let found = connection
        .pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
        .map_err(sqlite)?;
    match found {
        SCHEMA_VERSION => Ok(()),
        0 => apply(connection, &[SCHEMA, BY_TENANT, WITHOUT_PREVIOUS]).map_err(sqlite),
        1 => apply(connection, &[BY_TENANT, WITHOUT_PREVIOUS]).map_err(sqlite),
        2 => apply(connection, &[WITHOUT_PREVIOUS]).map_err(sqlite),
        found => Err(OpenError::TooNew {
            path: path.to_owned(),
            found,
            known: SCHEMA_VERSION,
        }),
    }
}

fn apply(connection: &mut Connection, steps: &[&str]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for step in steps {
        transaction.execute_batch(step)?;
    }
    transaction.commit()
}

/// Makes the file's name durable: SQLite syncs what is in the file.
fn sync_directory(path: &Path) -> std::io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(directory)?.sync_all()
}

/// Moves what the WAL holds into the database, when closing. The data is safe without it.
pub(crate) fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}
