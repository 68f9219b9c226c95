//! Tenants.

use crate::changes::next_versions;
use crate::value::{Read, failed, found, limit_of_page, start_of_page};
use crate::{Result, SqlRegistry};
use async_trait::async_trait;
use pushmail_domain::TenantId;
use pushmail_registry::{Page, Tenant, Tenants, WrappedKeys};
use sqlx::any::AnyRow;

#[async_trait]
impl Tenants for SqlRegistry {
    async fn create_tenant(&self, tenant: Tenant, request_id: Option<&str>) -> Result<Tenant> {
        self.run(|| self.insert_tenant(&tenant, request_id)).await
    }

    async fn tenant(&self, tenant: TenantId) -> Result<Option<Tenant>> {
        self.run(|| async {
            sqlx::query("SELECT id, name, keys, created_at FROM tenant WHERE id = $1")
                .bind(tenant.to_string())
                .fetch_optional(&self.readers)
                .await
                .map_err(failed)?
                .map(|row| read(&row))
                .transpose()
        })
        .await
    }

    async fn list_tenants(&self, page: Page<TenantId>) -> Result<Vec<Tenant>> {
        self.run(|| self.page_of_tenants(&page)).await
    }

    async fn delete_tenant(&self, tenant: TenantId) -> Result<()> {
        self.run(|| self.remove_tenant(tenant)).await
    }
}

#[async_trait]
impl WrappedKeys for SqlRegistry {
    async fn replace_keys(&self, tenant: TenantId, before: &[u8], after: &[u8]) -> Result<bool> {
        self.run(|| self.swap_keys(tenant, before, after)).await
    }
}

impl SqlRegistry {
    async fn swap_keys(&self, tenant: TenantId, before: &[u8], after: &[u8]) -> Result<bool> {
        let swapped = sqlx::query("UPDATE tenant SET keys = $3 WHERE id = $1 AND keys = $2")
            .bind(tenant.to_string())
            .bind(before)
            .bind(after)
            .execute(&self.writers)
            .await
            .map_err(failed)?;
        Ok(swapped.rows_affected() > 0)
    }

    async fn insert_tenant(&self, tenant: &Tenant, request_id: Option<&str>) -> Result<Tenant> {
        let mut tx = self.write().await?;
        let seen = "SELECT id, name, keys, created_at FROM tenant WHERE request_id = $1";
        if let Some(row) = sqlx::query(seen)
            .bind(request_id)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed)?
        {
            return read(&row);
        }
        let insert = "INSERT INTO tenant (id, name, keys, created_at, request_id) \
            VALUES ($1, $2, $3, $4, $5)";
        sqlx::query(insert)
            .bind(tenant.id.to_string())
            .bind(&tenant.name)
            .bind(&tenant.keys)
            .bind(tenant.created_at.micros())
            .bind(request_id)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(tenant.clone())
    }

    async fn page_of_tenants(&self, page: &Page<TenantId>) -> Result<Vec<Tenant>> {
        let seen = sqlx::query_scalar("SELECT created_at FROM tenant WHERE id = $1")
            .bind(page.after.map(|id| id.to_string()))
            .fetch_optional(&self.readers)
            .await
            .map_err(failed)?;
        let (created_at, id) = start_of_page(page, seen)?;
        let list = "SELECT id, name, keys, created_at FROM tenant \
            WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3";
        sqlx::query(list)
            .bind(created_at)
            .bind(id)
            .bind(limit_of_page(page))
            .fetch_all(&self.readers)
            .await
            .map_err(failed)?
            .iter()
            .map(read)
            .collect()
    }

    async fn remove_tenant(&self, tenant: TenantId) -> Result<()> {
        let mut tx = self.write().await?;
        let id = tenant.to_string();
        // With the counter's row locked, nobody makes an account after they were counted.
        next_versions(&mut tx, 0).await?;
        let accounts: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM account WHERE tenant = $1")
            .bind(&id)
            .fetch_one(&mut *tx)
            .await
            .map_err(failed)?;
        let before = next_versions(&mut tx, accounts).await? - accounts;
        let bury = "INSERT INTO account_tombstone (version, tenant, account, shard) \
            SELECT $2 + ROW_NUMBER() OVER (ORDER BY version), tenant, id, shard \
            FROM account WHERE tenant = $1";
        sqlx::query(bury)
            .bind(&id)
            .bind(before)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        let deleted = sqlx::query("DELETE FROM tenant WHERE id = $1")
            .bind(&id)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        found(deleted.rows_affected())?;
        tx.commit().await.map_err(failed)
    }
}

fn read(row: &AnyRow) -> Result<Tenant> {
    Ok(Tenant {
        id: row.id("id")?,
        name: row.plain("name")?,
        keys: row.plain("keys")?,
        created_at: row.moment("created_at")?,
    })
}
