//! Taking a shard, in a task of its own: one that cannot be taken holds up no account but its own.

use crate::Shared;
use crate::chain::Chain;
use crate::generation;
use crate::retries::Retries;
use crate::shard::{Fenced, NotTaken, OwnedShard};
use pushmail_domain::{Account, AccountId, Shard};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A shard that is being taken; dropping this ends the attempt.
pub(super) struct Taking {
    /// What starts when it is owned. Boxed, so that free places are small.
    accounts: BTreeMap<AccountId, Box<Account>>,
    _cancel: DropGuard,
}

/// A shard that is owned now.
pub(super) struct Took {
    pub(super) shard: Shard,
    pub(super) owned: Arc<OwnedShard>,
    /// Its accounts whose devices are there.
    pub(super) devices: HashSet<AccountId>,
}

impl Taking {
    /// Begins to take the shard, once what ran in it before has ended.
    pub(super) fn start(
        shared: &Arc<Shared>,
        shard: Shard,
        before: Option<JoinHandle<()>>,
        took: mpsc::UnboundedSender<Took>,
    ) -> Self {
        let cancel = shared.lifecycle.draining().child_token();
        let (shared_, cancelled) = (shared.clone(), cancel.clone());
        shared.lifecycle.spawn("watcher.take", async move {
            if let Some(before) = before {
                // A panic inside was already reported by the lifecycle.
                drop(before.await);
            }
            let taking = async {
                let owned = until_taken(&shared_, shard, &cancelled).await?;
                let devices = owned.devices.all(&shared_, shard).await;
                Some(Took {
                    shard,
                    owned,
                    devices,
                })
            };
            if let Some(Some(taken)) = cancelled.run_until_cancelled(taking).await {
                // Without a receiver the worker has ended.
                drop(took.send(taken));
            }
        });
        Self {
            accounts: BTreeMap::new(),
            _cancel: cancel.drop_guard(),
        }
    }

    /// Keeps the account, as it is now, until the shard is owned.
    pub(super) fn hold(&mut self, account: Account) {
        self.accounts.insert(account.id, Box::new(account));
    }

    pub(super) fn let_go(&mut self, account: AccountId) {
        self.accounts.remove(&account);
    }

    /// What starts now.
    pub(super) fn accounts(&mut self) -> impl Iterator<Item = Account> + use<> {
        let accounts = std::mem::take(&mut self.accounts);
        accounts.into_values().map(|account| *account)
    }
}

/// Fences and folds until it works.
async fn until_taken(
    shared: &Arc<Shared>,
    shard: Shard,
    cancelled: &CancellationToken,
) -> Option<Arc<OwnedShard>> {
    let mut retries = Retries::default();
    let mut fenced = None;
    loop {
        let error = match attempt(shared, shard, &mut fenced).await {
            Ok(owned) => return Some(owned),
            Err(error) => error,
        };
        let error = match error {
            NotTaken::LogRegressed { generation, .. } => {
                fenced = None;
                match generation::raise(shared, shard, generation).await {
                    Ok(()) => continue,
                    Err(error) => error.into(),
                }
            }
            NotTaken::Overtaken(_) => {
                // If it is leased to this worker all the same, it is taken anew.
                fenced = None;
                error
            }
            error => error,
        };
        if retries.failed() {
            tracing::error!(%shard, error = %Chain(&error), "the shard cannot be taken; its accounts wait, and it is tried again");
        }
        tokio::select! {
            biased;
            () = tokio::time::sleep(retries.pause(&*shared.entropy)) => {}
            () = cancelled.cancelled() => return None,
        }
    }
}

/// One fence is enough for all attempts. What the log had lost before it could not be told after another one, which
/// fills the gap.
async fn attempt(
    shared: &Arc<Shared>,
    shard: Shard,
    fenced: &mut Option<Fenced>,
) -> Result<Arc<OwnedShard>, NotTaken> {
    let _permit = shared.turns.taking.acquire().await;
    let held = match *fenced {
        Some(held) => held,
        None => *fenced.insert(Fenced::new(shared, shard).await?),
    };
    held.own(shared).await
}
