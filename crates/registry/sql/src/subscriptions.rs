//! Subscriptions: named positions, guarded by the epoch of whoever took them last.

mod store;

use crate::value::{Read, failed, found, signed};
use crate::{Result, SqlRegistry};
use async_trait::async_trait;
use pushmail_domain::{Position, StreamId, TenantId, Timestamp};
use pushmail_registry::{
    Mark, Moved, RegistryError, RegistryErrorKind, Subscription, Subscriptions, TakenSubscription,
};
use sqlx::any::{AnyExecutor, AnyRow};
use sqlx::{Any, QueryBuilder};

/// Before the condition, and after it: one row for each of a subscription's streams.
const SELECT: &str = "\
    SELECT subscription.tenant, subscription.name, subscription.epoch, subscription.created_at, \
        mark.stream, mark.generation, mark.sequence, mark.current_at, mark.acked \
    FROM subscription JOIN subscription_mark AS mark \
        ON mark.tenant = subscription.tenant AND mark.name = subscription.name \
    WHERE subscription.tenant = $1";
const ORDER: &str = " ORDER BY subscription.name, mark.stream";

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

/// The subscription, which has to exist.
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
