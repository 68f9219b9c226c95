//! What only a PostgreSQL server can show.

mod locks;
mod opening;
mod outage;
mod tls;

use sqlx::{Connection as _, PgConnection, SqlSafeStr};
use std::time::Duration;

/// What has to happen some time does so within a minute, or never.
async fn within_a_minute<T>(happens: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(60);
    tokio::time::timeout(limit, happens).await.unwrap()
}

/// Runs a statement past the registry.
async fn execute(url: &str, statement: &'static str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query(statement)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

/// What a statement that counts something answers.
async fn count(url: &str, statement: impl SqlSafeStr) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let counted = sqlx::query_scalar(statement);
    let counted = counted.fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    counted
}
