//! What is the same for all users.

use super::Config;
use super::faults::Troubles;
use super::policy::StaleKey;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is the same for all users.
pub(crate) struct Service {
    pub(super) config: Config,
    /// It is reached by TLS.
    pub(super) is_secure: bool,
    policy: Mutex<PolicyState>,
    troubles: Mutex<Troubles>,
}

/// How often the policy changed, and how a key from before that is refused.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PolicyState {
    pub(super) version: u32,
    pub(super) stale: Option<StaleKey>,
}

impl Service {
    pub(crate) fn new(config: Config, is_secure: bool) -> Self {
        Self {
            config,
            is_secure,
            policy: Mutex::default(),
            troubles: Mutex::default(),
        }
    }

    pub(super) fn policy(&self) -> MutexGuard<'_, PolicyState> {
        lock(&self.policy)
    }

    pub(super) fn troubles(&self) -> MutexGuard<'_, Troubles> {
        lock(&self.troubles)
    }
}

impl PolicyState {
    pub(super) fn change(&mut self, stale: StaleKey) {
        self.version += 1;
        self.stale = Some(stale);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
