//! What can be done to the tables within one transaction of the writer.

use crate::recent::Recent;
use crate::rows;
use pushmail_domain::{AccountId, Epoch, Event, Shard, TenantId, Timestamp, WorkerId};
use rusqlite::{Connection, OptionalExtension as _, Result, named_params};

/// The most rows that one job removes, so that removing never holds up appending for long.
pub(crate) const REMOVED_AT_ONCE: usize = 500;

/// The tables, within a transaction.
pub(crate) struct Tables<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) recent: &'a mut Recent,
    /// The log's generation as of this transaction.
    pub(crate) generation: u32,
    /// The time of the transaction: when its events are stored.
    pub(crate) now: Timestamp,
}

impl Tables<'_> {
    /// Gives the shard a new fence, above all that were ever given.
    pub(crate) fn raise_fence(&self, shard: Shard, worker: WorkerId) -> Result<Epoch> {
        let fence = self.count("fence")?;
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO fence VALUES (:shard, :generation, :fence, :worker)",
            )?
            .execute(named_params! {
                ":shard": shard.number(),
                ":generation": self.generation,
                ":fence": fence,
                ":worker": worker.as_bytes(),
            })?;
        Ok(Epoch {
            generation: self.generation,
            fence: rows::unsigned(fence),
        })
    }

    /// The shard's newest epoch; `None` if nobody took it in this generation.
    pub(crate) fn epoch(&self, shard: Shard) -> Result<Option<Epoch>> {
        rows::epoch(self.connection, shard)
    }

    /// Begins a generation above `seen`, unless the log is above it already. Without their fences,
    /// all epochs of earlier ones are stale.
    pub(crate) fn raise_generation(&mut self, seen: u32) -> Result<u32> {
        if self.generation > seen {
            return Ok(self.generation);
        }
        self.generation = seen.saturating_add(1);
        self.connection.execute("DELETE FROM fence", [])?;
        self.connection.execute(
            "UPDATE counter SET value = ? WHERE name = 'generation'",
            [self.generation],
        )?;
        Ok(self.generation)
    }

    fn count(&self, name: &str) -> Result<i64> {
        self.connection
            .prepare_cached("UPDATE counter SET value = value + 1 WHERE name = ? RETURNING value")?
            .query_row([name], |row| row.get(0))
    }

    /// The sequence of the shard's last event; 0 if it has none.
    pub(crate) fn last_of_shard(&self, shard: Shard) -> Result<u64> {
        self.connection
            .prepare_cached("SELECT ifnull(max(seq), 0) FROM event WHERE shard = ?")?
            .query_row([shard.number()], |row| row.get(0).map(rows::unsigned))
    }

    /// The highest sequence ever given out; 0 if none was.
    pub(crate) fn last_ever(&self) -> Result<u64> {
        let last = self
            .connection
            .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'event'")?
            .query_row([], |row| row.get(0).map(rows::unsigned))
            .optional()?;
        Ok(last.unwrap_or(0))
    }

    /// The sequence of the account's last event; 0 if it has none.
    pub(crate) fn last_of_account(&self, account: AccountId) -> Result<u64> {
        self.connection
            .prepare_cached("SELECT ifnull(max(seq), 0) FROM event WHERE account = ?")?
            .query_row([account.as_bytes()], |row| row.get(0).map(rows::unsigned))
    }

    /// Stores an event and returns its sequence. `record` is the event, encoded.
    pub(crate) fn insert(&mut self, shard: Shard, event: &Event, record: &[u8]) -> Result<u64> {
        let sequence = self
            .connection
            .prepare_cached(
                "INSERT INTO event (shard, tenant, account, id, stored_at, record)
                 VALUES (:shard, :tenant, :account, :id, :stored_at, :record)",
            )?
            .insert(named_params! {
                ":shard": shard.number(),
                ":tenant": event.tenant.as_bytes(),
                ":account": event.account.as_bytes(),
                ":id": event.id.as_bytes(),
                ":stored_at": self.now.micros(),
                ":record": record,
            })
            .map(rows::unsigned)?;
        self.recent.add(event.id, sequence, self.now);
        Ok(sequence)
    }

    /// Removes up to [`REMOVED_AT_ONCE`] events of the account; returns how many.
    pub(crate) fn purge(&self, tenant: TenantId, account: AccountId, below: i64) -> Result<usize> {
        self.connection
            .prepare_cached(
                "DELETE FROM event WHERE seq IN (
                     SELECT seq FROM event WHERE account = :account AND tenant = :tenant AND seq < :below
                     ORDER BY seq LIMIT :limit)",
            )?
            .execute(named_params! {
                ":account": account.as_bytes(),
                ":tenant": tenant.as_bytes(),
                ":below": below,
                ":limit": REMOVED_AT_ONCE as i64,
            })
    }

    /// Removes, of the [`REMOVED_AT_ONCE`] oldest events, those stored before `before`; returns how
    /// many. Looks no further, so that it is cheap where nothing is old.
    pub(crate) fn expire(&self, before: Timestamp) -> Result<usize> {
        self.connection
            .prepare_cached(
                "DELETE FROM event WHERE seq IN (
                     SELECT seq FROM (SELECT seq, stored_at FROM event ORDER BY seq LIMIT :limit)
                     WHERE stored_at < :before)",
            )?
            .execute(named_params! {
                ":before": before.micros(),
                ":limit": REMOVED_AT_ONCE as i64,
            })
    }
}

/// Fills the dedupe window from what the log holds.
pub(crate) fn load_recent(
    connection: &Connection,
    recent: &mut Recent,
    now: Timestamp,
) -> Result<()> {
    let mut newest_first = Vec::new();
    let mut statement =
        connection.prepare("SELECT seq, stored_at, id FROM event ORDER BY seq DESC LIMIT ?")?;
    let mut rows = statement.query([crate::recent::CAPACITY as i64])?;
    while let Some(row) = rows.next()? {
        let stored_at = Timestamp::from_micros(row.get(1)?);
        if !recent.covers(stored_at, now) {
            break;
        }
        let id = pushmail_domain::EventId::from_bytes(row.get(2)?);
        newest_first.push((id, rows::unsigned(row.get(0)?), stored_at));
    }
    for (id, sequence, stored_at) in newest_first.into_iter().rev() {
        recent.add(id, sequence, stored_at);
    }
    Ok(())
}

/// The generation that the log was left in.
pub(crate) fn load_generation(connection: &Connection) -> Result<u32> {
    connection.query_row(
        "SELECT value FROM counter WHERE name = 'generation'",
        [],
        |row| row.get(0),
    )
}
