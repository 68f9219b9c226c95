//! Flushing many shards in one transaction.

use super::ROWS;
use crate::statement::values;
use crate::value::{Read, failed, json, signed, word};
use crate::{Result, SqlRegistry};
use pushmail_domain::Shard;
use pushmail_registry::{Checkpoint, Flushed, RegistryError, ShardFlush};
use sqlx::{AnyConnection, AssertSqlSafe};
use std::collections::HashSet;

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

const INTO_MEMORIES: &str = "INSERT INTO account_memory (account, memory) \
    SELECT account.id, new.column2 FROM (";
const IF_REMEMBERED: &str = ") AS new JOIN account ON account.id = new.column1 WHERE TRUE \
    ON CONFLICT (account) DO UPDATE SET memory = excluded.memory";

impl SqlRegistry {
    /// Stores flushes in the order of their shards. The answers come in the same order.
    pub(super) async fn store(&self, flushes: &[&ShardFlush]) -> Result<Vec<Flushed>> {
        let mut tx = self.write().await?;
        let mut answers = Vec::with_capacity(flushes.len());
        for part in parts(flushes) {
            let stored = store_shards(&mut tx, part).await?;
            let answer = |flush: &&ShardFlush| match stored.contains(&flush.shard) {
                true => Flushed::Stored,
                false => Flushed::StaleEpoch,
            };
            answers.extend(part.iter().map(answer));
            let fresh = part.iter().filter(|flush| stored.contains(&flush.shard));
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
fn parts<'a, 'f>(flushes: &'a [&'f ShardFlush]) -> Vec<&'a [&'f ShardFlush]> {
    let mut parts = Vec::new();
    let mut start = 0;
    for index in 1..flushes.len() {
        if index - start == ROWS || flushes[index].shard == flushes[index - 1].shard {
            parts.push(&flushes[start..index]);
            start = index;
        }
    }
    parts.push(&flushes[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Stores the shards' positions, and tells which were not stale.
async fn store_shards(tx: &mut AnyConnection, part: &[&ShardFlush]) -> Result<HashSet<Shard>> {
    let text = format!("{INTO_SHARDS}{}{UNLESS_STALE}", values(part.len(), 6));
    let mut query = sqlx::query(AssertSqlSafe(text)).persistent(part.len() == ROWS);
    for flush in part {
        query = query
            .bind(i64::from(flush.shard.number()))
            .bind(i64::from(flush.epoch.generation))
            .bind(signed("epoch_fence", flush.epoch.fence)?)
            .bind(i64::from(flush.position.stream.number()))
            .bind(i64::from(flush.position.generation))
            .bind(signed("position_sequence", flush.position.sequence)?);
    }
    let rows = query.fetch_all(tx).await.map_err(failed)?;
    rows.iter().map(|row| row.shard("shard")).collect()
}

async fn store_accounts(tx: &mut AnyConnection, part: &[(Shard, &Checkpoint)]) -> Result<()> {
    let text = format!("{INTO_ACCOUNTS}{}{IF_THERE}", values(part.len(), 9));
    let mut query = sqlx::query(AssertSqlSafe(text)).persistent(part.len() == ROWS);
    for (shard, checkpoint) in part {
        let status = &checkpoint.status;
        query = query
            .bind(checkpoint.account.to_string())
            .bind(i64::from(shard.number()))
            .bind(json("cursor", &checkpoint.cursor)?)
            .bind(word("phase", status.phase)?)
            // The words of a server that is not trusted. PostgreSQL's text holds no NUL.
            .bind(status.detail.replace('\0', "\u{fffd}"))
            .bind(status.since.micros())
            .bind(i64::from(status.rejections.count))
            .bind(status.rejections.last_at.micros())
            .bind(signed("rejected_version", status.rejections.version)?);
    }
    query.execute(tx).await.map_err(deleted_meanwhile)?;
    Ok(())
}

/// Stores the memories of those accounts that have a new one.
async fn store_memories(tx: &mut AnyConnection, part: &[(Shard, &Checkpoint)]) -> Result<()> {
    let rows: Vec<_> = part
        .iter()
        .filter_map(|(_, checkpoint)| Some((checkpoint.account, checkpoint.memory.as_ref()?)))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let text = format!("{INTO_MEMORIES}{}{IF_REMEMBERED}", values(rows.len(), 2));
    let mut query = sqlx::query(AssertSqlSafe(text)).persistent(false);
    for (account, memory) in rows {
        query = query.bind(account.to_string()).bind(memory);
    }
    query.execute(tx).await.map_err(deleted_meanwhile)?;
    Ok(())
}

/// The registry's error for a statement whose references exist, unless an account is deleted while
/// the statement runs. That is no fault of the caller's: the flush begins anew, and passes it over.
fn deleted_meanwhile(error: sqlx::Error) -> RegistryError {
    RegistryError::unavailable(error)
}
