//! How many calls may be open: for each tenant, and for each account.

use crate::{MessagesConfig, reply};
use pushmail_domain::{AccountId, TenantId};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tonic::Status;

/// Only tenants and accounts with open calls are in it.
#[derive(Default)]
struct Open {
    tenants: HashMap<TenantId, usize>,
    accounts: HashMap<AccountId, usize>,
}

/// The calls that are open.
pub(crate) struct Slots {
    per_tenant: usize,
    per_account: usize,
    open: Arc<Mutex<Open>>,
}

/// The place of one open call; given up when dropped.
pub(crate) struct Slot {
    open: Arc<Mutex<Open>>,
    tenant: TenantId,
    account: AccountId,
}

impl Slots {
    pub(crate) fn new(config: &MessagesConfig) -> Self {
        Self {
            per_tenant: config.calls_per_tenant,
            per_account: config.calls_per_account,
            open: Arc::default(),
        }
    }

    /// A place for a call, or the status that says that there is none.
    pub(crate) fn enter(&self, tenant: TenantId, account: AccountId) -> Result<Slot, Status> {
        let mut open = lock(&self.open);
        let full = |key: &str, whose: &str| {
            reply::exhausted(&format!(
                "as many fetches for {whose} are open as messages.{key} allows: end one, or raise it"
            ))
        };
        if count(&open.tenants, tenant) >= self.per_tenant {
            return Err(full("calls_per_tenant", "the tenant"));
        }
        if count(&open.accounts, account) >= self.per_account {
            return Err(full("calls_per_account", "the account"));
        }
        *open.tenants.entry(tenant).or_default() += 1;
        *open.accounts.entry(account).or_default() += 1;
        Ok(Slot {
            open: self.open.clone(),
            tenant,
            account,
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = lock(&self.open);
        leave(&mut open.tenants, self.tenant);
        leave(&mut open.accounts, self.account);
    }
}

fn count<K: Hash + Eq>(open: &HashMap<K, usize>, key: K) -> usize {
    open.get(&key).copied().unwrap_or_default()
}

fn leave<K: Hash + Eq>(open: &mut HashMap<K, usize>, key: K) {
    if let Some(count) = open.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            open.remove(&key);
        }
    }
}

fn lock(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_its_call_has_ended() {
        let slots = Slots::new(&MessagesConfig {
            calls_per_tenant: 2,
            calls_per_account: 1,
            ..MessagesConfig::default()
        });
        let tenant = TenantId::from_bytes([1; 16]);
        let account = |number| AccountId::from_bytes([number; 16]);
        let one = slots.enter(tenant, account(1)).unwrap();
        let told = slots.enter(tenant, account(1)).err().unwrap();
        assert!(told.message().contains("calls_per_account"), "{told}");
        let _two = slots.enter(tenant, account(2)).unwrap();
        let told = slots.enter(tenant, account(3)).err().unwrap();
        assert!(told.message().contains("calls_per_tenant"), "{told}");
        drop(one);
        let _three = slots.enter(tenant, account(3)).unwrap();
        assert_eq!(lock(&slots.open).accounts.len(), 2);
    }
}
