//! Who waits for whom. Another process is played by a transaction that is held open.

use super::{count, within_a_minute};
use pushmail_domain::{DesiredState, Position, Shard, StreamId};
use pushmail_registry::contract::sample::*;
use pushmail_registry::{
    AccountChange, AccountUpdate, Accounts, Checkpoints, Mark, Moved, RegistryErrorKind,
    Subscriptions, Tenants,
};
use pushmail_registry_sql::{ServerOptions, SqlRegistry};
use pushmail_testkit::Postgres;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::join;
use tokio::task::JoinHandle;

async fn open() -> Option<(SqlRegistry, String)> {
    let url = Postgres::shared()?.database();
    let registry = SqlRegistry::connect(&url, &ServerOptions::default()).await;
    Some((registry.unwrap(), url))
}

/// Another process in the middle of a transaction that has run these statements.
async fn other_process(url: &str, statements: &'static str) -> PgConnection {
    let mut connection = PgConnection::connect(url).await.unwrap();
    connection.execute("BEGIN").await.unwrap();
    connection.execute(statements).await.unwrap();
    connection
}

/// Returns once the operation waits for a lock, or has not waited and is done.
async fn waits<T>(url: &str, operation: &JoinHandle<T>) {
    let waiting = "SELECT COUNT(*) FROM pg_stat_activity \
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    within_a_minute(async { while !operation.is_finished() && count(url, waiting).await == 0 {} })
        .await;
}

/// So that the feed's versions are seen in their order.
#[tokio::test]
async fn a_change_waits_for_the_one_before_it() {
    let Some((registry, url)) = open().await else {
        return;
    };
    with_tenants(&registry, &[1]).await;
    with_accounts(&registry, 1, &[1]).await;
    let other = "UPDATE sequence SET value = value + 1 WHERE name = 'account_version'; \
        UPDATE account SET version = (SELECT value FROM sequence WHERE name = 'account_version')";
    let mut other = other_process(&url, other).await;
    let making = tokio::spawn({
        let registry = registry.clone();
        async move { with_accounts(&registry, 1, &[2]).await.remove(0).version }
    });
    waits(&url, &making).await;
    assert_eq!(registry.account_changes(1, 10).await.unwrap(), []);
    other.execute("COMMIT").await.unwrap();
    assert_eq!(making.await.unwrap(), 3);
    let changes = registry.account_changes(1, 10).await.unwrap();
    let versions: Vec<_> = changes.iter().map(version).collect();
    assert_eq!(versions, [2, 3]);
}

/// As many versions are taken as there are accounts.
#[tokio::test]
async fn a_tenants_end_waits_for_an_account_that_is_being_made() {
    let Some((registry, url)) = open().await else {
        return;
    };
    with_tenants(&registry, &[1, 2]).await;
    with_accounts(&registry, 1, &[1]).await;
    let other = "UPDATE sequence SET value = value + 1 WHERE name = 'account_version'; \
        INSERT INTO account (id, tenant, address, host, port, security, login, credential, \
            folders, content, desired, version, created_at) \
        SELECT 'acc_00000000000000000000000002', tenant, address, host, port, security, login, \
            credential, folders, content, desired, 2, created_at FROM account";
    let mut other = other_process(&url, other).await;
    let deleting = tokio::spawn({
        let registry = registry.clone();
        async move { registry.delete_tenant(tenant_id(1)).await }
    });
    waits(&url, &deleting).await;
    other.execute("COMMIT").await.unwrap();
    deleting.await.unwrap().unwrap();
    let later = with_accounts(&registry, 2, &[3]).await.remove(0);
    let changes = registry.account_changes(0, 10).await.unwrap();
    let versions: Vec<_> = changes.iter().map(version).collect();
    assert_eq!(versions, [3, 4, 5]);
    assert_eq!(later.version, 5);
}

/// And finds that it is too late.
#[tokio::test]
async fn a_move_waits_for_whoever_is_taking_the_subscription() {
    let Some((registry, url)) = open().await else {
        return;
    };
    with_tenants(&registry, &[1]).await;
    let mark = Mark {
        position: Position {
            stream: StreamId::new(0),
            generation: 1,
            sequence: 1,
        },
        current_at: moment(1),
        acked: Vec::new(),
    };
    registry
        .take_subscription(tenant_id(1), "crm", &[mark], moment(1), 1)
        .await
        .unwrap();
    let mut other = other_process(&url, "UPDATE subscription SET epoch = epoch + 1").await;
    let moving = tokio::spawn(async move {
        registry
            .move_subscription(tenant_id(1), "crm", 1, &[])
            .await
    });
    waits(&url, &moving).await;
    other.execute("COMMIT").await.unwrap();
    assert_eq!(moving.await.unwrap().unwrap(), Moved::StaleEpoch);
}

/// A deadlock would be noticed after a second only, and cost one of them all of its work.
#[tokio::test]
async fn flushes_of_the_same_shards_do_not_deadlock() {
    let Some((registry, url)) = open().await else {
        return;
    };
    with_tenants(&registry, &[1]).await;
    let numbers: Vec<u32> = (1..=100).collect();
    with_accounts(&registry, 1, &numbers).await;
    let flush = |number: &u32| {
        let shard = Shard::of(account_id(*number)).number();
        flush(shard, 1, 1, vec![checkpoint(*number, 1)])
    };
    let up: Vec<_> = numbers.iter().map(flush).collect();
    let down: Vec<_> = numbers.iter().rev().map(flush).collect();
    for _ in 0..20 {
        let (a, b, c, d) = join!(
            registry.flush(&up),
            registry.flush(&down),
            registry.flush(&up),
            registry.flush(&down)
        );
        for flushed in [a, b, c, d] {
            assert_eq!(flushed.unwrap().len(), numbers.len());
        }
    }
    assert_eq!(deadlocks(&url).await, 0);
}

/// All lock the feed's counter before the account.
#[tokio::test]
async fn changes_of_the_same_accounts_do_not_deadlock() {
    let Some((registry, url)) = open().await else {
        return;
    };
    let desired = DesiredState::Paused;
    for round in 0..20 {
        let (tenant, account) = (tenant_id(round), account_id(round));
        with_tenants(&registry, &[round]).await;
        with_accounts(&registry, round, &[round]).await;
        let (a, deleted, b, gone) = join!(
            registry.set_desired(tenant, account, desired),
            registry.delete_account(tenant, account),
            registry.update_account(tenant, account, AccountUpdate::default()),
            registry.delete_tenant(tenant),
        );
        gone.unwrap();
        for error in [a.err(), deleted.err(), b.err()].into_iter().flatten() {
            assert_eq!(error.kind, RegistryErrorKind::NotFound);
        }
    }
    assert_eq!(deadlocks(&url).await, 0);
}

async fn deadlocks(url: &str) -> i64 {
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    count(url, deadlocks).await
}

fn version(change: &AccountChange) -> u64 {
    match change {
        AccountChange::Upserted(account) => account.version,
        AccountChange::Deleted { version, .. } => *version,
    }
}
