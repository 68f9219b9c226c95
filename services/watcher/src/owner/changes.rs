//! The registry's feed: which accounts there are, and how they change.

use super::taking::Taking;
use super::{Owner, Place, Watched};
use crate::Shared;
use crate::account::Running;
use crate::chain::Chain;
use pushmail_domain::{Account, AccountId, SHARD_COUNT, Shard, TenantId};
use pushmail_registry::{AccountChange, RegistryError};
use std::sync::Arc;

/// How many changes are read at a time.
const PAGE: u32 = 1000;
/// The accounts of so many new shards are read together: each page of them costs the registry a look at all accounts of these.
const TOGETHER: usize = 32;
/// Of so many shards or more, all are: a look at whatever there is would find few that are others'.
const MANY: usize = SHARD_COUNT as usize / 4;

impl Owner {
    /// Learns the accounts of some new shards, or, once there is none, takes in what changed in the others. Whether it has caught
    /// up.
    pub(super) async fn catch_up(&mut self) -> Result<bool, RegistryError> {
        let new = self.shards_that(|place| matches!(place, Place::New));
        let followed = self.shards_that(|place| {
            matches!(place, Place::Empty | Place::Taking(_) | Place::Owned(..))
        });
        // The feed shows changes in order: what it had shown of any shard before a new one was read is in what was
        // read of that.
        let together = match new.len() {
            few if few < MANY => TOGETHER,
            many => many,
        };
        if let Some(some) = new.chunks(together).next() {
            let seen = self.read(some, 0).await?;
            some.iter().for_each(|shard| self.known(*shard));
            if followed.is_empty() {
                self.version = self.version.max(seen);
            }
            return Ok(false);
        }
        if !followed.is_empty() {
            self.version = self.read(&followed, self.version).await?;
        }
        Ok(true)
    }

    fn shards_that(&self, is: impl Fn(&Place) -> bool) -> Vec<Shard> {
        let places = self.places.iter().filter(|(_, place)| is(place));
        places.map(|(shard, _)| *shard).collect()
    }

    /// A shard that has no account so far has none.
    fn known(&mut self, shard: Shard) {
        if let Some(place @ Place::New) = self.places.get_mut(&shard).map(Box::as_mut) {
            *place = Place::Empty;
        }
    }

    /// Takes in every change of these shards above `after`; the version of the last.
    async fn read(&mut self, shards: &[Shard], after: u64) -> Result<u64, RegistryError> {
        let mut version = after;
        loop {
            let registry = &self.shared.registry;
            let changes = registry.shard_changes(shards, version, PAGE).await?;
            let last = changes.last().map(AccountChange::version);
            let full = changes.len() >= PAGE as usize;
            self.take_in_changes(changes);
            version = last.unwrap_or(version);
            if !full {
                return Ok(version);
            }
        }
    }

    fn take_in_changes(&mut self, changes: Vec<AccountChange>) {
        let mut gone = Vec::new();
        for change in changes {
            match change {
                AccountChange::Upserted(account) => self.upserted(account),
                AccountChange::Deleted {
                    tenant, account, ..
                } => match self.deleted(account) {
                    Some(running) => self.purge(vec![(tenant, account)], Some(running)),
                    None => gone.push((tenant, account)),
                },
            }
        }
        if !gone.is_empty() {
            self.purge(gone, None);
        }
    }

    fn upserted(&mut self, account: Account) {
        let shard = Shard::of(account.id);
        match self.places.get_mut(&shard).map(Box::as_mut) {
            Some(Place::Owned(..)) => self.start(shard, account, false),
            Some(Place::Taking(taking)) => taking.hold(account),
            Some(Place::New | Place::Empty) => {
                let before = self.ended.remove(&shard);
                let mut taking = Taking::start(&self.shared, shard, before, self.took.clone());
                taking.hold(account);
                self.replace(shard, Place::Taking(taking));
            }
            Some(Place::Fenced(_) | Place::Ending) | None => {}
        }
    }

    /// Forgets the account, unless it is running: then its end has to be waited for first.
    fn deleted(&mut self, account: AccountId) -> Option<Running> {
        match self.places.get_mut(&Shard::of(account)).map(Box::as_mut)? {
            Place::Taking(taking) => {
                taking.let_go(account);
                None
            }
            Place::Owned(owned, accounts) => {
                let running = accounts.remove(&account).and_then(Watched::running);
                if running.is_none() {
                    owned.standings.forget(account);
                }
                running
            }
            _ => None,
        }
    }

    /// Purges the events of deleted accounts, also of those that never ran here: whoever was to do it
    /// may have ended before. One after the other, and only where there is anything.
    fn purge(&self, accounts: Vec<(TenantId, AccountId)>, running: Option<Running>) {
        let (shared, shards) = (self.shared.clone(), Arc::clone(&self.shards));
        self.shared.lifecycle.spawn("watcher.delete", async move {
            if let Some(running) = running {
                running.stop().await;
            }
            let stopping = shared.lifecycle.stopping();
            for (tenant, account) in accounts {
                if stopping.is_cancelled() {
                    return;
                }
                if let Some(owned) = shards.get(Shard::of(account)) {
                    owned.standings.forget(account);
                }
                purge(&shared, tenant, account).await;
            }
        });
    }
}

/// Reads first: a restart sees every deletion again, and a purge writes.
async fn purge(shared: &Shared, tenant: TenantId, account: AccountId) {
    let purged = match shared.log.last_of_account(tenant, account).await {
        Ok(None) => Ok(()),
        Ok(Some(_)) => shared.log.purge_account(tenant, account, None).await,
        Err(error) => Err(error),
    };
    if let Err(error) = purged {
        tracing::error!(%account, error = %Chain(&error), "a deleted account's events could not be purged; the next start tries again");
    }
}
