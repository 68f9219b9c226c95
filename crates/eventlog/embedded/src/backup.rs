//! Copies of a log that may be in use.

use crate::error::OpenError;
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::path::Path;
use std::time::Duration;

/// How long a lock is waited for that the log's own process holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Writes the log in the file `from`, as it is at one moment, into the empty file `to`, and returns when it is on the disk. Its process
/// goes on meanwhile; it is as if the log were read from its beginning to its end.
///
/// # Errors
/// If `from` cannot be read, or `to` cannot be written.
pub fn back_up(from: &Path, to: &Path) -> Result<(), OpenError> {
    let sqlite = |error| OpenError::from_sqlite(from, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(from, flags).map_err(sqlite)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(sqlite)?;
    let place = to.to_string_lossy();
    connection
        .execute("VACUUM INTO ?", [&place])
        .map_err(sqlite)?;
    let synced = File::open(to).and_then(|file| file.sync_all());
    synced.map_err(|error| OpenError::from_io(to, error))
}
