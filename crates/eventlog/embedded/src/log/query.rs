//! The queries of readers.

use crate::rows::{self, COLUMNS, failed, read, signed};
use pushmail_domain::{AccountId, Epoch, EventId, Shard, StreamId, TenantId};
use pushmail_eventlog::{ReadError, Stored, TenantPage};
use rusqlite::{Connection, OptionalExtension as _, named_params};
use std::ops::RangeInclusive;

/// An account is only ever read together with its owner (invariant 6).
type Owned = (TenantId, AccountId);

/// The shard's events after the range's start and up to its end, oldest first.
pub(super) fn shard(
    connection: &Connection,
    generation: u32,
    shard: Shard,
    bounds: RangeInclusive<u64>,
    limit: usize,
) -> Result<Vec<Stored>, ReadError> {
    let query = format!(
        "SELECT {COLUMNS} FROM event WHERE shard = :shard AND seq > :after AND seq <= :through
         ORDER BY seq LIMIT :limit"
    );
    let params = named_params! {
        ":shard": shard.number(),
        ":after": signed(*bounds.start()),
        ":through": signed(*bounds.end()),
        ":limit": rows_at_most(limit),
    };
    read(connection, generation, &query, params)
}

/// The account's events after `after`, oldest first.
pub(super) fn account(
    connection: &Connection,
    generation: u32,
    (tenant, account): Owned,
    after: u64,
    limit: usize,
) -> Result<Vec<Stored>, ReadError> {
    let query = format!(
        "SELECT {COLUMNS} FROM event WHERE account = :account AND tenant = :tenant AND seq > :after
         ORDER BY seq LIMIT :limit"
    );
    let params = named_params! {
        ":account": account.as_bytes(),
        ":tenant": tenant.as_bytes(),
        ":after": signed(after),
        ":limit": rows_at_most(limit),
    };
    read(connection, generation, &query, params)
}

/// The tenant's events in the stream after `after`, oldest first, and how far they reach.
pub(super) fn tenant(
    connection: &Connection,
    generation: u32,
    (tenant, stream): (TenantId, StreamId),
    after: u64,
    limit: usize,
) -> Result<TenantPage, ReadError> {
    // Before the events: what is appended in between is in the page or above its reach.
    let last = last(connection)?;
    let query = format!(
        "SELECT {COLUMNS} FROM event WHERE tenant = :tenant AND shard >> 8 = :stream AND seq > :after
         ORDER BY seq LIMIT :limit"
    );
    let params = named_params! {
        ":tenant": tenant.as_bytes(),
        ":stream": stream.number(),
        ":after": signed(after),
        ":limit": rows_at_most(limit),
    };
    let events = read(connection, generation, &query, params)?;
    let through = match events.last() {
        Some(newest) if events.len() >= limit => newest.position.sequence,
        None if limit == 0 => after.min(last),
        newest => newest.map_or(last, |newest| newest.position.sequence.max(last)),
    };
    Ok(TenantPage { events, through })
}

/// The highest sequence ever given out, for all streams, which share one; 0 if there was none.
pub(super) fn last(connection: &Connection) -> Result<u64, ReadError> {
    connection
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'event'")
        .and_then(|mut statement| {
            let row = |row: &rusqlite::Row<'_>| row.get(0).map(rows::unsigned);
            statement.query_row([], row).optional()
        })
        .map(Option::unwrap_or_default)
        .map_err(failed)
}

/// The shard that the record is of, if there is one with this sequence.
pub(super) fn shard_at(connection: &Connection, sequence: u64) -> Result<Option<Shard>, ReadError> {
    let mut statement = connection
        .prepare_cached("SELECT shard FROM event WHERE seq = ?")
        .map_err(failed)?;
    let row = |row: &rusqlite::Row<'_>| row.get(0);
    let number = statement.query_row([signed(sequence)], row).optional();
    Ok(number.map_err(failed)?.and_then(Shard::new))
}

/// The shard's newest epoch, if it was taken in this generation.
pub(super) fn fence(connection: &Connection, shard: Shard) -> Result<Option<Epoch>, ReadError> {
    rows::epoch(connection, shard).map_err(failed)
}

/// The account's newest events, oldest first.
pub(super) fn newest(
    connection: &Connection,
    generation: u32,
    (tenant, account): Owned,
    limit: usize,
) -> Result<Vec<Stored>, ReadError> {
    let query = format!(
        "SELECT {COLUMNS} FROM event WHERE account = :account AND tenant = :tenant
         ORDER BY seq DESC LIMIT :limit"
    );
    let params = named_params! {
        ":account": account.as_bytes(),
        ":tenant": tenant.as_bytes(),
        ":limit": rows_at_most(limit),
    };
    let mut stored = read(connection, generation, &query, params)?;
    stored.reverse();
    Ok(stored)
}

/// Each id as often as it has surplus records.
pub(super) fn surplus(connection: &Connection) -> Result<Vec<EventId>, ReadError> {
    let query = "SELECT id, count(*) - 1 FROM event GROUP BY account, id HAVING count(*) > 1";
    let mut statement = connection.prepare(query).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    let mut surplus = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let id = row.get(0).map(EventId::from_bytes).map_err(failed)?;
        let count = row.get(1).map(rows::unsigned).map_err(failed)?;
        surplus.extend((0..count).map(|_| id));
    }
    Ok(surplus)
}

fn rows_at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
