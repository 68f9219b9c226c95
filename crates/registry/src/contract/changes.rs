//! Promises about the accounts' change feed.

use super::sample::*;
use crate::{AccountChange, Registry};
use pushmail_domain::{AccountId, DesiredState};

pub(super) const fn version(change: &AccountChange) -> u64 {
    match change {
        AccountChange::Upserted(account) => account.version,
        AccountChange::Deleted { version, .. } => *version,
    }
}

/// Which account, and whether it is there.
pub(super) const fn what(change: &AccountChange) -> (AccountId, bool) {
    match change {
        AccountChange::Upserted(account) => (account.id, true),
        AccountChange::Deleted { account, .. } => (*account, false),
    }
}

/// Everything above `since`, read in parts of at most `limit`.
async fn read(registry: &dyn Registry, since: u64, limit: u32) -> Vec<AccountChange> {
    let mut all: Vec<AccountChange> = Vec::new();
    loop {
        let since = all.last().map_or(since, version);
        let part = registry.account_changes(since, limit).await.unwrap();
        assert!(part.len() <= limit as usize);
        if part.is_empty() {
            return all;
        }
        all.extend(part);
    }
}

/// Of all tenants, as they are.
pub async fn from_zero_every_existing_account_is_listed(registry: &dyn Registry) {
    with_tenants(registry, &[1, 2]).await;
    let mut made = with_accounts(registry, 1, &[1]).await;
    made.extend(with_accounts(registry, 2, &[2]).await);
    let listed = read(registry, 0, 100).await;
    let expected: Vec<_> = made.into_iter().map(AccountChange::Upserted).collect();
    assert_eq!(listed, expected);
}

/// Each above the one before, and above what was asked for.
pub async fn changes_come_in_the_order_of_their_versions(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    let made = with_accounts(registry, 1, &[3, 1, 2]).await;
    let listed = read(registry, made[0].version, 100).await;
    let ids: Vec<_> = listed.iter().map(what).collect();
    assert_eq!(ids, [(account_id(1), true), (account_id(2), true)]);
    assert!(listed.is_sorted_by(|a, b| version(a) < version(b)));
}

/// After everything that came before the change.
pub async fn a_changed_account_is_listed_once_at_its_newest_version(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    let made = with_accounts(registry, 1, &[1, 2]).await;
    let paused = registry
        .set_desired(tenant_id(1), account_id(1), DesiredState::Paused)
        .await
        .unwrap();
    let expected = [made[1].clone(), paused].map(AccountChange::Upserted);
    assert_eq!(read(registry, 0, 100).await, expected);
}

/// So that an operator can have an account tried again.
pub async fn setting_the_same_desire_again_is_a_change(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    let made = with_accounts(registry, 1, &[1]).await.remove(0);
    let set = registry.set_desired(tenant_id(1), account_id(1), made.desired);
    let set = set.await.unwrap();
    let listed = read(registry, made.version, 100).await;
    assert_eq!(listed, [AccountChange::Upserted(set)]);
}

/// In place of the account.
pub async fn a_deletion_is_listed_after_all_that_came_before(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    let made = with_accounts(registry, 1, &[1, 2]).await;
    registry
        .delete_account(tenant_id(1), account_id(1))
        .await
        .unwrap();
    let listed = read(registry, 0, 100).await;
    let deleted = AccountChange::Deleted {
        tenant: tenant_id(1),
        account: account_id(1),
        version: version(&listed[1]),
    };
    assert!(version(&deleted) > made[1].version);
    assert_eq!(listed, [AccountChange::Upserted(made[1].clone()), deleted]);
}

/// And another tenant's stay.
pub async fn deleting_a_tenant_lists_each_of_its_accounts(registry: &dyn Registry) {
    with_tenants(registry, &[1, 2]).await;
    with_accounts(registry, 1, &[1, 2]).await;
    let other = with_accounts(registry, 2, &[3]).await.remove(0);
    registry.delete_tenant(tenant_id(1)).await.unwrap();

    let listed = read(registry, other.version, 100).await;
    let ids: Vec<_> = listed.iter().map(what).collect();
    assert_eq!(ids, [(account_id(1), false), (account_id(2), false)]);
    assert!(listed.is_sorted_by(|a, b| version(a) < version(b)));

    let later = with_accounts(registry, 2, &[4]).await.remove(0);
    assert!(later.version > version(&listed[1]));
}

/// Nothing is left out or told twice.
pub async fn the_feed_can_be_read_in_small_parts(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    with_accounts(registry, 1, &[1, 2, 3, 4, 5]).await;
    for number in [2, 4] {
        let deleted = registry.delete_account(tenant_id(1), account_id(number));
        deleted.await.unwrap();
    }
    let whole = read(registry, 0, 100).await;
    assert_eq!(whole.len(), 5);
    for limit in [1, 2, 3] {
        assert_eq!(read(registry, 0, limit).await, whole);
    }
}

/// Watchers that flush must not wake each other.
pub async fn a_flushed_status_is_not_a_change(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    let made = with_accounts(registry, 1, &[1]).await.remove(0);
    let flush = flush(0, 1, 1, vec![checkpoint(1, 1)]);
    registry.flush(&[flush]).await.unwrap();
    assert_eq!(read(registry, made.version, 100).await, []);
}
