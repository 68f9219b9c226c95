//! Promises about checkpoints.

use super::sample::*;
use crate::{Checkpoint, Flushed, Registry, ShardCheckpoint, ShardFlush};
use pushmail_domain::Epoch;

/// Tenant 1 with these accounts.
async fn with(registry: &dyn Registry, accounts: &[u32]) {
    with_tenants(registry, &[1]).await;
    with_accounts(registry, 1, accounts).await;
}

/// The shard's checkpoint, its accounts in the order of their ids.
async fn load(registry: &dyn Registry, number: u16) -> ShardCheckpoint {
    let mut loaded = registry.load_shard(shard(number)).await.unwrap();
    let position = registry.shard_position(shard(number)).await.unwrap();
    assert_eq!(position, loaded.position);
    loaded.accounts.sort_by_key(|checkpoint| checkpoint.account);
    loaded
}

/// What should be there after `flush`.
fn after(flush: ShardFlush) -> ShardCheckpoint {
    ShardCheckpoint {
        position: Some(flush.position),
        accounts: flush.accounts,
    }
}

/// Neither position nor accounts.
pub async fn a_shard_never_flushed_is_empty(registry: &dyn Registry) {
    with(registry, &[1]).await;
    assert_eq!(load(registry, 0).await, ShardCheckpoint::default());
}

/// Cursor, status and position, and only in its own shard.
pub async fn a_flushed_checkpoint_reads_back(registry: &dyn Registry) {
    with(registry, &[1, 2]).await;
    let flush = flush(4095, 7, 42, vec![checkpoint(1, 3), checkpoint(2, 0)]);
    let answer = registry.flush(std::slice::from_ref(&flush)).await.unwrap();
    assert_eq!(answer, [Flushed::Stored]);
    assert_eq!(load(registry, 4095).await, after(flush));
    assert_eq!(load(registry, 0).await, ShardCheckpoint::default());
    assert_eq!(registry.flush(&[]).await.unwrap(), []);
}

/// The others keep what they had.
pub async fn a_second_flush_replaces_only_the_accounts_it_names(registry: &dyn Registry) {
    with(registry, &[1, 2]).await;
    let both = vec![checkpoint(1, 1), checkpoint(2, 1)];
    registry.flush(&[flush(0, 1, 1, both)]).await.unwrap();
    let one = vec![checkpoint(1, 5)];
    registry.flush(&[flush(0, 1, 2, one)]).await.unwrap();
    let expected = flush(0, 1, 2, vec![checkpoint(1, 5), checkpoint(2, 1)]);
    assert_eq!(load(registry, 0).await, after(expected));
}

/// And keeps the cursors.
pub async fn a_flush_without_accounts_moves_the_position(registry: &dyn Registry) {
    with(registry, &[1]).await;
    let first = flush(0, 1, 1, vec![checkpoint(1, 1)]);
    registry.flush(&[first]).await.unwrap();
    registry.flush(&[flush(0, 1, 9, vec![])]).await.unwrap();
    let expected = flush(0, 1, 9, vec![checkpoint(1, 1)]);
    assert_eq!(load(registry, 0).await, after(expected));
}

/// In every way an account can be read.
pub async fn an_account_shows_the_status_flushed_last(registry: &dyn Registry) {
    with(registry, &[1]).await;
    for version in [1, 2] {
        let checkpoint = checkpoint(1, version);
        let flush = flush(0, 1, version, vec![checkpoint.clone()]);
        registry.flush(&[flush]).await.unwrap();

        let read = registry.account(tenant_id(1), account_id(1)).await;
        let read = read.unwrap().unwrap();
        assert_eq!(read.status, checkpoint.status);
        let listed = registry.list_accounts(tenant_id(1), page(None, 10)).await;
        assert_eq!(listed.unwrap(), std::slice::from_ref(&read));
        let changed = registry.account_changes(0, 10).await.unwrap();
        assert_eq!(changed, [crate::AccountChange::Upserted(read)]);
    }
}

/// Neither cursors nor position.
pub async fn an_older_epoch_is_refused_and_changes_nothing(registry: &dyn Registry) {
    with(registry, &[1, 2]).await;
    let newer = flush(0, 8, 10, vec![checkpoint(1, 5)]);
    registry.flush(std::slice::from_ref(&newer)).await.unwrap();
    let older = flush(0, 7, 11, vec![checkpoint(1, 6), checkpoint(2, 6)]);
    let answer = registry.flush(&[older]).await.unwrap();
    assert_eq!(answer, [Flushed::StaleEpoch]);
    assert_eq!(load(registry, 0).await, after(newer));
}

