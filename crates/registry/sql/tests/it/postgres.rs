//! What only a PostgreSQL server can show.

mod locks;
mod opening;
mod outage;
mod tls;

use sqlx::{Connection as _, PgConnection};

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
async fn count(url: &str, statement: &'static str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let counted = sqlx::query_scalar(statement);
    let counted = counted.fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    counted
}
