//! Connections by account, and by host and source address.

use super::{Ask, Kind};
use pushmail_domain::AccountId;
use pushmail_pacer::{Level, Rate};
use std::collections::HashMap;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// One in so many of a host's connections is for sessions.
const SHARE: u32 = 10;

/// Accounts beyond so many are looked through for those of which nothing has to be kept.
const KEPT: usize = 1024;

#[derive(Debug)]
pub(super) struct Slots {
    per_host: Used,
    state: Mutex<State>,
    /// Rung when a slot was given back.
    freed: Notify,
}

#[derive(Debug, Default)]
struct State {
    accounts: HashMap<AccountId, OfAccount>,
    /// One `Arc` for all slots of a way.
    hosts: HashMap<Arc<Way>, Used>,
    /// With so many accounts they are looked through.
    sweep_at: usize,
}

/// The host, and the source address towards it.
type Way = (String, Option<IpAddr>);

#[derive(Debug, Default)]
struct OfAccount {
    used: Used,
    logins: Level,
}

/// Connections of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Used {
    watch: u32,
    sessions: u32,
}

/// One connection's place; given back when dropped.
#[derive(Debug)]
pub(super) struct Slot {
    slots: Arc<Slots>,
    account: AccountId,
    way: Arc<Way>,
    kind: Kind,
}

impl Used {
    const fn of(&mut self, kind: Kind) -> &mut u32 {
        match kind {
            Kind::Watch => &mut self.watch,
            Kind::Session => &mut self.sessions,
        }
    }

    fn fits(mut self, kind: Kind, mut most: Self) -> bool {
        *self.of(kind) < *most.of(kind)
    }

    const fn is_none(self) -> bool {
        self.watch == 0 && self.sessions == 0
    }
}

impl Slots {
    pub(super) fn new(per_host: u32) -> Self {
        let per_host = per_host.max(2);
        let sessions = (per_host / SHARE).max(1);
        Self {
            per_host: Used {
                watch: per_host - sessions,
                sessions,
            },
            state: Mutex::default(),
            freed: Notify::new(),
        }
    }

    /// Waits for a place at the account, which has at most this many connections, and at the host.
    pub(super) async fn take(self: &Arc<Self>, ask: &Ask<'_>, connections: u32) -> Slot {
        loop {
            let mut freed = pin!(self.freed.notified());
            // From here on: what is given back after a look in vain is not missed.
            freed.as_mut().enable();
            if let Some(slot) = self.try_take(ask, connections) {
                return slot;
            }
            freed.await;
        }
    }

    pub(super) fn have_room(&self, ask: &Ask<'_>, connections: u32) -> bool {
        self.fits(&self.lock(), ask, connections)
    }

    /// Counts a login of an account that has a slot, or says how long it has to wait for it.
    pub(super) fn log_in(
        &self,
        account: AccountId,
        rate: Rate,
        spared: u32,
        now: Duration,
    ) -> Result<(), Duration> {
        let mut state = self.lock();
        state.sweep(now);
        let entry = state.accounts.entry(account).or_default();
        let grant = entry.logins.take(rate, 1, spared, now);
        match grant.tokens {
            0 => Err(grant.again_in),
            _ => Ok(()),
        }
    }

    fn try_take(self: &Arc<Self>, ask: &Ask<'_>, connections: u32) -> Option<Slot> {
        let mut state = self.lock();
        if !self.fits(&state, ask, connections) {
            return None;
        }
        let account = state.accounts.entry(ask.account).or_default();
        *account.used.of(ask.kind) += 1;
        let way = state.way(way(ask));
        *state.hosts.entry(way.clone()).or_default().of(ask.kind) += 1;
        Some(Slot {
            slots: self.clone(),
            account: ask.account,
            way,
            kind: ask.kind,
        })
    }

    fn fits(&self, state: &State, ask: &Ask<'_>, connections: u32) -> bool {
        let per_account = Used {
            watch: 1,
            sessions: connections.saturating_sub(1),
        };
        let account = state.accounts.get(&ask.account).map(|entry| entry.used);
        let host = state.hosts.get(&way(ask)).copied();
        account.unwrap_or_default().fits(ask.kind, per_account)
            && host.unwrap_or_default().fits(ask.kind, self.per_host)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The way as it is known, if it is.
    fn way(&self, way: Way) -> Arc<Way> {
        let known = self.hosts.get_key_value(&way);
        known.map_or_else(|| Arc::new(way), |(known, _)| known.clone())
    }

    /// Forgets accounts without a connection whose logins are all long ago.
    fn sweep(&mut self, now: Duration) {
        if self.accounts.len() < self.sweep_at.max(KEPT) {
            return;
        }
        self.accounts
            .retain(|_, entry| !entry.used.is_none() || !entry.logins.is_full(now));
        self.sweep_at = self.accounts.len() * 2;
    }

    fn give_back(&mut self, account: AccountId, way: &Way, kind: Kind) {
        if let Some(entry) = self.accounts.get_mut(&account) {
            *entry.used.of(kind) -= 1;
        }
        if let Some(used) = self.hosts.get_mut(way) {
            *used.of(kind) -= 1;
            if used.is_none() {
                self.hosts.remove(way);
            }
        }
    }
}

fn way(ask: &Ask<'_>) -> Way {
    (ask.host.to_ascii_lowercase(), ask.egress)
}

impl Drop for Slot {
    fn drop(&mut self) {
        let (account, kind) = (self.account, self.kind);
        self.slots.lock().give_back(account, &self.way, kind);
        self.slots.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::ProviderBudget;
    use crate::provider::Provider;
    use crate::queue::Lane;
    use pushmail_domain::TenantId;

    const RATE: Rate = Rate {
        burst: 1,
        every: Duration::from_secs(10),
    };

    #[test]
    fn an_account_without_connection_is_forgotten_once_its_logins_are_long_ago() {
        let slots = Arc::new(Slots::new(KEPT as u32 * 4));
        let provider = Provider::new("", "mail.example.org");
        let ask = |number: usize| Ask {
            account: AccountId::from_bytes(
                [(number / 256) as u8, (number % 256) as u8]
                    .repeat(8)
                    .try_into()
                    .unwrap(),
            ),
            tenant: TenantId::from_bytes([1; 16]),
            host: "mail.example.org",
            provider: &provider,
            limits: ProviderBudget::default(),
            egress: None,
            kind: Kind::Watch,
            lane: Lane::Live,
        };
        let held = slots.try_take(&ask(KEPT), 2).unwrap();
        for number in 2..KEPT {
            drop(slots.try_take(&ask(number), 2).unwrap());
            let at = Duration::from_secs(u64::from(number == 2));
            slots.log_in(ask(number).account, RATE, 0, at).unwrap();
        }
        let another = slots.try_take(&ask(0), 2).unwrap();
        let later = Duration::from_secs(10);
        slots.log_in(ask(0).account, RATE, 0, later).unwrap();
        // The two with a connection, and the one whose login is not 10 s ago.
        assert_eq!(slots.lock().accounts.len(), 3);
        drop(another);
        drop(held);
        assert!(slots.lock().hosts.is_empty());
    }
}
