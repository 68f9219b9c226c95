//! The accounts' change feed.

use crate::accounts::read;
use crate::value::{Read, failed, signed};
use crate::{Result, SqlRegistry};
use pushmail_registry::AccountChange;
use sqlx::SqliteConnection;

/// Takes the next `count` versions and returns the last of them.
///
/// Runs within the transaction that uses them: the counter's row is locked until it ends, so versions
/// become visible in their order, and a reader of the feed never passes one over.
pub(crate) async fn next_versions(tx: &mut SqliteConnection, count: i64) -> Result<i64> {
    let raise = "UPDATE sequence SET value = value + $1 WHERE name = 'account_version' \
        RETURNING value";
    sqlx::query_scalar(raise)
        .bind(count)
        .fetch_one(tx)
        .await
        .map_err(failed)
}

/// One statement, so that accounts and tombstones are of one moment: between two, an account could
/// move past the version that the reader asks for next.
const CHANGES: &str = "\
    SELECT feed.version AS feed_version, feed.tenant AS feed_tenant, feed.id AS feed_id, \
        feed.gone, \
        account.id, account.tenant, account.address, account.host, account.port, account.security, \
        account.login, account.selection, account.listed, account.folders, account.content, \
        account.events, account.desired, account.version, account.created_at, checkpoint.phase, \
        checkpoint.detail, checkpoint.since, checkpoint.rejections, checkpoint.rejected_at, \
        checkpoint.rejected_version \
    FROM ( \
        SELECT version, tenant, id, 0 AS gone FROM account WHERE version > $1 \
        UNION ALL \
        SELECT version, tenant, account AS id, 1 AS gone FROM account_tombstone WHERE version > $1 \
        ORDER BY version LIMIT $2 \
    ) AS feed \
    LEFT JOIN account ON account.id = feed.id AND feed.gone = 0 \
    LEFT JOIN checkpoint ON checkpoint.account = account.id \
    ORDER BY feed.version";

impl SqlRegistry {
    pub(crate) async fn changes(&self, version: u64, limit: u32) -> Result<Vec<AccountChange>> {
        let rows = sqlx::query(CHANGES)
            .bind(signed("version", version)?)
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await
            .map_err(failed)?;
        let change = |row| match Read::number::<u8>(row, "gone")? {
            0 => read(row).map(AccountChange::Upserted),
            _ => Ok(AccountChange::Deleted {
                tenant: row.id("feed_tenant")?,
                account: row.id("feed_id")?,
                version: row.number("feed_version")?,
            }),
        };
        rows.iter().map(change).collect()
    }
}
