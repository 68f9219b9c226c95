//! The accounts' change feed.

use crate::accounts::read;
use crate::engine::Engine;
use crate::statement::placeholders;
use crate::value::{Read, failed, found};
use crate::{Result, SqlRegistry};
use pushmail_domain::Shard;
use pushmail_registry::AccountChange;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe};
use std::collections::BTreeSet;

/// Takes the next `count` versions and returns the last of them.
///
/// Runs within the transaction that uses them: the counter's row is locked until it ends, so versions
/// become visible in their order, and a reader of the feed never passes one over. It comes before
/// whatever else the transaction locks, so that no two wait for each other.
pub(crate) async fn next_versions(tx: &mut AnyConnection, count: i64) -> Result<i64> {
    let raise = "UPDATE sequence SET value = value + $1 WHERE name = 'account_version' \
        RETURNING value";
    sqlx::query_scalar(raise)
        .bind(count)
        .fetch_one(tx)
        .await
        .map_err(failed)
}

impl SqlRegistry {
    /// Has a statement take the next version, which begins with
    /// [`Engine::with_next_version`](crate::engine::Engine::with_next_version) and changes one account at most, and returns the
    /// version. `NotFound` if it changed none.
    pub(crate) async fn at_next_version(
        &self,
        statement: Query<'_, Any, AnyArguments>,
    ) -> Result<u64> {
        // All rows, though there is one: the server commits after the last.
        let rows = match self.engine {
            Engine::Postgres => statement.fetch_all(&self.writers).await.map_err(failed)?,
            Engine::Sqlite => {
                let mut tx = self.write().await?;
                next_versions(&mut tx, 1).await?;
                let rows = statement.fetch_all(&mut *tx).await.map_err(failed)?;
                tx.commit().await.map_err(failed)?;
                rows
            }
        };
        found(rows.len() as u64)?;
        rows[0].number("version")
    }
}

/// What is read of a change: the columns of [`read`] too, if the account is there.
const COLUMNS: &str = "\
    feed.version AS feed_version, feed.tenant AS feed_tenant, feed.id AS feed_id, feed.gone, \
    account.id, account.tenant, account.address, account.host, account.port, account.security, \
    account.login, account.protocol, account.selection, account.listed, account.folders, account.content, \
    account.events, account.desired, account.version, account.created_at, checkpoint.phase, \
    checkpoint.detail, checkpoint.since, checkpoint.rejections, checkpoint.rejected_at, \
    checkpoint.rejected_version";

/// The feed's statement: of changes above `$1` that fulfil a condition, the first `limit`.
///
/// One statement, so that accounts and tombstones are of one moment: between two, an account could
/// move past the version that the reader asks for next. Each of the two is read in order and no
/// further than the limit; that is no parameter, so that PostgreSQL's plans go by it.
fn feed(condition: &str, limit: u32) -> String {
    let first = format!("WHERE version > $1{condition} ORDER BY version LIMIT {limit}");
    format!(
        "SELECT {COLUMNS} FROM ( \
            SELECT version, tenant, id, gone FROM ( \
                SELECT version, tenant, id, 0 AS gone FROM account {first} \
            ) AS made \
            UNION ALL \
            SELECT version, tenant, id, gone FROM ( \
                SELECT version, tenant, account AS id, 1 AS gone FROM account_tombstone {first} \
            ) AS deleted \
            ORDER BY version LIMIT {limit} \
        ) AS feed \
        LEFT JOIN account ON account.id = feed.id AND feed.gone = 0 \
        LEFT JOIN checkpoint ON checkpoint.account = account.id \
        ORDER BY feed.version"
    )
}

const COUNTS: &str =
    "SELECT shard, COUNT(*) AS accounts FROM account GROUP BY shard ORDER BY shard";

impl SqlRegistry {
    /// Changes above `version` of these shards, or of all.
    pub(crate) async fn changes(
        &self,
        shards: Option<&BTreeSet<Shard>>,
        version: i64,
        limit: u32,
    ) -> Result<Vec<AccountChange>> {
        let theirs = shards.map_or_else(String::new, |shards| {
            format!(" AND shard IN ({})", placeholders(2, shards.len()))
        });
        let mut query = sqlx::query(AssertSqlSafe(feed(&theirs, limit)))
            .persistent(shards.is_none())
            .bind(version);
        for shard in shards.into_iter().flatten() {
            query = query.bind(i64::from(shard.number()));
        }
        let rows = query.fetch_all(&self.readers).await.map_err(failed)?;
        rows.iter().map(change).collect()
    }

    pub(crate) async fn counts(&self) -> Result<Vec<(Shard, u64)>> {
        sqlx::query(COUNTS)
            .fetch_all(&self.readers)
            .await
            .map_err(failed)?
            .iter()
            .map(|row| Ok((row.shard("shard")?, row.number("accounts")?)))
            .collect()
    }
}

fn change(row: &AnyRow) -> Result<AccountChange> {
    match row.number::<u8>("gone")? {
        0 => read(row).map(AccountChange::Upserted),
        _ => Ok(AccountChange::Deleted {
            tenant: row.id("feed_tenant")?,
            account: row.id("feed_id")?,
            version: row.number("feed_version")?,
        }),
    }
}
