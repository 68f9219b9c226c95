//! Which subscriptions are open in this process: the newest stream of a name wins at once. Between
//! processes the registry's epoch decides.

use pushmail_domain::TenantId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How long the stream before may take to store its position.
const HANDOVER: Duration = Duration::from_secs(5);

/// A subscription, by its owner and its name.
pub(crate) type Named = (TenantId, String);

/// Why a stream has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leave {
    /// Another stream opens the subscription.
    Superseded,
    /// The subscription is erased.
    Deleted,
}

/// The open ones.
#[derive(Default)]
pub(crate) struct Running(Mutex<HashMap<Named, Open>>);

/// The ends of an open stream that others hold.
struct Open {
    leave: watch::Sender<Option<Leave>>,
    gone: watch::Receiver<()>,
}

/// A stream's place among the open ones, given up when dropped.
pub(crate) struct Place {
    running: Arc<Running>,
    named: Named,
    leave: watch::Receiver<Option<Leave>>,
    /// Dropped with the place, which is how others see that it is gone.
    gone: watch::Sender<()>,
}

impl Running {
    /// Takes the name: the stream that has it is told, and has stored its position, or had time to,
    /// when this returns.
    pub(crate) async fn enter(self: &Arc<Self>, named: Named) -> Place {
        let (leave, told) = watch::channel(None);
        let (gone, seen) = watch::channel(());
        let open = Open { leave, gone: seen };
        let before = self.table().insert(named.clone(), open);
        let place = Place {
            running: Arc::clone(self),
            named,
            leave: told,
            gone,
        };
        if let Some(before) = before {
            before.end(Leave::Superseded).await;
        }
        place
    }

    /// Ends the stream that has the name open, if there is one.
    pub(crate) async fn end(&self, named: &Named, why: Leave) {
        let open = self.table().remove(named);
        if let Some(open) = open {
            open.end(why).await;
        }
    }

    /// Whether the name is open.
    pub(crate) fn is_open(&self, named: &Named) -> bool {
        self.table().contains_key(named)
    }

    fn table(&self) -> MutexGuard<'_, HashMap<Named, Open>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    async fn end(mut self, why: Leave) {
        self.leave.send_replace(Some(why));
        // Ends with an error when the place is gone, which is what is waited for.
        drop(tokio::time::timeout(HANDOVER, self.gone.changed()).await);
    }
}

impl Place {
    /// Waits until the stream has to end. Cancel-safe.
    pub(crate) async fn left(&mut self) -> Leave {
        match self.leave.wait_for(Option::is_some).await.map(|why| *why) {
            Ok(Some(why)) => why,
            // Its other end is dropped only after it has said why.
            _ => std::future::pending().await,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.running.table();
        let mine = |open: &Open| open.gone.same_channel(&self.gone.subscribe());
        if table.get(&self.named).is_some_and(mine) {
            table.remove(&self.named);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Named {
        (TenantId::from_bytes([1; 16]), name.to_owned())
    }

    #[tokio::test]
    async fn the_newest_one_enters_when_the_one_before_is_gone() {
        let running = Arc::new(Running::default());
        let mut first = running.enter(named("crm")).await;
        let next = Arc::clone(&running);
        let second = tokio::spawn(async move { next.enter(named("crm")).await });
        assert_eq!(first.left().await, Leave::Superseded);
        assert!(!second.is_finished());
        drop(first);
        let second = second.await.unwrap();
        assert!(running.is_open(&named("crm")), "only the first left");
        drop(second);
        assert!(!running.is_open(&named("crm")));
    }

    #[tokio::test]
    async fn another_name_is_left_alone() {
        let running = Arc::new(Running::default());
        let _first = running.enter(named("crm")).await;
        running.enter(named("billing")).await;
        running.end(&named("nobody"), Leave::Deleted).await;
        assert!(running.is_open(&named("crm")));
    }
}
