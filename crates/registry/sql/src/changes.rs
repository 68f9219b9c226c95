//! The accounts' change feed.

use crate::accounts::read;
use crate::statement::placeholders;
use crate::value::{Read, failed};
use crate::{Result, SqlRegistry};
use pushmail_domain::Shard;
use pushmail_registry::AccountChange;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe};
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

/// Before the conditions on accounts, between them and those on deletions, and after these.
///
/// One statement, so that accounts and tombstones are of one moment: between two, an account could
/// move past the version that the reader asks for next.
const ACCOUNTS: &str = "\
    SELECT feed.version AS feed_version, feed.tenant AS feed_tenant, feed.id AS feed_id, \
        feed.gone, \
        account.id, account.tenant, account.address, account.host, account.port, account.security, \
        account.login, account.selection, account.listed, account.folders, account.content, \
        account.events, account.desired, account.version, account.created_at, checkpoint.phase, \
        checkpoint.detail, checkpoint.since, checkpoint.rejections, checkpoint.rejected_at, \
        checkpoint.rejected_version \
    FROM ( \
        SELECT version, tenant, id, 0 AS gone FROM account WHERE version > $1";
const TOMBSTONES: &str = " \
        UNION ALL \
        SELECT version, tenant, account AS id, 1 AS gone FROM account_tombstone WHERE version > $1";
const IN_ORDER: &str = " \
        ORDER BY version LIMIT $2 \
    ) AS feed \
    LEFT JOIN account ON account.id = feed.id AND feed.gone = 0 \
    LEFT JOIN checkpoint ON checkpoint.account = account.id \
    ORDER BY feed.version";

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
            format!(" AND shard IN ({})", placeholders(3, shards.len()))
        });
        let text = format!("{ACCOUNTS}{theirs}{TOMBSTONES}{theirs}{IN_ORDER}");
        let mut query = sqlx::query(AssertSqlSafe(text))
            .persistent(shards.is_none())
            .bind(version)
            .bind(i64::from(limit));
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
