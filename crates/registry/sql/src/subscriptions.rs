//! Subscriptions: named positions, guarded by the epoch of whoever took them last.

use crate::value::{Read, failed, found, json, signed};
use crate::{Result, SqlRegistry};
use async_trait::async_trait;
use pushmail_domain::{Position, StreamId, TenantId, Timestamp};
use pushmail_registry::{
    Mark, Moved, RegistryError, RegistryErrorKind, Subscription, Subscriptions, TakenSubscription,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, SqliteExecutor};

/// Before the condition, and after it: one row for each of a subscription's streams.
const SELECT: &str = "\
    SELECT subscription.tenant, subscription.name, subscription.epoch, subscription.created_at, \
        mark.stream, mark.generation, mark.sequence, mark.current_at, mark.acked \
    FROM subscription JOIN subscription_mark AS mark \
        ON mark.tenant = subscription.tenant AND mark.name = subscription.name \
    WHERE subscription.tenant = $1";
const ORDER: &str = " ORDER BY subscription.name, mark.stream";

const INTO_MARKS: &str = "INSERT INTO subscription_mark \
    (tenant, name, stream, generation, sequence, current_at, acked) ";
const INSTEAD: &str = " ON CONFLICT (tenant, name, stream) DO UPDATE SET \
    generation = excluded.generation, sequence = excluded.sequence, \
    current_at = excluded.current_at, acked = excluded.acked";

#[async_trait]
impl Subscriptions for SqlRegistry {
    async fn take_subscription(
        &self,
        tenant: TenantId,
        name: &str,
        start: &[Mark],
        now: Timestamp,
        limit: u32,
    ) -> Result<TakenSubscription> {
        let mut tx = self.write().await?;
        let taken = if raise_epoch(&mut tx, tenant, name).await? {
            TakenSubscription::Resumed(existing(&mut *tx, tenant, name).await?)
        } else if count(&mut tx, tenant).await? >= i64::from(limit) {
            return Ok(TakenSubscription::TooMany);
        } else {
            insert(&mut tx, tenant, name, now).await?;
            store(&mut tx, tenant, name, start).await?;
            TakenSubscription::Made(existing(&mut *tx, tenant, name).await?)
        };
        tx.commit().await.map_err(failed)?;
        Ok(taken)
    }

    async fn move_subscription(
        &self,
        tenant: TenantId,
        name: &str,
        epoch: u64,
        marks: &[Mark],
    ) -> Result<Moved> {
        let mut tx = self.write().await?;
        let newest: Option<i64> =
            sqlx::query_scalar("SELECT epoch FROM subscription WHERE tenant = $1 AND name = $2")
                .bind(tenant.to_string())
                .bind(name)
                .fetch_optional(&mut *tx)
                .await
                .map_err(failed)?;
        let newest = newest.ok_or_else(|| RegistryError::new(RegistryErrorKind::NotFound))?;
        if newest != signed("epoch", epoch)? {
            return Ok(Moved::StaleEpoch);
        }
        store(&mut tx, tenant, name, marks).await?;
        tx.commit().await.map_err(failed)?;
        Ok(Moved::Stored)
    }

    async fn subscription(&self, tenant: TenantId, name: &str) -> Result<Option<Subscription>> {
        find(&self.readers, tenant, name).await
    }

    async fn list_subscriptions(&self, tenant: TenantId) -> Result<Vec<Subscription>> {
        let rows = QueryBuilder::<Sqlite>::new(SELECT)
            .push(ORDER)
            .build()
            .bind(tenant.to_string())
            .fetch_all(&self.readers)
            .await
            .map_err(failed)?;
        read(&rows)
    }

    async fn delete_subscription(&self, tenant: TenantId, name: &str) -> Result<()> {
        let deleted = sqlx::query("DELETE FROM subscription WHERE tenant = $1 AND name = $2")
            .bind(tenant.to_string())
            .bind(name)
            .execute(&self.writer)
            .await
            .map_err(failed)?;
        found(deleted.rows_affected())
    }
}

