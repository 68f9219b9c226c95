//! Taking shards, so that one that cannot be taken holds up no account but its own.

use super::{Feed, PAGE};
use crate::chain::Chain;
use crate::shard::{Fenced, NotTaken, OwnedShard};
use futures::stream::{self, StreamExt as _};
use pushmail_domain::{Account, AccountId, Shard};
use pushmail_registry::AccountChange;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// How many shards are taken at the same time.
const TAKING: usize = 64;

/// A shard that is fenced and not owned yet.
pub(super) struct Waiting {
    fenced: Fenced,
    /// What starts when it is owned.
    accounts: HashMap<AccountId, Account>,
}

impl Waiting {
    fn new(fenced: Fenced) -> Self {
        Self {
            fenced,
            accounts: HashMap::new(),
        }
    }

    /// Keeps the account, as it is now, until the shard is owned.
    pub(super) fn hold(&mut self, account: Account) {
        self.accounts.insert(account.id, account);
    }

    pub(super) fn let_go(&mut self, account: AccountId) {
        self.accounts.remove(&account);
    }
}

impl Feed {
    /// Fences the shards of all accounts before the first account starts: what it appended could
    /// hide that the log ends before another shard's checkpoint. For that reason a failed fence, and
    /// it alone, keeps every account waiting.
    pub(super) async fn fence_all(&mut self) -> Result<(), NotTaken> {
        let mut version = 0;
        loop {
            let changes = self.shared.registry.account_changes(version, PAGE).await?;
            let Some(last) = changes.last() else {
                return Ok(());
            };
            version = match last {
                AccountChange::Upserted(account) => account.version,
                AccountChange::Deleted { version, .. } => *version,
            };
            self.fence(&changes).await?;
        }
    }

    /// Fences the shards that the changed accounts need, many at a time. They wait from here on;
    /// returns which.
    pub(super) async fn fence(
        &mut self,
        changes: &[AccountChange],
    ) -> Result<Vec<Shard>, NotTaken> {
        let missing: BTreeSet<Shard> = changes
            .iter()
            .filter_map(|change| match change {
                AccountChange::Upserted(account) => Some(Shard::of(account.id)),
                AccountChange::Deleted { .. } => None,
            })
            .filter(|shard| !self.waiting.contains_key(shard) && self.shards.get(*shard).is_none())
            .collect();
        let fences: Vec<Result<Fenced, NotTaken>> = stream::iter(missing)
            .map(|shard| Fenced::new(&self.shared, shard))
            .buffer_unordered(TAKING)
            .collect()
            .await;
        let mut outcome = Ok(Vec::new());
        for fenced in fences {
            match fenced {
                Ok(fenced) => {
                    self.waiting.insert(fenced.shard, Waiting::new(fenced));
                    if let Ok(shards) = &mut outcome {
                        shards.push(fenced.shard);
                    }
                }
                Err(error) => outcome = Err(error),
            }
        }
        outcome
    }

    /// Tries to take every shard that waits.
    pub(super) async fn own_waiting(&mut self) -> Result<(), NotTaken> {
        let all = self.waiting.keys().copied().collect();
        self.own(all).await
    }

    /// Takes these fenced shards and starts their accounts; those that cannot be taken go on waiting.
    /// Only a log that lost events is an error.
    pub(super) async fn own(&mut self, shards: Vec<Shard>) -> Result<(), NotTaken> {
        let fences: Vec<Fenced> = shards
            .iter()
            .filter_map(|shard| Some(self.waiting.get(shard)?.fenced))
            .collect();
        let outcomes: Vec<(Shard, Result<Arc<OwnedShard>, NotTaken>)> = stream::iter(fences)
            .map(async |fenced| (fenced.shard, fenced.own(&self.shared).await))
            .buffer_unordered(TAKING)
            .collect()
            .await;
        let (mut regressed, mut failed) = (Ok(()), Vec::new());
        for (shard, outcome) in outcomes {
            match outcome {
                Ok(owned) => self.owned(owned),
                Err(error @ NotTaken::LogRegressed { .. }) => regressed = Err(error),
                Err(error) => failed.push((shard, error)),
            }
        }
        if let Some((shard, error)) = failed.first() {
            tracing::error!(
                %shard, error = %Chain(error), shards = failed.len(),
                "a shard cannot be taken; its accounts wait, and it is tried again"
            );
        }
        regressed
    }

    fn owned(&mut self, owned: Arc<OwnedShard>) {
        let waited = self.waiting.remove(&owned.shard);
        self.shards.insert(owned.clone());
        for account in waited.into_iter().flat_map(|waited| waited.accounts) {
            self.start(&owned, account.1);
        }
    }
}
