//! The change feed, read while it is written.

use pushmail_domain::Shard;
use pushmail_registry::contract::sample::*;
use pushmail_registry::{AccountChange, Accounts};
use pushmail_registry_sql::SqlRegistry;
use tokio::task::JoinHandle;

/// How many write at once, and how many accounts each makes.
const WRITERS: u32 = 8;
const ACCOUNTS: u32 = 20;

pub(super) async fn a_reader_of_the_feed_misses_nothing(one: &SqlRegistry, other: &SqlRegistry) {
    misses_nothing(one, other, None).await;
}

pub(super) async fn a_reader_of_shards_misses_nothing(one: &SqlRegistry, other: &SqlRegistry) {
    let most = Shard::all().filter(|shard| shard.number() % 2 == 0);
    misses_nothing(one, other, Some(most.collect())).await;
}

/// Reads the feed on from where it stood before, while others write; no account is ever changed, so
/// each must be seen.
async fn misses_nothing(one: &SqlRegistry, other: &SqlRegistry, shards: Option<Vec<Shard>>) {
    with_tenants(one, &[1]).await;
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let registry = if writer % 2 == 0 { one } else { other }.clone();
        writers.push(tokio::spawn(async move {
            let numbers: Vec<u32> = (0..ACCOUNTS).map(|n| writer * ACCOUNTS + n).collect();
            with_accounts(&registry, 1, &numbers).await
        }));
    }
    let mut seen = Vec::new();
    loop {
        let is_last = writers.iter().all(JoinHandle::is_finished);
        let since = seen.last().copied().unwrap_or(0);
        let changes = match &shards {
            None => one.account_changes(since, 7).await.unwrap(),
            Some(shards) => one.shard_changes(shards, since, 7).await.unwrap(),
        };
        if changes.is_empty() && is_last {
            break;
        }
        seen.extend(changes.iter().map(version));
    }
    let mut made = Vec::new();
    for writer in writers {
        made.extend(writer.await.unwrap());
    }
    made.retain(|account| match &shards {
        None => true,
        Some(shards) => shards.contains(&Shard::of(account.id)),
    });
    let mut made: Vec<_> = made.iter().map(|account| account.version).collect();
    made.sort_unstable();
    assert_eq!(seen, made);
}

fn version(change: &AccountChange) -> u64 {
    match change {
        AccountChange::Upserted(account) => account.version,
        AccountChange::Deleted { version, .. } => *version,
    }
}
