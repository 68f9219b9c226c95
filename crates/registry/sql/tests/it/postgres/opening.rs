//! Which databases open, and which are refused.

use super::{count, execute};
use pushmail_registry::contract::sample::*;
use pushmail_registry::{Accounts, Tenants};
use pushmail_registry_sql::{OpenError, OpenErrorKind, ServerOptions, SqlRegistry};
use pushmail_testkit::Postgres;
use sqlx::AssertSqlSafe;
use std::error::Error;
use std::net::TcpListener;
use std::time::Duration;

async fn connect(url: &str) -> Result<SqlRegistry, OpenError> {
    let options = ServerOptions {
        connect_timeout: Duration::from_millis(500),
        ..ServerOptions::default()
    };
    SqlRegistry::connect(url, &options).await
}

/// A database that was opened and closed once, then changed by `statement`.
async fn changed_by(statement: &'static str) -> Option<String> {
    let url = Postgres::shared()?.database();
    connect(&url).await.unwrap().close().await;
    execute(&url, statement).await;
    Some(url)
}

/// The error and its causes, as a log shows them.
fn in_full(error: &OpenError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error} {error:?}");
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn processes_that_start_at_once_make_the_tables_once() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let url = postgres.database();
    let (a, b, c, d) = tokio::join!(connect(&url), connect(&url), connect(&url), connect(&url));
    let [first, .., last] = [a, b, c, d].map(Result::unwrap);
    first.create_tenant(tenant(1), None).await.unwrap();
    let found = last.tenant(tenant_id(1)).await.unwrap();
    assert_eq!(found, Some(tenant(1)));
    let all = "SELECT COUNT(*) FROM _sqlx_migrations";
    let distinct = "SELECT COUNT(DISTINCT version) FROM _sqlx_migrations WHERE success";
    assert_eq!(count(&url, all).await, count(&url, distinct).await);
}

/// Whatever the database's own order is: lists and pages go by it.
#[tokio::test]
async fn text_is_ordered_by_its_bytes() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let url = postgres.database();
    connect(&url).await.unwrap();
    let ours = "SELECT COUNT(*) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid \
        WHERE relnamespace = 'public'::regnamespace AND relname <> '_sqlx_migrations' \
            AND relkind = 'r' AND atttypid = 'text'::regtype";
    assert!(count(&url, ours).await > 0);
    let otherwise = format!("{ours} AND attcollation <> '\"C\"'::regcollation");
    assert_eq!(count(&url, AssertSqlSafe(otherwise)).await, 0);
}

#[tokio::test]
async fn a_registry_opened_again_keeps_everything() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let url = postgres.database();
    let registry = connect(&url).await.unwrap();
    with_tenants(&registry, &[1]).await;
    let made = with_accounts(&registry, 1, &[1]).await;
    registry.close().await;
    assert!(registry.tenant(tenant_id(1)).await.is_err());
    let registry = connect(&url).await.unwrap();
    let listed = registry.list_accounts(tenant_id(1), page(None, 10)).await;
    assert_eq!(listed.unwrap(), made);
}

#[tokio::test]
async fn accounts_without_a_shard_are_given_theirs() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let url = postgres.database();
    let registry = connect(&url).await.unwrap();
    with_tenants(&registry, &[1]).await;
    with_accounts(&registry, 1, &[1, 2]).await;
    let deleted = registry.delete_account(tenant_id(1), account_id(2)).await;
    deleted.unwrap();
    let before = registry.account_changes(0, 10).await.unwrap();
    registry.close().await;
    execute(&url, "UPDATE account SET shard = -1").await;
    execute(&url, "UPDATE account_tombstone SET shard = -1").await;

    let registry = connect(&url).await.unwrap();
    let shards = [1, 2].map(|number| pushmail_domain::Shard::of(account_id(number)));
    let listed = registry.shard_changes(&shards, 0, 10).await.unwrap();
    assert_eq!(listed, before);
}

#[tokio::test]
async fn a_database_of_another_shard_count_is_refused() {
    let statement = "UPDATE setting SET value = '8192' WHERE name = 'shard_count'";
    let Some(url) = changed_by(statement).await else {
        return;
    };
    let error = connect(&url).await.unwrap_err();
    assert_eq!(error.kind, OpenErrorKind::ShardCount("8192".to_owned()));
    let text = error.to_string();
    assert!(text.contains("8192") && text.contains("4096"), "{text}");
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let statement = "INSERT INTO _sqlx_migrations \
        (version, description, success, checksum, execution_time) \
        VALUES (9999, 'from the future', TRUE, '', 0)";
    let Some(url) = changed_by(statement).await else {
        return;
    };
    let error = connect(&url).await.unwrap_err();
    assert_eq!(error.kind, OpenErrorKind::NewerSchema);
}

#[tokio::test]
async fn a_schema_that_pushmail_did_not_make_is_refused() {
    let statement = "UPDATE _sqlx_migrations SET checksum = '' WHERE version = 1";
    let Some(url) = changed_by(statement).await else {
        return;
    };
    let error = connect(&url).await.unwrap_err();
    assert_eq!(error.kind, OpenErrorKind::ForeignSchema);
}

#[tokio::test]
async fn a_missing_database_is_named_without_a_password() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let addr = postgres.addr();
    let url = format!("postgres://postgres:hunter2@{addr}/missing?password=hunter3");
    let error = connect(&url).await.unwrap_err();
    assert_eq!(error.kind, OpenErrorKind::Unreachable);
    let place = format!("postgres://postgres@{addr}/missing");
    assert_eq!(error.place, place);
    let text = in_full(&error);
    assert!(
        text.contains(&place) && text.contains("does not exist"),
        "{text}"
    );
    assert!(!text.contains("hunter"), "{text}");
}

#[tokio::test]
async fn what_is_no_url_of_a_server_is_refused_and_not_repeated() {
    for url in [
        "postgres://user:hunter2@:port/",
        "hunter2",
        "mysql://user:hunter2@localhost/database",
        "sqlite://hunter2",
        "postgres:hunter2",
    ] {
        let error = connect(url).await.unwrap_err();
        assert_eq!(error.kind, OpenErrorKind::Unreachable, "{url}");
        let text = in_full(&error);
        assert!(!text.contains("hunter2"), "{text}");
    }
}

/// Neither who refuses connections nor who takes them and says nothing.
#[tokio::test]
async fn a_server_that_is_none_is_not_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = silent.local_addr().unwrap();
    let url = format!("postgres://postgres@{addr}/database");
    let error = connect(&url).await.unwrap_err();
    assert_eq!(error.kind, OpenErrorKind::Unreachable);
    drop(silent);
    let error = connect(&url).await.unwrap_err();
    assert_eq!(error.kind, OpenErrorKind::Unreachable);
}
