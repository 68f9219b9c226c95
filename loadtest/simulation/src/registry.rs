//! The registry, simulated: a table that every worker reaches over a network that fails.

mod adapter;
mod unused;

pub(crate) use adapter::Adapter;

use crate::judge::Judge;
use pushmail_domain::{Account, AccountId, Epoch, Event, Position, Shard, StreamId};
use pushmail_registry::{
    AccountChange, Checkpoint, Flushed, ShardCheckpoint, ShardFlush, StreamGenerations, Tenant,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The database.
pub(crate) struct Server {
    judge: Arc<Judge>,
    state: Mutex<State>,
}

struct State {
    tenant: Tenant,
    accounts: BTreeMap<AccountId, Account>,
    checkpoints: BTreeMap<Shard, Row>,
    generations: StreamGenerations,
}

#[derive(Default)]
struct Row {
    epoch: Option<Epoch>,
    /// Which of the owner's flushes was stored last.
    turn: u64,
    position: Option<Position>,
    accounts: BTreeMap<AccountId, Checkpoint>,
}

impl Server {
    pub(crate) fn new(judge: Arc<Judge>, tenant: Tenant, accounts: Vec<Account>) -> Self {
        let accounts = accounts.into_iter().map(|account| (account.id, account));
        Self {
            judge,
            state: Mutex::new(State {
                tenant,
                accounts: accounts.collect(),
                checkpoints: BTreeMap::new(),
                generations: [1; StreamId::COUNT as usize],
            }),
        }
    }

    fn tenant(&self) -> Tenant {
        self.lock().tenant.clone()
    }

    fn shard_changes(&self, shards: &[Shard], after: u64) -> Vec<AccountChange> {
        let state = self.lock();
        let own = state
            .accounts
            .values()
            .filter(|account| account.version > after && shards.contains(&Shard::of(account.id)));
        let mut changes: Vec<Account> = own.cloned().collect();
        changes.sort_by_key(|account| account.version);
        changes.into_iter().map(AccountChange::Upserted).collect()
    }

    fn load_shard(&self, shard: Shard) -> ShardCheckpoint {
        let state = self.lock();
        let Some(row) = state.checkpoints.get(&shard) else {
            return ShardCheckpoint::default();
        };
        let without_memory = |checkpoint: &Checkpoint| Checkpoint {
            memory: None,
            ..checkpoint.clone()
        };
        ShardCheckpoint {
            position: row.position,
            accounts: row.accounts.values().map(without_memory).collect(),
        }
    }

    fn memories(&self, accounts: &[AccountId]) -> Vec<(AccountId, Vec<u8>)> {
        let state = self.lock();
        let memory = |account: &AccountId| {
            let row = state.checkpoints.get(&Shard::of(*account))?;
            Some((*account, row.accounts.get(account)?.memory.clone()?))
        };
        accounts.iter().filter_map(memory).collect()
    }

    /// Stores a flush; `turn` says which of its owner's it is. One that was overtaken by a later one is not stored: in
    /// SQL it would hold the rows' locks, and the later one would wait for it.
    fn flush(&self, turn: u64, flush: &ShardFlush) -> Flushed {
        let mut state = self.lock();
        let row = state.checkpoints.entry(flush.shard).or_default();
        if row.epoch.is_some_and(|epoch| epoch > flush.epoch) {
            return Flushed::StaleEpoch;
        }
        if row.epoch == Some(flush.epoch) && turn < row.turn {
            return Flushed::Stored;
        }
        (row.epoch, row.turn) = (Some(flush.epoch), turn);
        row.position = Some(flush.position);
        for checkpoint in &flush.accounts {
            let before = row.accounts.remove(&checkpoint.account);
            let memory = checkpoint.memory.clone();
            let memory = memory.or_else(|| before.and_then(|before| before.memory));
            let stored = Checkpoint {
                memory,
                ..checkpoint.clone()
            };
            row.accounts.insert(checkpoint.account, stored);
        }
        drop(state);
        self.judge.flushed(flush);
        Flushed::Stored
    }

    /// What a planted fault flushes: the cursors as they will be once the events are stored.
    fn flush_first(&self, turn: u64, shard: Shard, epoch: Epoch, events: &[Event]) {
        let checkpoint = self.load_shard(shard);
        let Some(position) = checkpoint.position else {
            return;
        };
        let mut accounts = checkpoint.accounts;
        for event in events {
            let of_event = accounts
                .iter_mut()
                .filter(|account| account.account == event.account);
            of_event.for_each(|account| account.cursor.apply(&event.cursor));
        }
        self.flush(
            turn,
            &ShardFlush {
                shard,
                epoch,
                position,
                accounts,
            },
        );
    }

    fn raise(&self, stream: StreamId, seen: u32) -> u32 {
        let mut state = self.lock();
        let generation = &mut state.generations[usize::from(stream.number())];
        *generation = (*generation).max(seen + 1);
        let generation = *generation;
        drop(state);
        self.judge.begins(stream, generation);
        generation
    }

    fn generations(&self) -> StreamGenerations {
        self.lock().generations
    }

    fn set_folders(&self, account: AccountId, folders: &[pushmail_domain::Folder]) {
        if let Some(account) = self.lock().accounts.get_mut(&account) {
            account.folders = folders.to_vec();
            account.listed = true;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
