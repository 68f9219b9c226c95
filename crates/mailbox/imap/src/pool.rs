//! Sessions that wait a short while for the next request of their account.

use crate::session::Session;
use crate::state::{Key, State};
use pushmail_domain::{Account, AccountId};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A session in use.
pub(crate) struct Lease {
    account: AccountId,
    /// [`Account::version`] at the login: a changed account logs in anew.
    version: u64,
    pub(crate) session: Session,
}

struct Idle {
    lease: Lease,
    /// What was read last, unless that failed.
    state: Option<State>,
    until: Instant,
}

/// The sessions that wait, the longest waiting first.
pub(crate) struct Pool {
    wait: Duration,
    idle: Mutex<Vec<Idle>>,
    given_back: Notify,
}

impl Lease {
    pub(crate) const fn new(account: &Account, session: Session) -> Self {
        Self {
            account: account.id,
            version: account.version,
            session,
        }
    }
}

impl Pool {
    /// Sessions wait this long.
    pub(crate) fn new(wait: Duration) -> Self {
        Self {
            wait,
            idle: Mutex::default(),
            given_back: Notify::new(),
        }
    }

    /// A session of the account, if one waits: the one that can go on with what is wanted, with its state;
    /// else any.
    pub(crate) fn take(
        &self,
        account: &Account,
        key: &Key,
        uid_validity: Option<u32>,
        offset: u64,
    ) -> Option<(Session, Option<State>)> {
        let mut idle = self.lock();
        idle.retain(|idle| {
            idle.lease.account != account.id || idle.lease.version == account.version
        });
        let of_account = |idle: &Idle| idle.lease.account == account.id;
        let goes_on = |idle: &Idle| {
            let state = idle.state.as_ref();
            state.is_some_and(|state| state.continues(key, uid_validity, offset))
        };
        let at = idle
            .iter()
            .position(|idle| of_account(idle) && goes_on(idle))
            .or_else(|| idle.iter().rposition(of_account))?;
        let Idle { lease, state, .. } = idle.remove(at);
        let state = state.filter(|state| state.continues(key, uid_validity, offset));
        Some((lease.session, state))
    }

    /// Lets a session wait.
    pub(crate) fn give_back(&self, lease: Lease, state: Option<State>) {
        let until = Instant::now() + self.wait;
        self.lock().push(Idle {
            lease,
            state,
            until,
        });
        self.given_back.notify_one();
    }

    /// Closes the session that waits longest, to make room for another account's.
    pub(crate) fn evict(&self) -> bool {
        let mut idle = self.lock();
        if idle.is_empty() {
            return false;
        }
        drop(idle.remove(0));
        true
    }

    /// Closes sessions that have waited long enough, until `draining` is cancelled; then all.
    pub(crate) async fn tend(self: Arc<Self>, draining: CancellationToken) {
        loop {
            let next = self.lock().first().map(|idle| idle.until);
            let due = async {
                match next {
                    Some(until) => tokio::time::sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = draining.cancelled() => break,
                () = due => self.close(|idle| idle.until <= Instant::now()).await,
                () = self.given_back.notified() => {}
            }
        }
        self.close(|_| true).await;
    }

    async fn close(&self, due: impl Fn(&Idle) -> bool) {
        let closed: Vec<Idle> = {
            let mut idle = self.lock();
            let (closed, kept) = std::mem::take(&mut *idle).into_iter().partition(due);
            *idle = kept;
            closed
        };
        let goodbyes = closed.into_iter().map(|idle| idle.lease.session.close());
        futures::future::join_all(goodbyes).await;
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