/// What the newer owner flushed may have been no more than a position.
pub async fn a_flush_without_accounts_guards_the_shard_too(registry: &dyn Registry) {
    with(registry, &[1]).await;
    let newer = flush(0, 8, 10, vec![]);
    registry.flush(std::slice::from_ref(&newer)).await.unwrap();
    for accounts in [vec![], vec![checkpoint(1, 1)]] {
        let answer = registry.flush(&[flush(0, 7, 11, accounts)]).await.unwrap();
        assert_eq!(answer, [Flushed::StaleEpoch]);
    }
    assert_eq!(load(registry, 0).await, after(newer));
}

/// Epochs are compared generation first.
pub async fn a_newer_generation_outranks_any_fence(registry: &dyn Registry) {
    let at = |generation, fence| ShardFlush {
        epoch: Epoch { generation, fence },
        ..flush(0, 0, fence, vec![])
    };
    for (flush, answer) in [
        (at(1, 100), Flushed::Stored),
        (at(2, 1), Flushed::Stored),
        (at(1, 101), Flushed::StaleEpoch),
        (at(2, 0), Flushed::StaleEpoch),
    ] {
        assert_eq!(registry.flush(&[flush]).await.unwrap(), [answer]);
    }
}

/// An owner flushes again and again.
pub async fn the_same_epoch_flushes_again(registry: &dyn Registry) {
    with(registry, &[1]).await;
    for version in 1..4 {
        let flush = flush(0, 5, version, vec![checkpoint(1, version)]);
        let answer = registry.flush(std::slice::from_ref(&flush)).await.unwrap();
        assert_eq!(answer, [Flushed::Stored]);
        assert_eq!(load(registry, 0).await, after(flush));
    }
}

/// Answers come in the order of the question.
pub async fn a_stale_shard_does_not_hold_up_the_others(registry: &dyn Registry) {
    with(registry, &[1, 2, 3]).await;
    registry.flush(&[flush(1, 9, 1, vec![])]).await.unwrap();
    let flushes = [
        flush(2, 5, 4, vec![checkpoint(1, 1)]),
        flush(1, 5, 4, vec![checkpoint(2, 1)]),
        flush(0, 5, 4, vec![checkpoint(3, 1)]),
    ];
    let answers = registry.flush(&flushes).await.unwrap();
    assert_eq!(
        answers,
        [Flushed::Stored, Flushed::StaleEpoch, Flushed::Stored]
    );
    let [second, _, first] = flushes;
    assert_eq!(load(registry, 2).await, after(second));
    assert_eq!(load(registry, 1).await, after(flush(1, 9, 1, vec![])));
    assert_eq!(load(registry, 0).await, after(first));
}

/// As if they had been flushed one after the other.
pub async fn the_same_shard_twice_is_judged_in_order(registry: &dyn Registry) {
    with(registry, &[1]).await;
    let newest = flush(0, 6, 2, vec![checkpoint(1, 2)]);
    let flushes = [
        flush(0, 5, 1, vec![checkpoint(1, 1)]),
        newest.clone(),
        flush(0, 5, 3, vec![checkpoint(1, 3)]),
    ];
    let answers = registry.flush(&flushes).await.unwrap();
    assert_eq!(
        answers,
        [Flushed::Stored, Flushed::Stored, Flushed::StaleEpoch]
    );
    assert_eq!(load(registry, 0).await, after(newest));
}

/// The rest of the flush is stored.
pub async fn accounts_that_are_gone_are_passed_over(registry: &dyn Registry) {
    with(registry, &[1, 2]).await;
    registry
        .delete_account(tenant_id(1), account_id(1))
        .await
        .unwrap();
    let flushed = flush(
        0,
        1,
        1,
        vec![checkpoint(1, 1), checkpoint(2, 1), checkpoint(3, 1)],
    );
    let answer = registry.flush(&[flushed]).await.unwrap();
    assert_eq!(answer, [Flushed::Stored]);
    let expected = flush(0, 1, 1, vec![checkpoint(2, 1)]);
    assert_eq!(load(registry, 0).await, after(expected));
}

