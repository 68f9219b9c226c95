//! A server that dies, or stands still, under a registry that stays.

use super::within_a_minute;
use pushmail_registry::contract::sample::*;
use pushmail_registry::{Accounts, RegistryErrorKind, Tenants};
use pushmail_registry_sql::{ServerOptions, SqlRegistry};
use pushmail_testkit::Postgres;
use std::time::Duration;
use tokio::join;

async fn open(postgres: &Postgres) -> SqlRegistry {
    let options = ServerOptions {
        connections: 4,
        connect_timeout: Duration::from_secs(2),
        operation_timeout: Duration::from_secs(4),
        ..ServerOptions::default()
    };
    SqlRegistry::connect(&postgres.database(), &options)
        .await
        .unwrap()
}

/// A read and a write both fail, as the server's fault.
async fn is_away(registry: &SqlRegistry, number: u32) {
    let (read, write) = join!(
        registry.tenant(tenant_id(1)),
        registry.create_tenant(tenant(number), None)
    );
    fails(read, RegistryErrorKind::Unavailable);
    fails(write, RegistryErrorKind::Unavailable);
}

/// Tries until the server answers, since what it was asked before may have to run out.
async fn is_back(registry: &SqlRegistry) {
    within_a_minute(async { while registry.tenant(tenant_id(1)).await.is_err() {} }).await;
    let found = registry.tenant(tenant_id(1)).await.unwrap();
    assert_eq!(found, Some(tenant(1)));
    let account = new_account(99);
    let made = registry.create_account(tenant_id(1), account, None).await;
    made.unwrap();
}

#[tokio::test]
async fn a_killed_server_is_missed_and_found_again() {
    let Some(mut postgres) = Postgres::start() else {
        return;
    };
    let registry = open(&postgres).await;
    with_tenants(&registry, &[1]).await;
    postgres.kill();
    is_away(&registry, 2).await;
    postgres.start_again();
    is_back(&registry).await;
}

#[tokio::test]
async fn a_server_that_stands_still_is_missed_and_found_again() {
    let Some(mut postgres) = Postgres::start() else {
        return;
    };
    let registry = open(&postgres).await;
    with_tenants(&registry, &[1]).await;
    postgres.pause();
    // More often than there are connections: none may be lost for good.
    join!(
        is_away(&registry, 2),
        is_away(&registry, 3),
        is_away(&registry, 4)
    );
    postgres.resume();
    is_back(&registry).await;
}

/// Whether it was answered or not: what was made is found, and made once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_answered_outlives_a_kill() {
    let Some(mut postgres) = Postgres::start() else {
        return;
    };
    let registry = open(&postgres).await;
    with_tenants(&registry, &[1]).await;
    let writers: Vec<_> = (0..4_u32)
        .map(|writer| {
            let registry = registry.clone();
            tokio::spawn(async move {
                let mut made = Vec::new();
                loop {
                    let number = u32::try_from(made.len()).unwrap() * 4 + writer;
                    let account = new_account(number + 100);
                    match registry.create_account(tenant_id(1), account, None).await {
                        Ok(account) => made.push(account),
                        Err(error) => {
                            assert_eq!(error.kind, RegistryErrorKind::Unavailable);
                            return made;
                        }
                    }
                }
            })
        })
        .collect();
    let made = async { while registry.account_changes(0, 20).await.unwrap().len() < 20 {} };
    within_a_minute(made).await;
    postgres.kill();
    let mut made = Vec::new();
    for writer in writers {
        made.extend(writer.await.unwrap());
    }
    postgres.start_again();
    is_back(&registry).await;
    for account in made {
        let found = registry.account(tenant_id(1), account.id).await.unwrap();
        assert_eq!(found, Some(account));
    }
}
