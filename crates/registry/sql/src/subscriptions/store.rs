//! Taking and moving subscriptions.

use super::existing;
use crate::statement::values;
use crate::value::{failed, json, signed};
use crate::{Result, SqlRegistry};
use pushmail_domain::{TenantId, Timestamp};
use pushmail_registry::{Mark, Moved, RegistryError, RegistryErrorKind, TakenSubscription};
use sqlx::{AnyConnection, AssertSqlSafe};

const INTO_MARKS: &str = "INSERT INTO subscription_mark \
    (tenant, name, stream, generation, sequence, current_at, acked) ";
const INSTEAD: &str = " ON CONFLICT (tenant, name, stream) DO UPDATE SET \
    generation = excluded.generation, sequence = excluded.sequence, \
    current_at = excluded.current_at, acked = excluded.acked";

impl SqlRegistry {
    pub(super) async fn take(
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

    pub(super) async fn move_to(
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
