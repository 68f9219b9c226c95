//! Promises about the accounts' change feed by shard.

use super::changes::{version, what};
use super::sample::*;
use crate::{AccountChange, Registry};
use pushmail_domain::{AccountId, DesiredState, Shard};

/// The accounts of these numbers and what follows them, in `sample`'s numbering.
const ACCOUNTS: [u32; 8] = [1, 2, 3, 4, 5, 6, 7, 8];
/// Whose shards are asked for: some of the accounts, neither first nor last.
const WANTED: [u32; 3] = [6, 2, 5];

fn shard_of(number: u32) -> Shard {
    Shard::of(account_id(number))
}

/// The shards of [`WANTED`], which none of the other accounts has.
fn wanted() -> Vec<Shard> {
    let shards: Vec<_> = WANTED.into_iter().map(shard_of).collect();
    let others = ACCOUNTS.iter().filter(|number| !WANTED.contains(number));
    assert!(
        others
            .copied()
            .map(shard_of)
            .all(|shard| !shards.contains(&shard))
    );
    shards
}

/// Everything of the shards above `since`, read in parts of at most `limit`.
async fn read(
    registry: &dyn Registry,
    shards: &[Shard],
    since: u64,
    limit: u32,
) -> Vec<AccountChange> {
    let mut all: Vec<AccountChange> = Vec::new();
    loop {
        let since = all.last().map_or(since, version);
        let part = registry.shard_changes(shards, since, limit).await.unwrap();
        assert!(part.len() <= limit as usize);
        if part.is_empty() {
            return all;
        }
        all.extend(part);
    }
}

fn ids(changes: &[AccountChange]) -> Vec<(AccountId, bool)> {
    changes.iter().map(what).collect()
}

/// Every existing account of them, as it is.
pub async fn no_more_than_the_asked_shards_are_listed(registry: &dyn Registry) {
    with_tenants(registry, &[1, 2]).await;
    let made = with_accounts(registry, 1, &ACCOUNTS).await;
    let expected: Vec<_> = made
        .into_iter()
        .filter(|account| WANTED.map(account_id).contains(&account.id))
        .map(AccountChange::Upserted)
        .collect();
    assert_eq!(read(registry, &wanted(), 0, 100).await, expected);
    assert_eq!(read(registry, &[], 0, 100).await, []);
    let twice = [wanted(), wanted()].concat();
    assert_eq!(read(registry, &twice, 0, 100).await, expected);
}

/// As one that owns them all reads it.
pub async fn all_shards_are_the_whole_feed(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    with_accounts(registry, 1, &ACCOUNTS).await;
    let deleted = registry.delete_account(tenant_id(1), account_id(3)).await;
    deleted.unwrap();
    let whole = registry.account_changes(0, 100).await.unwrap();
    let all: Vec<_> = Shard::all().collect();
    assert_eq!(read(registry, &all, 0, 100).await, whole);
    // So does one that owns all but a shard without accounts, if more slowly.
    let empty = all
        .iter()
        .copied()
        .find(|shard| !ACCOUNTS.map(shard_of).contains(shard));
    let most: Vec<_> = all
        .iter()
        .copied()
        .filter(|shard| Some(*shard) != empty)
        .collect();
    assert_eq!(read(registry, &most, 0, 100).await, whole);
}

/// In that of their versions, nothing left out or told twice.
pub async fn a_shards_changes_come_in_order_page_by_page(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    let made = with_accounts(registry, 1, &ACCOUNTS).await;
    for number in [2, 4] {
        let paused = registry.set_desired(tenant_id(1), account_id(number), DesiredState::Paused);
        paused.await.unwrap();
    }
    let whole = read(registry, &wanted(), 0, 100).await;
    let expected = [5, 6, 2].map(|number| (account_id(number), true));
    assert_eq!(ids(&whole), expected);
    assert!(whole.is_sorted_by(|a, b| version(a) < version(b)));
    for limit in [1, 2] {
        assert_eq!(read(registry, &wanted(), 0, limit).await, whole);
    }
    let later = read(registry, &wanted(), made[7].version, 100).await;
    assert_eq!(later, whole[2..]);
}

/// Among the changes, and only in their own shards.
pub async fn a_shards_deletions_are_listed(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    with_accounts(registry, 1, &ACCOUNTS).await;
    for number in [2, 3, 6] {
        let deleted = registry.delete_account(tenant_id(1), account_id(number));
        deleted.await.unwrap();
    }
    let listed = read(registry, &wanted(), 0, 1).await;
    let expected = [(5, true), (2, false), (6, false)];
    assert_eq!(
        ids(&listed),
        expected.map(|(n, there)| (account_id(n), there))
    );
}

/// Each in its own.
pub async fn a_deleted_tenants_accounts_are_listed_by_shard(registry: &dyn Registry) {
    with_tenants(registry, &[1, 2]).await;
    with_accounts(registry, 1, &ACCOUNTS[..5]).await;
    let others = with_accounts(registry, 2, &ACCOUNTS[5..]).await;
    registry.delete_tenant(tenant_id(1)).await.unwrap();

    let listed = read(registry, &wanted(), 0, 100).await;
    let expected = [(6, true), (2, false), (5, false)];
    assert_eq!(
        ids(&listed),
        expected.map(|(n, there)| (account_id(n), there))
    );
    assert_eq!(listed[0], AccountChange::Upserted(others[0].clone()));
}

/// In order, and none without accounts.
pub async fn accounts_are_counted_by_shard(registry: &dyn Registry) {
    assert_eq!(registry.shard_counts().await.unwrap(), []);
    with_tenants(registry, &[1, 2]).await;
    let twin = (9..).find(|number| shard_of(*number) == shard_of(1));
    with_accounts(registry, 1, &[1, 2]).await;
    with_accounts(registry, 2, &[twin.unwrap(), 3]).await;
    let deleted = registry.delete_account(tenant_id(2), account_id(3)).await;
    deleted.unwrap();
    let mut expected = [(shard_of(1), 2), (shard_of(2), 1)];
    expected.sort_unstable();
    assert_eq!(registry.shard_counts().await.unwrap(), expected);
}
