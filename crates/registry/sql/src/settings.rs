//! Settings.

use crate::value::{Read, failed};
use crate::{Result, SqlRegistry};
use async_trait::async_trait;
use pushmail_registry::Settings;

const READ: &str = "SELECT value FROM setting WHERE name = $1";

#[async_trait]
impl Settings for SqlRegistry {
    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.run(|| async {
            sqlx::query(READ)
                .bind(name)
                .fetch_optional(&self.readers)
                .await
                .map_err(failed)?
                .map(|row| row.plain("value"))
                .transpose()
        })
        .await
    }

    async fn setting_or_insert(&self, name: &str, value: &[u8]) -> Result<Vec<u8>> {
        self.run(|| async {
            let mut tx = self.write().await?;
            let insert =
                "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
            sqlx::query(insert)
                .bind(name)
                .bind(value)
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
            let stands = sqlx::query(READ)
                .bind(name)
                .fetch_one(&mut *tx)
                .await
                .map_err(failed)?
                .plain("value")?;
            tx.commit().await.map_err(failed)?;
            Ok(stands)
        })
        .await
    }

    async fn set_setting(&self, name: &str, value: &[u8]) -> Result<()> {
        let upsert = "INSERT INTO setting (name, value) VALUES ($1, $2) \
            ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.run(|| async {
            sqlx::query(upsert)
                .bind(name)
                .bind(value)
                .execute(&self.writers)
                .await
                .map_err(failed)?;
            Ok(())
        })
        .await
    }
}