/// Whether there is such a subscription; if so, its epoch is raised.
async fn raise_epoch(tx: &mut SqliteConnection, tenant: TenantId, name: &str) -> Result<bool> {
    let raise = "UPDATE subscription SET epoch = epoch + 1 WHERE tenant = $1 AND name = $2";
    let raised = sqlx::query(raise)
        .bind(tenant.to_string())
        .bind(name)
        .execute(tx)
        .await
        .map_err(failed)?;
    Ok(raised.rows_affected() > 0)
}

async fn count(tx: &mut SqliteConnection, tenant: TenantId) -> Result<i64> {
    sqlx::query_scalar("SELECT COUNT(*) FROM subscription WHERE tenant = $1")
        .bind(tenant.to_string())
        .fetch_one(tx)
        .await
        .map_err(failed)
}

async fn insert(
    tx: &mut SqliteConnection,
    tenant: TenantId,
    name: &str,
    now: Timestamp,
) -> Result<()> {
    let insert =
        "INSERT INTO subscription (tenant, name, epoch, created_at) VALUES ($1, $2, 1, $3)";
    sqlx::query(insert)
        .bind(tenant.to_string())
        .bind(name)
        .bind(now.micros())
        .execute(tx)
        .await
        .map_err(failed)?;
    Ok(())
}

async fn store(
    tx: &mut SqliteConnection,
    tenant: TenantId,
    name: &str,
    marks: &[Mark],
) -> Result<()> {
    if marks.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::with_capacity(marks.len());
    for mark in marks {
        let sequence = signed("sequence", mark.position.sequence)?;
        rows.push((mark, sequence, json("acked", &mark.acked)?));
    }
    let mut query = QueryBuilder::<Sqlite>::new(INTO_MARKS);
    query.push_values(rows, |mut row, (mark, sequence, acked)| {
        row.push_bind(tenant.to_string())
            .push_bind(name.to_owned())
            .push_bind(i64::from(mark.position.stream.number()))
            .push_bind(i64::from(mark.position.generation))
            .push_bind(sequence)
            .push_bind(mark.current_at.micros())
            .push_bind(acked);
    });
    query
        .push(INSTEAD)
        .build()
        .execute(tx)
        .await
        .map_err(failed)?;
    Ok(())
}

async fn find(
    database: impl SqliteExecutor<'_>,
    tenant: TenantId,
    name: &str,
) -> Result<Option<Subscription>> {
    let rows = QueryBuilder::<Sqlite>::new(SELECT)
        .push(" AND subscription.name = $2")
        .push(ORDER)
        .build()
        .bind(tenant.to_string())
        .bind(name.to_owned())
        .fetch_all(database)
        .await
        .map_err(failed)?;
    read(&rows).map(|mut found| found.pop())
}

async fn existing(
    database: impl SqliteExecutor<'_>,
    tenant: TenantId,
    name: &str,
) -> Result<Subscription> {
    find(database, tenant, name)
        .await?
        .ok_or_else(|| RegistryError::new(RegistryErrorKind::NotFound))
}

/// Subscriptions from rows in the order of names and, within each, of streams.
fn read(rows: &[SqliteRow]) -> Result<Vec<Subscription>> {
    let mut subscriptions: Vec<Subscription> = Vec::new();
    for row in rows {
        let name: String = row.plain("name")?;
        let mark = read_mark(row)?;
        match subscriptions.last_mut() {
            Some(last) if last.name == name => last.marks.push(mark),
            _ => subscriptions.push(Subscription {
                tenant: row.id("tenant")?,
                name,
                created_at: row.moment("created_at")?,
                epoch: row.number("epoch")?,
                marks: vec![mark],
            }),
        }
    }
    Ok(subscriptions)
}

fn read_mark(row: &SqliteRow) -> Result<Mark> {
    Ok(Mark {
        position: Position {
            stream: StreamId::new(row.number("stream")?),
            generation: row.number("generation")?,
            sequence: row.number("sequence")?,
        },
        current_at: row.moment("current_at")?,
        acked: row.json("acked")?,
    })
}
