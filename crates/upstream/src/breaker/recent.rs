//! How the last logins at one provider went.

use pushmail_domain::AccountId;
use std::collections::VecDeque;
use std::time::Duration;

/// No more logins than this are remembered; the oldest go first.
const MOST: usize = 512;

#[derive(Debug, Clone, Copy)]
struct Login {
    at: Duration,
    account: AccountId,
    failed: bool,
}

/// The last login of each account, in the order of time.
#[derive(Debug, Default)]
pub(super) struct Recent(VecDeque<Login>);

impl Recent {
    /// Remembers a login, in the place of the account's last one.
    pub(super) fn add(&mut self, at: Duration, account: AccountId, failed: bool) {
        self.0.retain(|login| login.account != account);
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(Login {
            at,
            account,
            failed,
        });
    }

    /// Forgets what is older than the window.
    pub(super) fn prune(&mut self, now: Duration, window: Duration) {
        let old = |login: &Login| now.saturating_sub(login.at) > window;
        while self.0.front().is_some_and(old) {
            self.0.pop_front();
        }
    }

    pub(super) fn clear(&mut self) {
        self.0 = VecDeque::new();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many accounts logged in or tried to.
    pub(super) fn total(&self) -> usize {
        self.0.len()
    }

    pub(super) fn failed(&self) -> usize {
        self.0.iter().filter(|login| login.failed).count()
    }

    pub(super) fn another_failed(&self, account: AccountId) -> bool {
        let mut all = self.0.iter();
        all.any(|login| login.failed && login.account != account)
    }
}
