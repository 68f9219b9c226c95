//! The event log's generations.

use crate::value::{Read, failed, unreadable};
use crate::{Result, SqlRegistry};
use async_trait::async_trait;
use pushmail_domain::StreamId;
use pushmail_registry::{Generations, StreamGenerations};

/// A row of a generation as high or higher stays.
const RAISE: &str = "INSERT INTO log_generation (stream, generation) VALUES ($1, $2) \
    ON CONFLICT (stream) DO UPDATE SET generation = excluded.generation \
    WHERE excluded.generation > log_generation.generation";

#[async_trait]
impl Generations for SqlRegistry {
    async fn generations(&self) -> Result<StreamGenerations> {
        let select = "SELECT stream, generation FROM log_generation";
        let rows = self
            .run(|| async {
                let rows = sqlx::query(select).fetch_all(&self.readers);
                rows.await.map_err(failed)
            })
            .await?;
        let mut generations = [1; _];
        for row in rows {
            let stream = StreamId::new(row.number("stream")?);
            generations[usize::from(stream.number())] = row.number("generation")?;
        }
        Ok(generations)
    }

    async fn raise_generation(&self, stream: StreamId, seen: u32) -> Result<u32> {
        let next = seen.checked_add(1);
        let next = next.ok_or_else(|| unreadable("generation"))?;
        self.run(|| self.raise(stream, next)).await
    }
}

impl SqlRegistry {
    async fn raise(&self, stream: StreamId, next: u32) -> Result<u32> {
        let mut tx = self.write().await?;
        sqlx::query(RAISE)
            .bind(i64::from(stream.number()))
            .bind(i64::from(next))
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        let stands = sqlx::query("SELECT generation FROM log_generation WHERE stream = $1")
            .bind(i64::from(stream.number()))
            .fetch_one(&mut *tx)
            .await
            .map_err(failed)?
            .number("generation")?;
        tx.commit().await.map_err(failed)?;
        Ok(stands)
    }
}
