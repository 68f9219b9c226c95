//! A line of waiters.

use super::{Lane, Order, Place};
use pushmail_domain::TenantId;
use tokio::sync::oneshot;

/// Waiters, who are served in their order.
#[derive(Debug, Default)]
pub(crate) struct Line(Order<oneshot::Sender<()>>);

/// One who waits. Give it back to the line if it goes without having been served.
#[derive(Debug)]
pub(crate) struct Waiter {
    place: Place,
    served: oneshot::Receiver<()>,
}

impl Waiter {
    /// Waits to be served. Cancel-safe; not to be awaited again afterwards.
    pub(crate) async fn served(&mut self) {
        // The line keeps the other end until it has served, or is told that the waiter left.
        if (&mut self.served).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Whether it was served. Then it is not to be awaited any more.
    pub(crate) fn is_served(&mut self) -> bool {
        self.served.try_recv().is_ok()
    }
}

impl Line {
    pub(crate) fn join(&mut self, tenant: TenantId, lane: Lane) -> Waiter {
        let (sender, served) = oneshot::channel();
        let place = self.0.join(tenant, lane, sender);
        Waiter { place, served }
    }

    /// Serves the next one; `false` if nobody waits.
    pub(crate) fn serve(&mut self) -> bool {
        while let Some(waiter) = self.0.serve() {
            if waiter.send(()).is_ok() {
                return true;
            }
        }
        false
    }

    /// The waiter goes; whether it had been served, so that somebody else can have what it got.
    pub(crate) fn leave(&mut self, mut waiter: Waiter) -> bool {
        waiter.is_served() || self.0.leave(waiter.place).is_none()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: TenantId = TenantId::from_bytes([1; 16]);

    #[test]
    fn each_is_served_in_turn() {
        let mut line = Line::default();
        let mut later = line.join(ANN, Lane::New);
        let mut first = line.join(ANN, Lane::Device);
        assert!(line.serve());
        assert!(first.is_served() && !later.is_served());
        assert!(line.serve());
        assert!(later.is_served());
        assert!(!line.serve());
    }

    #[test]
    fn who_leaves_is_not_served_and_who_was_served_leaves_it_to_another() {
        let mut line = Line::default();
        let [one, two, three] = [(); 3].map(|()| line.join(ANN, Lane::Live));
        assert!(!line.leave(two));
        assert!(line.serve());
        assert!(line.leave(one));
        drop(three);
        assert_eq!(line.len(), 1);
        assert!(!line.serve(), "nobody is there to be served");
    }
}
