//! Devices and the hashes of their tokens.

use crate::value::{Read, failed, found, limit_of_page, start_of_page};
use crate::{Result, SqlRegistry};
use async_trait::async_trait;
use pushmail_domain::{DeviceId, TenantId};
use pushmail_registry::{Device, Devices, Page, RegistryError, RegistryErrorKind};
use sqlx::AnyConnection;
use sqlx::any::{AnyExecutor, AnyRow};

/// One row for each of the device's accounts, and one for a device without any.
const ONE: &str = "\
    SELECT device.id, device.tenant, device.name, device.created_at, device_account.account \
    FROM device LEFT JOIN device_account \
        ON device_account.tenant = device.tenant AND device_account.device = device.id \
    WHERE device.tenant = $1 AND device.id = $2 \
    ORDER BY device_account.place";

const LIST: &str = "\
    SELECT device.id, device.tenant, device.name, device.created_at, device_account.account \
    FROM ( \
        SELECT id, tenant, name, created_at FROM device \
        WHERE tenant = $1 AND (created_at, id) > ($2, $3) ORDER BY created_at, id LIMIT $4 \
    ) AS device LEFT JOIN device_account \
        ON device_account.tenant = device.tenant AND device_account.device = device.id \
    ORDER BY device.created_at, device.id, device_account.place";

#[async_trait]
impl Devices for SqlRegistry {
    async fn create_device(&self, device: Device, request_id: Option<&str>) -> Result<Device> {
        self.run(|| self.insert_device(&device, request_id)).await
    }

    async fn device(&self, tenant: TenantId, device: DeviceId) -> Result<Option<Device>> {
        self.run(|| find(&self.readers, tenant, device)).await
    }

    async fn list_devices(&self, tenant: TenantId, page: Page<DeviceId>) -> Result<Vec<Device>> {
        self.run(|| self.page_of_devices(tenant, &page)).await
    }

    async fn delete_device(&self, tenant: TenantId, device: DeviceId) -> Result<()> {
        self.run(|| async {
            let deleted = sqlx::query("DELETE FROM device WHERE tenant = $1 AND id = $2")
                .bind(tenant.to_string())
                .bind(device.to_string())
                .execute(&self.writers)
                .await
                .map_err(failed)?;
            found(deleted.rows_affected())
        })
        .await
    }

    async fn set_token(&self, tenant: TenantId, device: DeviceId, hash: [u8; 32]) -> Result<()> {
        self.run(|| async {
            let update = "UPDATE device SET token = $3 WHERE tenant = $1 AND id = $2";
            let updated = sqlx::query(update)
                .bind(tenant.to_string())
                .bind(device.to_string())
                .bind(hash.as_slice())
                .execute(&self.writers)
                .await
                .map_err(failed)?;
            found(updated.rows_affected())
        })
        .await
    }

    async fn token(&self, tenant: TenantId, device: DeviceId) -> Result<Option<[u8; 32]>> {
        self.run(|| async {
            let row = sqlx::query("SELECT token FROM device WHERE tenant = $1 AND id = $2")
                .bind(tenant.to_string())
                .bind(device.to_string())
                .fetch_optional(&self.readers)
                .await
                .map_err(failed)?;
            row.map_or(Ok(None), |row| row.hash("token"))
        })
        .await
    }
}

impl SqlRegistry {
    async fn insert_device(&self, device: &Device, request_id: Option<&str>) -> Result<Device> {
        let mut tx = self.write().await?;
        let seen = "SELECT id FROM device WHERE tenant = $1 AND request_id = $2";
        if let Some(row) = sqlx::query(seen)
            .bind(device.tenant.to_string())
            .bind(request_id)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed)?
        {
            return existing(&mut *tx, device.tenant, row.id("id")?).await;
        }
        insert(&mut tx, device, request_id).await?;
        let made = existing(&mut *tx, device.tenant, device.id).await?;
        tx.commit().await.map_err(failed)?;
        Ok(made)
    }

    async fn page_of_devices(
        &self,
        tenant: TenantId,
        page: &Page<DeviceId>,
    ) -> Result<Vec<Device>> {
        let seen =
            sqlx::query_scalar("SELECT created_at FROM device WHERE tenant = $1 AND id = $2")
                .bind(tenant.to_string())
                .bind(page.after.map(|id| id.to_string()))
                .fetch_optional(&self.readers)
                .await
                .map_err(failed)?;
        let (created_at, id) = start_of_page(page, seen)?;
        let rows = sqlx::query(LIST)
            .bind(tenant.to_string())
            .bind(created_at)
            .bind(id)
            .bind(limit_of_page(page))
            .fetch_all(&self.readers)
            .await
            .map_err(failed)?;
        read(&rows)
    }
}

async fn insert(tx: &mut AnyConnection, device: &Device, request_id: Option<&str>) -> Result<()> {
    let insert = "INSERT INTO device (id, tenant, name, created_at, request_id) \
        VALUES ($1, $2, $3, $4, $5)";
    sqlx::query(insert)
        .bind(device.id.to_string())
        .bind(device.tenant.to_string())
        .bind(&device.name)
        .bind(device.created_at.micros())
        .bind(request_id)
        .execute(&mut *tx)
        .await
        .map_err(failed)?;
    for (place, account) in (0_i64..).zip(&device.accounts) {
        let insert = "INSERT INTO device_account (tenant, device, place, account) \
            VALUES ($1, $2, $3, $4) ON CONFLICT (tenant, device, account) DO NOTHING";
        sqlx::query(insert)
            .bind(device.tenant.to_string())
            .bind(device.id.to_string())
            .bind(place)
            .bind(account.to_string())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

async fn find(
    database: impl AnyExecutor<'_>,
    tenant: TenantId,
    device: DeviceId,
) -> Result<Option<Device>> {
    let rows = sqlx::query(ONE)
        .bind(tenant.to_string())
        .bind(device.to_string())
        .fetch_all(database)
        .await
        .map_err(failed)?;
    read(&rows).map(|mut devices| devices.pop())
}

async fn existing(
    database: impl AnyExecutor<'_>,
    tenant: TenantId,
    device: DeviceId,
) -> Result<Device> {
    find(database, tenant, device)
        .await?
        .ok_or_else(|| RegistryError::new(RegistryErrorKind::NotFound))
}

/// Devices from rows in the order of devices and, within each, of its accounts.
fn read(rows: &[AnyRow]) -> Result<Vec<Device>> {
    let mut devices: Vec<Device> = Vec::new();
    for row in rows {
        let id = row.id("id")?;
        if devices.last().is_none_or(|device| device.id != id) {
            devices.push(Device {
                id,
                tenant: row.id("tenant")?,
                name: row.plain("name")?,
                accounts: Vec::new(),
                created_at: row.moment("created_at")?,
            });
        }
        let account: Option<String> = row.plain("account")?;
        if let (Some(_), Some(device)) = (account, devices.last_mut()) {
            device.accounts.push(row.id("account")?);
        }
    }
    Ok(devices)
}
