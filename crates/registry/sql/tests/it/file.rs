//! What the file keeps, and which files are refused.

use pushmail_domain::Shard;
use pushmail_registry::contract::sample::*;
use pushmail_registry::{Accounts, Checkpoints, Devices, Settings, Tenants};
use pushmail_registry_sql::{OpenErrorKind, SqlRegistry};
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use std::path::PathBuf;
use tempfile::TempDir;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry.db");
    (folder, path)
}

/// A registry file that was opened and closed once, then changed by `statement`.
async fn changed_by(path: &std::path::Path, statement: &'static str) {
    SqlRegistry::open(path).await.unwrap().close().await;
    let url = format!("sqlite:{}", path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query(statement)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_reopened_registry_keeps_everything() {
    let (_folder, path) = place();
    let registry = SqlRegistry::open(&path).await.unwrap();
    with_tenants(&registry, &[1]).await;
    with_accounts(&registry, 1, &[1, 2]).await;
    registry
        .create_device(device(tenant_id(1), 1, &[1, 2]), None)
        .await
        .unwrap();
    registry
        .delete_account(tenant_id(1), account_id(2))
        .await
        .unwrap();
    let flushed = flush(3, 5, 9, vec![checkpoint(1, 4)]);
    registry
        .flush(std::slice::from_ref(&flushed))
        .await
        .unwrap();
    registry.set_setting("colour", b"red").await.unwrap();
    let before = registry.account_changes(0, 10).await.unwrap();
    assert_eq!(before.len(), 2);
    registry.close().await;

    let registry = SqlRegistry::open(&path).await.unwrap();
    assert_eq!(
        registry.tenant(tenant_id(1)).await.unwrap(),
        Some(tenant(1))
    );
    assert_eq!(registry.account_changes(0, 10).await.unwrap(), before);
    let kept = registry.device(tenant_id(1), device_id(1)).await.unwrap();
    assert_eq!(kept, Some(device(tenant_id(1), 1, &[1])));
    let shard = registry.load_shard(flushed.shard).await.unwrap();
    assert_eq!(shard.position, Some(flushed.position));
    assert_eq!(shard.accounts, flushed.accounts);
    let colour = registry.setting("colour").await.unwrap();
    assert_eq!(colour.as_deref(), Some(b"red".as_slice()));
}

/// The file as the version before shards left it: made by the first three migrations.
async fn made_by_an_older_version(path: &std::path::Path) {
    let url = format!("sqlite:{}?mode=rwc", path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let migrations = sqlx::migrate!("./migrations");
    migrations.run_to(3, &mut connection).await.unwrap();
    connection.execute(OLDER_ROWS).await.unwrap();
    connection.close().await.unwrap();
}

/// Two accounts, and a third one that was deleted between them.
const OLDER_ROWS: &str = "\
    INSERT INTO tenant VALUES ('ten_00000000000000000000000001', 'Tenant 1', x'00', 1, NULL); \
    INSERT INTO account (id, tenant, address, host, port, security, login, credential, folders, \
        content, desired, version, created_at, selection) VALUES \
        ('acc_00000000000000000000000001', 'ten_00000000000000000000000001', 'a@example.org', \
            'imap.example.org', 993, 'tls', 'a', x'00', '[]', 'headers', 'active', 4, 1, '[\"INBOX\"]'), \
        ('acc_00000000000000000000000002', 'ten_00000000000000000000000001', 'b@example.org', \
            'imap.example.org', 993, 'tls', 'b', x'00', '[]', 'headers', 'active', 7, 2, '[\"INBOX\"]'); \
    INSERT INTO account_tombstone VALUES \
        (6, 'ten_00000000000000000000000001', 'acc_00000000000000000000000003'); \
    UPDATE sequence SET value = 7";

#[tokio::test]
async fn an_older_file_s_accounts_are_found_by_shard() {
    let (_folder, path) = place();
    made_by_an_older_version(&path).await;
    let registry = SqlRegistry::open(&path).await.unwrap();
    let whole = registry.account_changes(0, 10).await.unwrap();
    assert_eq!(whole.len(), 3);
    for (number, change) in [1, 3, 2].into_iter().zip(whole) {
        let shard = Shard::of(account_id(number));
        let listed = registry.shard_changes(&[shard], 0, 10).await.unwrap();
        assert_eq!(listed, [change]);
    }
    let made = with_accounts(&registry, 1, &[4]).await.remove(0);
    assert_eq!(made.version, 8);
    assert_eq!(registry.shard_counts().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_path_of_any_characters_is_opened() {
    let (folder, _) = place();
    for name in [
        "a b",
        "100%",
        "%41",
        "what?",
        "mode=ro#1",
        "ä",
        "..",
        "x/../y",
    ] {
        let path = folder.path().join("x").join(name);
        std::fs::create_dir_all(&path).unwrap();
        let path = path.join("registry.db");
        let registry = SqlRegistry::open(&path).await.unwrap();
        with_tenants(&registry, &[1]).await;
        registry.close().await;
        assert!(path.metadata().unwrap().len() > 0, "{name}");
    }
}

#[tokio::test]
async fn a_file_of_another_shard_count_is_refused() {
    let (_folder, path) = place();
    let statement = "UPDATE setting SET value = x'38313932' WHERE name = 'shard_count'";
    changed_by(&path, statement).await;
    let error = SqlRegistry::open(&path).await.unwrap_err();
    assert_eq!(error.kind, OpenErrorKind::ShardCount("8192".to_owned()));
    let text = error.to_string();
    assert!(text.contains("8192") && text.contains("4096"), "{text}");
}

#[tokio::test]
async fn a_file_of_a_newer_schema_is_refused() {
    let (_folder, path) = place();
    let statement = "INSERT INTO _sqlx_migrations \
        (version, description, success, checksum, execution_time) \
        VALUES (9999, 'from the future', TRUE, x'00', 0)";
    changed_by(&path, statement).await;
    let error = SqlRegistry::open(&path).await.unwrap_err();
    assert_eq!(error.kind, OpenErrorKind::NewerSchema);
    assert!(error.to_string().contains("newer version of pushmail"));
}

#[tokio::test]
async fn a_file_that_is_no_registry_is_refused_and_left_alone() {
    let (_folder, path) = place();
    let text = "a shopping list, long enough to be taken for a header of a database\n".repeat(20);
    std::fs::write(&path, &text).unwrap();
    let error = SqlRegistry::open(&path).await.unwrap_err();
    assert_eq!(error.kind, OpenErrorKind::Unusable);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let (folder, _) = place();
    let path = folder.path().join("missing/registry.db");
    let error = SqlRegistry::open(&path).await.unwrap_err();
    assert_eq!(error.kind, OpenErrorKind::Unusable);
    assert!(error.to_string().contains("missing/registry.db"));
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_its_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = place();
    let registry = SqlRegistry::open(&path).await.unwrap();
    with_tenants(&registry, &[1]).await;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.path().display());
    }
}

#[tokio::test]
async fn operations_at_once_do_not_get_in_each_other_s_way() {
    let (_folder, path) = place();
    let registry = SqlRegistry::open(&path).await.unwrap();
    with_tenants(&registry, &[1]).await;
    let tasks: Vec<_> = (1..=100)
        .map(|number| {
            let registry = registry.clone();
            tokio::spawn(async move {
                let made = with_accounts(&registry, 1, &[number]).await.remove(0);
                let read = registry.account(tenant_id(1), account_id(number)).await;
                assert_eq!(read.unwrap(), Some(made));
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let listed = registry.list_accounts(tenant_id(1), page(None, 1000)).await;
    assert_eq!(listed.unwrap().len(), 100);
}
