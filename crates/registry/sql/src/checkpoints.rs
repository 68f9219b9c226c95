//! Checkpoints, guarded by the epoch (invariant 3).

use crate::accounts::rejections;
use crate::value::{Read, failed, json, signed, word};
use crate::{Result, SqlRegistry};
use async_trait::async_trait;
use pushmail_domain::{AccountId, AccountStatus, Position, Shard, StreamId};
use pushmail_registry::{Checkpoint, Checkpoints, Flushed, ShardCheckpoint, ShardFlush};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use std::collections::HashSet;

/// How many rows one statement writes.
const ROWS: usize = 128;

const POSITION: &str = "SELECT stream, position_generation, position_sequence \
    FROM shard_checkpoint WHERE shard = $1";

const ACCOUNTS: &str = "SELECT account, cursor, phase, detail, since, rejections, rejected_at, \
        rejected_version \
    FROM checkpoint WHERE shard = $1";

/// Before the rows of shards, and after them: a row of a newer epoch stays and is not returned.
const INTO_SHARDS: &str = "INSERT INTO shard_checkpoint (shard, epoch_generation, epoch_fence, \
    stream, position_generation, position_sequence) ";
const UNLESS_STALE: &str = " ON CONFLICT (shard) DO UPDATE SET \
        epoch_generation = excluded.epoch_generation, \
        epoch_fence = excluded.epoch_fence, \
        stream = excluded.stream, \
        position_generation = excluded.position_generation, \
        position_sequence = excluded.position_sequence \
    WHERE (excluded.epoch_generation, excluded.epoch_fence) \
        >= (shard_checkpoint.epoch_generation, shard_checkpoint.epoch_fence) \
    RETURNING shard";

/// Before the rows of accounts, and after them: the join passes over accounts that are gone.
/// SQLite and PostgreSQL both name the columns of VALUES so.
const INTO_ACCOUNTS: &str = "INSERT INTO checkpoint (account, shard, cursor, phase, detail, since, \
        rejections, rejected_at, rejected_version) \
    SELECT account.id, new.column2, new.column3, new.column4, new.column5, new.column6, \
        new.column7, new.column8, new.column9 FROM (";
const IF_THERE: &str = ") AS new JOIN account ON account.id = new.column1 WHERE TRUE \
    ON CONFLICT (account) DO UPDATE SET shard = excluded.shard, cursor = excluded.cursor, \
        phase = excluded.phase, detail = excluded.detail, since = excluded.since, \
        rejections = excluded.rejections, rejected_at = excluded.rejected_at, \
        rejected_version = excluded.rejected_version";

const MEMORIES: &str = "SELECT account, memory FROM account_memory WHERE account IN (";

const INTO_MEMORIES: &str = "INSERT INTO account_memory (account, memory) \
    SELECT account.id, new.column2 FROM (";
const IF_REMEMBERED: &str = ") AS new JOIN account ON account.id = new.column1 WHERE TRUE \
    ON CONFLICT (account) DO UPDATE SET memory = excluded.memory";

#[async_trait]
impl Checkpoints for SqlRegistry {
    async fn load_shard(&self, shard: Shard) -> Result<ShardCheckpoint> {
        // One transaction, so that position and cursors are of one flush.
        let mut tx = self.readers.begin().await.map_err(failed)?;
        let position = sqlx::query(POSITION)
            .bind(i64::from(shard.number()))
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed)?;
        let accounts = sqlx::query(ACCOUNTS)
            .bind(i64::from(shard.number()))
            .fetch_all(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(ShardCheckpoint {
            position: position.as_ref().map(read_position).transpose()?,
            accounts: accounts.iter().map(read_account).collect::<Result<_>>()?,
        })
    }

    async fn memories(&self, accounts: &[AccountId]) -> Result<Vec<(AccountId, Vec<u8>)>> {
        let mut memories = Vec::new();
        for part in accounts.chunks(ROWS) {
            let mut query = QueryBuilder::<Sqlite>::new(MEMORIES);
            let mut ids = query.separated(", ");
            for account in part {
                ids.push_bind(account.to_string());
            }
            let rows = query
                .push(")")
                .build()
                .persistent(part.len() == ROWS)
                .fetch_all(&self.readers)
                .await
                .map_err(failed)?;
            for row in rows {
                memories.push((row.id("account")?, row.plain("memory")?));
            }
        }
        Ok(memories)
    }

