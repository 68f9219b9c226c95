//! Subscriptions: named positions, guarded by the epoch of whoever took them last.

use crate::statement::values;
use crate::value::{Read, failed, found, json, signed};
use crate::{Result, SqlRegistry};
use async_trait::async_trait;
use pushmail_domain::{Position, StreamId, TenantId, Timestamp};
use pushmail_registry::{
    Mark, Moved, RegistryError, RegistryErrorKind, Subscription, Subscriptions, TakenSubscription,
};
use sqlx::any::{AnyExecutor, AnyRow};
use sqlx::{Any, AnyConnection, AssertSqlSafe, QueryBuilder};

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
        self.run(|| self.take(tenant, name, start, now, limit))
            .await
    }

    async fn move_subscription(
        &self,
        tenant: TenantId,
        name: &str,
        epoch: u64,
        marks: &[Mark],
    ) -> Result<Moved> {
        let epoch = signed("epoch", epoch)?;
        self.run(|| self.move_to(tenant, name, epoch, marks)).await
    }

    async fn subscription(&self, tenant: TenantId, name: &str) -> Result<Option<Subscription>> {
        self.run(|| find(&self.readers, tenant, name)).await
    }

    async fn list_subscriptions(&self, tenant: TenantId) -> Result<Vec<Subscription>> {
        self.run(|| async {
            let rows = QueryBuilder::<Any>::new(SELECT)
                .push(ORDER)
                .build()
                .bind(tenant.to_string())
                .fetch_all(&self.readers)
                .await
                .map_err(failed)?;
            read(&rows)
        })
        .await
    }

    async fn delete_subscription(&self, tenant: TenantId, name: &str) -> Result<()> {
        self.run(|| async {
            let deleted = sqlx::query("DELETE FROM subscription WHERE tenant = $1 AND name = $2")
                .bind(tenant.to_string())
                .bind(name)
                .execute(&self.writers)
                .await
                .map_err(failed)?;
            found(deleted.rows_affected())
        })
        .await
    }
}

impl SqlRegistry {
    async fn take(
        &self,
        tenant: TenantId,
        name: &str,
        start: &[Mark],
        now: Timestamp,
        limit: u32,
    ) -> Result<TakenSubscription> {
        let mut tx = self.write().await?;
        lock(&mut tx, tenant).await?;
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

    async fn move_to(
        &self,
        tenant: TenantId,
        name: &str,
        epoch: i64,
        marks: &[Mark],
    ) -> Result<Moved> {
        let mut tx = self.write().await?;
        // Changes nothing but locks the row: whoever takes it now takes it after this.
        let lock = "UPDATE subscription SET epoch = epoch WHERE tenant = $1 AND name = $2 \
            RETURNING epoch";
        let newest: Option<i64> = sqlx::query_scalar(lock)
            .bind(tenant.to_string())
            .bind(name)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed)?;
        let newest = newest.ok_or_else(|| RegistryError::new(RegistryErrorKind::NotFound))?;
        if newest != epoch {
            return Ok(Moved::StaleEpoch);
        }
        store(&mut tx, tenant, name, marks).await?;
        tx.commit().await.map_err(failed)?;
        Ok(Moved::Stored)
    }
}

/// Locks the tenant's row without changing it, so that its subscriptions are made one at a time, and
/// none after they were counted.
async fn lock(tx: &mut AnyConnection, tenant: TenantId) -> Result<()> {
    let locked = sqlx::query("UPDATE tenant SET name = name WHERE id = $1")
        .bind(tenant.to_string())
        .execute(tx)
        .await
        .map_err(failed)?;
    match locked.rows_affected() {
        0 => Err(RegistryError::new(RegistryErrorKind::InvalidReference)),
        _ => Ok(()),
    }
}

/// Whether there is such a subscription; if so, its epoch is raised.
async fn raise_epoch(tx: &mut AnyConnection, tenant: TenantId, name: &str) -> Result<bool> {
    let raise = "UPDATE subscription SET epoch = epoch + 1 WHERE tenant = $1 AND name = $2";
    let raised = sqlx::query(raise)
        .bind(tenant.to_string())
        .bind(name)
        .execute(tx)
        .await
        .map_err(failed)?;
    Ok(raised.rows_affected() > 0)
}

async fn count(tx: &mut AnyConnection, tenant: TenantId) -> Result<i64> {
    sqlx::query_scalar("SELECT COUNT(*) FROM subscription WHERE tenant = $1")
        .bind(tenant.to_string())
        .fetch_one(tx)
        .await
        .map_err(failed)
}

async fn insert(
    tx: &mut AnyConnection,
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

async fn store(tx: &mut AnyConnection, tenant: TenantId, name: &str, marks: &[Mark]) -> Result<()> {
    if marks.is_empty() {
        return Ok(());
    }
    let text = format!("{INTO_MARKS}{}{INSTEAD}", values(marks.len(), 7));
    let mut query = sqlx::query(AssertSqlSafe(text));
    for mark in marks {
        query = query
            .bind(tenant.to_string())
            .bind(name)
            .bind(i64::from(mark.position.stream.number()))
            .bind(i64::from(mark.position.generation))
            .bind(signed("sequence", mark.position.sequence)?)
            .bind(mark.current_at.micros())
            .bind(json("acked", &mark.acked)?);
    }
    query.execute(tx).await.map_err(failed)?;
    Ok(())
}

async fn find(
    database: impl AnyExecutor<'_>,
    tenant: TenantId,
    name: &str,
) -> Result<Option<Subscription>> {
    let rows = QueryBuilder::<Any>::new(SELECT)
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
    database: impl AnyExecutor<'_>,
    tenant: TenantId,
    name: &str,
) -> Result<Subscription> {
    find(database, tenant, name)
        .await?
        .ok_or_else(|| RegistryError::new(RegistryErrorKind::NotFound))
}

/// Subscriptions from rows in the order of names and, within each, of streams.
fn read(rows: &[AnyRow]) -> Result<Vec<Subscription>> {
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

fn read_mark(row: &AnyRow) -> Result<Mark> {
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
