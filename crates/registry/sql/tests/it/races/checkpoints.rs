//! Shards, flushed at once.

use super::ROUNDS;
use pushmail_domain::Shard;
use pushmail_registry::contract::sample::*;
use pushmail_registry::{Accounts, Checkpoints, Flushed, ShardFlush, Tenants};
use pushmail_registry_sql::SqlRegistry;
use tokio::join;

/// What each of these accounts' shards flushes.
fn flushes(accounts: impl Iterator<Item = u32>, version: u64) -> Vec<ShardFlush> {
    let flush = |number| {
        let shard = Shard::of(account_id(number)).number();
        flush(shard, 1, version, vec![checkpoint(number, version)])
    };
    accounts.map(flush).collect()
}

pub(super) async fn flushes_in_any_order_do_not_block_each_other_for_good(
    one: &SqlRegistry,
    other: &SqlRegistry,
) {
    with_tenants(one, &[1]).await;
    let numbers: Vec<u32> = (1..=60).collect();
    with_accounts(one, 1, &numbers).await;
    for round in 0..u64::from(ROUNDS) {
        let up = flushes(numbers.iter().copied(), round);
        let down = flushes(numbers.iter().rev().copied(), round);
        let (a, b, c, d) = join!(
            one.flush(&up),
            other.flush(&down),
            other.flush(&up),
            one.flush(&down)
        );
        for flushed in [a, b, c, d] {
            assert_eq!(flushed.unwrap(), vec![Flushed::Stored; numbers.len()]);
        }
    }
}

pub(super) async fn a_loaded_shard_is_of_one_flush(one: &SqlRegistry, other: &SqlRegistry) {
    with_tenants(one, &[1]).await;
    with_accounts(one, 1, &[1]).await;
    let writing = async {
        for version in 1..=5 * u64::from(ROUNDS) {
            let flushed = flush(0, 1, version, vec![checkpoint(1, version)]);
            one.flush(&[flushed]).await.unwrap();
        }
    };
    let reading = async {
        for _ in 0..5 * ROUNDS {
            let loaded = other.load_shard(shard(0)).await.unwrap();
            let sequence = loaded.position.map_or(0, |position| position.sequence);
            let version = loaded.accounts.first().map_or(0, |a| a.cursor.version());
            assert_eq!(sequence, version);
        }
    };
    join!(writing, reading);
}

pub(super) async fn accounts_deleted_during_a_flush_are_passed_over(
    one: &SqlRegistry,
    other: &SqlRegistry,
) {
    for round in 0..ROUNDS {
        let tenants = [2 * round, 2 * round + 1];
        with_tenants(one, &tenants).await;
        let numbers: Vec<u32> = (round * 20..round * 20 + 10).collect();
        with_accounts(one, tenants[0], &numbers[..5]).await;
        with_accounts(one, tenants[1], &numbers[5..]).await;
        let all = flushes(numbers.iter().copied(), 1);
        let deleting = async {
            let (owner, account) = (tenant_id(tenants[0]), account_id(numbers[2]));
            other.delete_account(owner, account).await.unwrap();
        };
        let (flushed, (), gone) = join!(
            one.flush(&all),
            deleting,
            other.delete_tenant(tenant_id(tenants[1]))
        );
        assert_eq!(flushed.unwrap(), vec![Flushed::Stored; all.len()]);
        gone.unwrap();
    }
}

pub(super) async fn of_two_owners_the_newer_one_stays(one: &SqlRegistry, other: &SqlRegistry) {
    with_tenants(one, &[1]).await;
    with_accounts(one, 1, &[1]).await;
    for round in 1..=u64::from(ROUNDS) {
        let old = flush(0, 2 * round, 1, vec![checkpoint(1, 1)]);
        let new = flush(0, 2 * round + 1, 2, vec![checkpoint(1, 2)]);
        let (first, second) = join!(
            one.flush(std::slice::from_ref(&old)),
            other.flush(std::slice::from_ref(&new)),
        );
        first.unwrap();
        assert_eq!(second.unwrap(), [Flushed::Stored]);
        let loaded = one.load_shard(shard(0)).await.unwrap();
        assert_eq!(loaded.position, Some(new.position));
        assert_eq!(loaded.accounts, new.accounts);
    }
}
