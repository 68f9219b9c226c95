//! The schema: migrations that both engines share.

use crate::engine::Engine;
use pushmail_domain::{AccountId, Shard};
use sqlx::migrate::{MigrateError, Migration, Migrator};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Row as _, SqlSafeStr as _};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// How many rows [`fill_shards`] changes in one transaction.
const ROWS: i64 = 1000;

/// Brings the database up to date. Of several processes that do so at once, one does it; the others
/// wait for it.
pub(crate) async fn migrate(
    engine: Engine,
    connection: &mut AnyConnection,
) -> Result<(), MigrateError> {
    let migrations = MIGRATIONS.iter().map(|migration| match engine {
        Engine::Sqlite => migration.clone(),
        Engine::Postgres => Migration {
            sql: AssertSqlSafe(in_postgres(migration.sql.as_str())).into_sql_str(),
            ..migration.clone()
        },
    });
    let migrator = Migrator::with_migrations(migrations.collect());
    migrator.run(&mut *connection).await?;
    fill_shards(connection).await?;
    Ok(())
}

/// A migration in PostgreSQL's words. Text is ordered by its bytes, as SQLite does, whatever the
/// database's own order is, which may change with the system's libraries.
fn in_postgres(migration: &str) -> String {
    migration
        .replace(" BLOB", " BYTEA")
        .replace(" TEXT", " TEXT COLLATE \"C\"")
}

/// Gives their shards to accounts and deletions that an older version made.
async fn fill_shards(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    for (select, update) in [
        (
            "SELECT version, id FROM account WHERE shard = -1 ORDER BY version LIMIT $1",
            "UPDATE account SET shard = $2 WHERE version = $1",
        ),
        (
            "SELECT version, account AS id FROM account_tombstone WHERE shard = -1 \
                ORDER BY version LIMIT $1",
            "UPDATE account_tombstone SET shard = $2 WHERE version = $1",
        ),
    ] {
        while fill_some(connection, select, update).await? {}
    }
    Ok(())
}

/// Whether there was something to fill.
async fn fill_some(
    connection: &mut AnyConnection,
    select: &'static str,
    update: &'static str,
) -> Result<bool, sqlx::Error> {
    let mut tx = connection.begin().await?;
    let rows = sqlx::query(select).bind(ROWS).fetch_all(&mut *tx).await?;
    for row in &rows {
        let account: AccountId = row
            .try_get::<String, _>("id")?
            .parse()
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        sqlx::query(update)
            .bind(row.try_get::<i64, _>("version")?)
            .bind(i64::from(Shard::of(account).number()))
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    Ok(!rows.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_that_only_sqlite_knows_is_left() {
        for migration in MIGRATIONS.iter() {
            let text = in_postgres(migration.sql.as_str());
            let columns = text.matches(" TEXT").count();
            assert_eq!(text.matches(" TEXT COLLATE \"C\"").count(), columns);
            assert!(!text.contains("BLOB"), "{}", migration.version);
        }
    }
}
