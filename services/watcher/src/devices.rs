//! Whose devices are there, of a shard's accounts: asked for when they connect, and seldom.

use crate::Shared;
use crate::chain::Chain;
use pushmail_domain::{AccountId, Shard};
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::Mutex;

/// What was answered counts for this long.
const FRESH: Duration = Duration::from_secs(60);

/// What is known of a shard.
#[derive(Debug, Default)]
pub(crate) struct Devices(Mutex<Option<Known>>);

#[derive(Debug)]
struct Known {
    accounts: HashSet<AccountId>,
    /// Of when, in the clock's elapsed time.
    at: Duration,
}

impl Devices {
    /// Whether somebody's device was there lately. Not known: no.
    pub(crate) async fn include(&self, shared: &Shared, account: AccountId) -> bool {
        let includes = |accounts: &HashSet<_>| accounts.contains(&account);
        self.look(shared, Shard::of(account), includes).await
    }

    /// All accounts of this shard, which is the one that this is of, whose devices were there lately.
    pub(crate) async fn all(&self, shared: &Shared, shard: Shard) -> HashSet<AccountId> {
        self.look(shared, shard, HashSet::clone).await
    }

    async fn look<T>(
        &self,
        shared: &Shared,
        shard: Shard,
        look: impl FnOnce(&HashSet<AccountId>) -> T,
    ) -> T {
        let mut known = self.0.lock().await;
        let now = shared.clock.elapsed();
        if let Some(known) = &*known
            && now.saturating_sub(known.at) < FRESH
        {
            return look(&known.accounts);
        }
        let seen = shared.devices.seen(shard).await;
        let accounts = seen.unwrap_or_else(|error| {
            tracing::debug!(error = %Chain(&error), "not known whose devices are there");
            HashSet::new()
        });
        let looked = look(&accounts);
        *known = Some(Known { accounts, at: now });
        looked
    }
}
