//! Checkpoints, guarded by the epoch (invariant 3).

mod flush;

use crate::accounts::rejections;
use crate::statement::placeholders;
use crate::value::{Read, failed};
use crate::{Result, SqlRegistry};
use async_trait::async_trait;
use pushmail_domain::{AccountId, AccountStatus, Position, Shard, StreamId};
use pushmail_registry::{Checkpoint, Checkpoints, Flushed, ShardCheckpoint, ShardFlush};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

/// How many rows one statement reads or writes.
const ROWS: usize = 128;

const POSITION: &str = "SELECT stream, position_generation, position_sequence \
    FROM shard_checkpoint WHERE shard = $1";

const ACCOUNTS: &str = "SELECT account, cursor, phase, detail, since, rejections, rejected_at, \
        rejected_version \
    FROM checkpoint WHERE shard = $1";

const MEMORIES: &str = "SELECT account, memory FROM account_memory WHERE account IN (";

#[async_trait]
impl Checkpoints for SqlRegistry {
    async fn shard_position(&self, shard: Shard) -> Result<Option<Position>> {
        let row = sqlx::query(POSITION)
            .bind(i64::from(shard.number()))
            .fetch_optional(&self.readers)
            .await
            .map_err(failed)?;
        row.as_ref().map(read_position).transpose()
    }

    async fn load_shard(&self, shard: Shard) -> Result<ShardCheckpoint> {
        self.run(|| self.load(shard)).await
    }

    async fn memories(&self, accounts: &[AccountId]) -> Result<Vec<(AccountId, Vec<u8>)>> {
        let mut memories = Vec::new();
        for part in accounts.chunks(ROWS) {
            memories.extend(self.run(|| self.some_memories(part)).await?);
        }
        Ok(memories)
    }

    async fn flush(&self, flushes: &[ShardFlush]) -> Result<Vec<Flushed>> {
        // Each transaction locks its shards' rows, in this order: transactions of several processes
        // then wait for each other, never in a circle. What comes twice stays in its order.
        let mut order: Vec<_> = flushes.iter().enumerate().collect();
        order.sort_by_key(|(_, flush)| flush.shard);
        let (places, flushes): (Vec<_>, Vec<_>) = order.into_iter().unzip();
        let sorted = self.run(|| self.store(&flushes)).await?;
        let mut answers: Vec<_> = places.into_iter().zip(sorted).collect();
        answers.sort_by_key(|(place, _)| *place);
        Ok(answers.into_iter().map(|(_, answer)| answer).collect())
    }
}

impl SqlRegistry {
    async fn load(&self, shard: Shard) -> Result<ShardCheckpoint> {
        // One moment, so that position and cursors are of one flush.
        let mut tx = self.read().await?;
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

    async fn some_memories(&self, accounts: &[AccountId]) -> Result<Vec<(AccountId, Vec<u8>)>> {
        let text = format!("{MEMORIES}{})", placeholders(1, accounts.len()));
        let mut query = sqlx::query(AssertSqlSafe(text)).persistent(accounts.len() == ROWS);
        for account in accounts {
            query = query.bind(account.to_string());
        }
        query
            .fetch_all(&self.readers)
            .await
            .map_err(failed)?
            .iter()
            .map(|row| Ok((row.id("account")?, row.plain("memory")?)))
            .collect()
    }
}

fn read_position(row: &AnyRow) -> Result<Position> {
    Ok(Position {
        stream: StreamId::new(row.number("stream")?),
        generation: row.number("position_generation")?,
        sequence: row.number("position_sequence")?,
    })
}

fn read_account(row: &AnyRow) -> Result<Checkpoint> {
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