    async fn flush(&self, flushes: &[ShardFlush]) -> Result<Vec<Flushed>> {
        let mut tx = self.write().await?;
        let mut answers = Vec::with_capacity(flushes.len());
        for part in parts(flushes) {
            let stored = store_shards(&mut tx, part).await?;
            let answer = |flush: &ShardFlush| match stored.contains(&flush.shard.number()) {
                true => Flushed::Stored,
                false => Flushed::StaleEpoch,
            };
            answers.extend(part.iter().map(answer));
            let fresh = part.iter().filter(|f| stored.contains(&f.shard.number()));
            let accounts: Vec<_> = fresh
                .flat_map(|f| f.accounts.iter().map(|account| (f.shard, account)))
                .collect();
            for rows in accounts.chunks(ROWS) {
                store_accounts(&mut tx, rows).await?;
                store_memories(&mut tx, rows).await?;
            }
        }
        tx.commit().await.map_err(failed)?;
        Ok(answers)
    }
}

/// Cuts the flushes into parts for one statement each: bounded, and no shard twice in any, since
/// the second would be judged before the first is stored.
fn parts(flushes: &[ShardFlush]) -> Vec<&[ShardFlush]> {
    let mut parts = Vec::new();
    let (mut start, mut seen) = (0, HashSet::new());
    for (index, flush) in flushes.iter().enumerate() {
        if seen.len() == ROWS || !seen.insert(flush.shard) {
            parts.push(&flushes[start..index]);
            start = index;
            seen.clear();
            seen.insert(flush.shard);
        }
    }
    parts.push(&flushes[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Stores the shards' positions, and tells which were not stale.
async fn store_shards(tx: &mut SqliteConnection, part: &[ShardFlush]) -> Result<HashSet<u16>> {
    let mut rows = Vec::with_capacity(part.len());
    for flush in part {
        rows.push([
            i64::from(flush.shard.number()),
            i64::from(flush.epoch.generation),
            signed("epoch_fence", flush.epoch.fence)?,
            i64::from(flush.position.stream.number()),
            i64::from(flush.position.generation),
            signed("position_sequence", flush.position.sequence)?,
        ]);
    }
    let mut query = QueryBuilder::<Sqlite>::new(INTO_SHARDS);
    query.push_values(rows, |mut row, values| {
        for value in values {
            row.push_bind(value);
        }
    });
    query
        .push(UNLESS_STALE)
        .build()
        .persistent(part.len() == ROWS)
        .fetch_all(tx)
        .await
        .map_err(failed)?
        .iter()
        .map(|row| row.number("shard"))
        .collect()
}

async fn store_accounts(tx: &mut SqliteConnection, part: &[(Shard, &Checkpoint)]) -> Result<()> {
    let mut rows = Vec::with_capacity(part.len());
    for (shard, checkpoint) in part {
        let cursor = json("cursor", &checkpoint.cursor)?;
        let phase = word("phase", checkpoint.status.phase)?;
        let version = signed("rejected_version", checkpoint.status.rejections.version)?;
        rows.push((shard, checkpoint, cursor, phase, version));
    }
    let mut query = QueryBuilder::<Sqlite>::new(INTO_ACCOUNTS);
    query.push_values(
        rows,
        |mut row, (shard, checkpoint, cursor, phase, version)| {
            let rejections = checkpoint.status.rejections;
            row.push_bind(checkpoint.account.to_string())
                .push_bind(i64::from(shard.number()))
                .push_bind(cursor)
                .push_bind(phase)
                .push_bind(checkpoint.status.detail.clone())
                .push_bind(checkpoint.status.since.micros())
                .push_bind(i64::from(rejections.count))
                .push_bind(rejections.last_at.micros())
                .push_bind(version);
        },
    );
    query
        .push(IF_THERE)
        .build()
        .persistent(part.len() == ROWS)
        .execute(tx)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Stores the memories of those accounts that have a new one.
async fn store_memories(tx: &mut SqliteConnection, part: &[(Shard, &Checkpoint)]) -> Result<()> {
    let rows: Vec<_> = part
        .iter()
        .filter_map(|(_, checkpoint)| Some((checkpoint.account, checkpoint.memory.as_ref()?)))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Sqlite>::new(INTO_MEMORIES);
    query.push_values(rows, |mut row, (account, memory)| {
        row.push_bind(account.to_string()).push_bind(memory.clone());
    });
    query
        .push(IF_REMEMBERED)
        .build()
        .persistent(false)
        .execute(tx)
        .await
        .map_err(failed)?;
    Ok(())
}

fn read_position(row: &SqliteRow) -> Result<Position> {
    Ok(Position {
        stream: StreamId::new(row.number("stream")?),
        generation: row.number("position_generation")?,
        sequence: row.number("position_sequence")?,
    })
}

fn read_account(row: &SqliteRow) -> Result<Checkpoint> {
    Ok(Checkpoint {
        account: row.id("account")?,
        cursor: row.json("cursor")?,
        status: AccountStatus {
            phase: row.word("phase")?,
            detail: row.plain("detail")?,
            since: row.moment("since")?,
            rejections: rejections(row)?,
        },
        memory: None,
    })
}