/// If one were not, it would hold up the flush of everything else. A NUL may be replaced.
pub async fn any_detail_of_a_status_is_stored(registry: &dyn Registry) {
    with(registry, &[1]).await;
    let mut flushed = flush(0, 1, 1, vec![checkpoint(1, 1)]);
    flushed.accounts[0].status.detail = "quote ' and \\ and \u{1f4e8}, NUL \0 and end".to_owned();
    let answer = registry.flush(std::slice::from_ref(&flushed)).await;
    assert_eq!(answer.unwrap(), [Flushed::Stored]);
    let detail = load(registry, 0).await.accounts.remove(0).status.detail;
    let sent = &flushed.accounts[0].status.detail;
    assert_eq!(detail.replace('\u{fffd}', "\0"), *sent);
}

/// The position stays.
pub async fn a_deleted_account_leaves_its_shard(registry: &dyn Registry) {
    with(registry, &[1]).await;
    let flushed = flush(0, 1, 1, vec![checkpoint(1, 1)]);
    registry.flush(&[flushed]).await.unwrap();
    registry
        .delete_account(tenant_id(1), account_id(1))
        .await
        .unwrap();
    assert_eq!(load(registry, 0).await, after(flush(0, 1, 1, vec![])));
}

/// One shard with many accounts, and many shards with few: each finds all of its own.
pub async fn thousands_of_accounts_and_shards_are_flushed_at_once(registry: &dyn Registry) {
    let known: Vec<u32> = (1..=200).collect();
    with(registry, &known).await;
    // Most accounts are gone: that costs a flush as much, and the test less.
    let crowded: Vec<Checkpoint> = (101..=3_100).map(|n| checkpoint(n, 1)).collect();
    let sparse = |n| flush(n, 1, 1, vec![checkpoint(u32::from(n), 1)]);
    let mut flushes = vec![flush(0, 1, 1, crowded)];
    flushes.extend((1..=100).map(sparse));
    flushes.extend((101..=2_000).map(|n| flush(n, 1, 1, vec![])));
    let answers = registry.flush(&flushes).await.unwrap();
    assert_eq!(answers, vec![Flushed::Stored; 2_001]);

    let crowded: Vec<Checkpoint> = (101..=200).map(|n| checkpoint(n, 1)).collect();
    assert_eq!(load(registry, 0).await, after(flush(0, 1, 1, crowded)));
    for number in [1, 100, 101, 2_000] {
        let expected = flushes[usize::from(number)].clone();
        assert_eq!(load(registry, number).await, after(expected));
    }
}

/// What was flushed last; a flush without one leaves it, and a checkpoint does not carry it.
pub async fn an_accounts_memory_is_kept_apart_from_its_checkpoint(registry: &dyn Registry) {
    with(registry, &[1, 2]).await;
    let both = [account_id(1), account_id(2)];
    assert_eq!(registry.memories(&both).await.unwrap(), []);
    let remembering = |memory: &[u8]| Checkpoint {
        memory: Some(memory.to_vec()),
        ..checkpoint(1, 1)
    };
    for memory in [b"one".as_slice(), b"two"] {
        let accounts = vec![remembering(memory), checkpoint(2, 1)];
        registry.flush(&[flush(0, 1, 1, accounts)]).await.unwrap();
    }
    let forgetful = flush(0, 1, 2, vec![checkpoint(1, 2)]);
    registry.flush(&[forgetful]).await.unwrap();
    let memories = registry.memories(&both).await.unwrap();
    assert_eq!(memories, [(account_id(1), b"two".to_vec())]);
    assert_eq!(registry.memories(&[]).await.unwrap(), []);
    assert_eq!(load(registry, 0).await.accounts[0], checkpoint(1, 2));
}

/// By the epoch, as the checkpoint is.
pub async fn a_stale_owner_changes_no_memory(registry: &dyn Registry) {
    with(registry, &[1]).await;
    registry.flush(&[flush(0, 5, 1, vec![])]).await.unwrap();
    let stale = Checkpoint {
        memory: Some(vec![1]),
        ..checkpoint(1, 1)
    };
    let answer = registry
        .flush(&[flush(0, 4, 2, vec![stale])])
        .await
        .unwrap();
    assert_eq!(answer, [Flushed::StaleEpoch]);
    assert_eq!(registry.memories(&[account_id(1)]).await.unwrap(), []);
}
