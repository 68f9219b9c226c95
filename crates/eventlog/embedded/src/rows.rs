//! Rows of the event table as [`Stored`] events.

use pushmail_domain::{Epoch, Position, Shard, Timestamp};
use pushmail_eventlog::{ReadError, Stored, codec};
use rusqlite::{Connection, OptionalExtension as _, Params, Row};

/// What [`read`] needs to be selected.
pub(crate) const COLUMNS: &str = "seq, shard, stored_at, record";

/// A sequence as SQLite keeps it. Those past 2^63 are never given out, so clamping finds nothing more or less.
pub(crate) fn signed(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}

/// A sequence as SQLite gives it. It never gives negative ones.
pub(crate) fn unsigned(sequence: i64) -> u64 {
    u64::try_from(sequence).unwrap_or(0)
}

/// The shard's newest epoch; `None` if nobody took it in this generation.
pub(crate) fn epoch(connection: &Connection, shard: Shard) -> rusqlite::Result<Option<Epoch>> {
    connection
        .prepare_cached("SELECT generation, fence FROM fence WHERE shard = ?")?
        .query_row([shard.number()], |row| {
            Ok(Epoch {
                generation: row.get(0)?,
                fence: unsigned(row.get(1)?),
            })
        })
        .optional()
}

/// Runs a query that selects [`COLUMNS`].
pub(crate) fn read(
    connection: &Connection,
    generation: u32,
    query: &str,
    params: impl Params,
) -> Result<Vec<Stored>, ReadError> {
    let mut statement = connection.prepare_cached(query).map_err(failed)?;
    let mut rows = statement.query(params).map_err(failed)?;
    let mut stored = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        stored.push(stored_of(row, generation)?);
    }
    Ok(stored)
}

fn stored_of(row: &Row<'_>, generation: u32) -> Result<Stored, ReadError> {
    let number = row.get(1).map_err(failed)?;
    let shard = Shard::new(number).ok_or_else(|| {
        ReadError(format!("the log holds an event of shard {number}, which is none").into())
    })?;
    let record = row
        .get_ref(3)
        .and_then(|value| Ok(value.as_blob()?))
        .map_err(failed)?;
    Ok(Stored {
        event: codec::decode_event(record).map_err(failed)?,
        position: Position {
            stream: shard.stream(),
            generation,
            sequence: row.get(0).map(unsigned).map_err(failed)?,
        },
        stored_at: row.get(2).map(Timestamp::from_micros).map_err(failed)?,
    })
}

pub(crate) fn failed(source: impl std::error::Error + Send + Sync + 'static) -> ReadError {
    ReadError(Box::new(source))
}
