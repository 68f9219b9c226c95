//! The right to begin. A watcher begins its accounts bit by bit: many that begin together would hold up all that runs, and a task
//! takes more room than an account.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// So many accounts are on their way to their first connection for each that may be connecting.
const AHEAD: usize = 4;
/// One that waits longer for its turn lets another begin: it may be a provider's or a tenant's that few may connect of.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many accounts may be on their way.
#[derive(Debug, Clone)]
pub(crate) struct Starting(Arc<Semaphore>);

/// The right of one account to be on its way to its first connection; given back when dropped. The default is of an account that
/// needs none.
#[derive(Debug, Default)]
pub(crate) struct Start(Option<OwnedSemaphorePermit>);

impl Starting {
    /// Where so many accounts may be connecting.
    pub(crate) fn new(connecting: usize) -> Self {
        let most = connecting.max(1).saturating_mul(AHEAD);
        Self(Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))))
    }

    /// Waits until one more may begin.
    pub(crate) async fn next(self) -> Start {
        // It is never closed.
        Start(self.0.acquire_owned().await.ok())
    }
}

impl Start {
    /// Lets another begin: this one waits, and there is no saying how long.
    pub(crate) fn give_back(&mut self) {
        self.0 = None;
    }

    /// Waits for this, and lets another begin if that takes long.
    pub(crate) async fn while_waiting<T>(&mut self, waiting: impl Future<Output = T>) -> T {
        let mut waiting = pin!(waiting);
        if self.0.is_some() {
            if let Ok(done) = timeout(PATIENCE, &mut waiting).await {
                return done;
            }
            self.give_back();
        }
        waiting.await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;
    use std::future::{pending, ready};

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_long_lets_another_begin() {
        let starting = Starting::new(1);
        let mut all = Vec::new();
        for _ in 0..AHEAD {
            all.push(starting.clone().next().await);
        }
        let full = || starting.clone().next().now_or_never().is_none();
        assert!(full());
        all[0].while_waiting(ready(())).await;
        assert!(full());
        let waiting = all[0].while_waiting(pending::<()>());
        assert!(timeout(PATIENCE * 2, waiting).await.is_err());
        assert!(!full());
    }
}
