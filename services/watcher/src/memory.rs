//! Reading and storing what is remembered of accounts' messages.

use crate::shards::Shards;
use pushmail_domain::memory::Pending;
use pushmail_domain::{AccountId, Memory};
use pushmail_registry::{Registry, RegistryError, ShardFlush};
use std::collections::{BTreeMap, HashMap};

/// The memory that the registry holds; an empty one where there is none, or where it is damaged: then the
/// next comparison begins anew, which announces nothing twice.
pub(crate) fn read(account: AccountId, stored: Option<&[u8]>) -> Memory {
    let Some(stored) = stored else {
        return Memory::default();
    };
    Memory::decode(stored).unwrap_or_else(|error| {
        tracing::error!(%account, %error, "changes of the newest messages may go unnoticed once");
        Memory::default()
    })
}

/// Completes flushes by the memories of those accounts that learned something. Only the owner of a shard
/// does so, and its flush is refused if it is not the owner any more (invariant 3).
pub(crate) async fn complete(
    registry: &dyn Registry,
    shards: &Shards,
    flushes: &mut [ShardFlush],
) -> Result<(), RegistryError> {
    let mut learned: BTreeMap<AccountId, Pending> = BTreeMap::new();
    for flush in &*flushes {
        let Some(owned) = shards.get(flush.shard) else {
            continue;
        };
        let accounts = flush.accounts.iter().map(|checkpoint| checkpoint.account);
        learned.extend(accounts.filter_map(|id| Some((id, owned.standings.flushing(id)?))));
    }
    let accounts: Vec<AccountId> = learned.keys().copied().collect();
    let stored = registry.memories(&accounts).await?;
    let mut stored: HashMap<AccountId, Vec<u8>> = stored.into_iter().collect();
    for checkpoint in flushes.iter_mut().flat_map(|flush| &mut flush.accounts) {
        if let Some(lessons) = learned.get(&checkpoint.account) {
            let stored = stored.remove(&checkpoint.account);
            let mut memory = read(checkpoint.account, stored.as_deref());
            lessons.teach(&mut memory);
            checkpoint.memory = Some(memory.encode());
        }
    }
    Ok(())
}
