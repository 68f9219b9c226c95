//! What accounts of one provider taught about how long its connections may be silent.

use pushmail_domain::AccountId;
use pushmail_upstream::provider::Provider;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// One account's trouble is its own; that of so many is the provider's, or of the way to it.
const ACCOUNTS: usize = 3;
/// How many accounts are remembered of each provider.
const REMEMBERED: usize = 16;
/// How many providers are remembered.
const PROVIDERS: usize = 1024;

/// The longest silences that accounts' connections survived, by provider.
#[derive(Debug, Default)]
pub(crate) struct KeepAlives(Mutex<HashMap<Provider, VecDeque<(AccountId, Duration)>>>);

impl KeepAlives {
    /// A connection of the account died: no longer silence than this is tried with it.
    pub(crate) fn note(&self, provider: &Provider, account: AccountId, ceiling: Duration) {
        let mut providers = self.lock();
        if !providers.contains_key(provider) && providers.len() >= PROVIDERS {
            return;
        }
        let known = providers.entry(provider.clone()).or_default();
        known.retain(|(other, _)| *other != account);
        known.push_back((account, ceiling));
        if known.len() > REMEMBERED {
            known.pop_front();
        }
    }

    /// What no connection to the provider should try: what half of the accounts died of.
    pub(crate) fn limit(&self, provider: &Provider) -> Option<Duration> {
        let providers = self.lock();
        let known = providers.get(provider)?;
        let mut ceilings: Vec<Duration> = known.iter().map(|(_, ceiling)| *ceiling).collect();
        ceilings.sort_unstable();
        let middle = ceilings.len() / 2;
        (ceilings.len() >= ACCOUNTS).then(|| ceilings[middle])
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Provider, VecDeque<(AccountId, Duration)>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(number: u8) -> AccountId {
        AccountId::from_bytes([number; 16])
    }

    #[test]
    fn what_three_accounts_died_of_the_others_do_not_try() {
        let known = KeepAlives::default();
        let gmx = Provider::new("gmx", "");
        for (number, seconds) in [(1, 300), (2, 200), (1, 250)] {
            known.note(&gmx, account(number), Duration::from_secs(seconds));
        }
        assert_eq!(known.limit(&gmx), None, "two accounts are not enough");
        known.note(&gmx, account(3), Duration::from_secs(900));
        assert_eq!(known.limit(&gmx), Some(Duration::from_secs(250)));
        assert_eq!(known.limit(&Provider::new("other", "")), None);
    }

    #[test]
    fn old_lessons_are_forgotten() {
        let known = KeepAlives::default();
        let gmx = Provider::new("gmx", "");
        (0..3).for_each(|number| known.note(&gmx, account(number), Duration::from_secs(60)));
        (3..30).for_each(|number| known.note(&gmx, account(number), Duration::from_secs(600)));
        assert_eq!(known.limit(&gmx), Some(Duration::from_secs(600)));
    }
}
