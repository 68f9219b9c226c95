//! The ways between workers and the services, and what goes wrong on them.
//!
//! A request travels by itself: once sent it arrives, or not, whatever becomes of who sent it. Each takes a time of its
//! own, so that later requests overtake earlier ones.

use crate::chance::Chance;
use crate::trace::Trace;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

/// What a worker talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Service {
    Leases,
    Log,
    Registry,
}

impl Service {
    pub(crate) const ALL: [Self; 3] = [Self::Leases, Self::Log, Self::Registry];

    /// How long a worker waits for an answer.
    const fn patience(self) -> Duration {
        match self {
            Self::Leases => Duration::from_secs(2),
            Self::Log | Self::Registry => Duration::from_secs(5),
        }
    }
}

/// There was no answer: the request may have been done or not.
#[derive(Debug, thiserror::Error)]
#[error("no answer")]
pub(crate) struct NoAnswer;

/// All ways.
pub(crate) struct Network {
    pub(crate) chance: Arc<Chance>,
    pub(crate) trace: Arc<Trace>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Whether nothing goes wrong any more.
    calm: bool,
    cut: BTreeSet<(usize, Service)>,
    away: BTreeSet<Service>,
}

impl Network {
    pub(crate) fn new(chance: Arc<Chance>, trace: Arc<Trace>) -> Self {
        Self {
            chance,
            trace,
            state: Mutex::default(),
        }
    }

    pub(crate) fn cut(&self, worker: usize, service: Service, is_cut: bool) {
        let mut state = self.lock();
        match is_cut {
            true => state.cut.insert((worker, service)),
            false => state.cut.remove(&(worker, service)),
        };
    }

    pub(crate) fn away(&self, service: Service, is_away: bool) {
        let mut state = self.lock();
        match is_away {
            true => state.away.insert(service),
            false => state.away.remove(&service),
        };
    }

    /// From here on nothing goes wrong.
    pub(crate) fn calm(&self) {
        *self.lock() = State {
            calm: true,
            ..State::default()
        };
    }

    /// Whether anything can pass.
    pub(crate) fn passes(&self, worker: usize, service: Service) -> bool {
        let state = self.lock();
        !state.cut.contains(&(worker, service)) && !state.away.contains(&service)
    }

    /// Whether this one message is lost though it could pass.
    fn loses(&self) -> bool {
        !self.lock().calm && self.chance.one_in(40)
    }

    /// How long a message is on its way.
    fn delay(&self) -> Duration {
        let calm = self.lock().calm;
        match self.chance.index(100) {
            0 if !calm => self.chance.between(0, 8000),
            1..=6 if !calm => self.chance.between(0, 1000),
            _ => self.chance.between(0, 15),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One worker's way to one service.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) network: Arc<Network>,
    pub(crate) worker: usize,
    pub(crate) service: Service,
}

impl Link {
    /// Has the service do something, and waits for its answer.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        serve: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NoAnswer> {
        let (there, back) = (self.network.delay(), self.network.delay());
        let (sent, answered) = (!self.network.loses(), !self.network.loses());
        let (reply, answer) = oneshot::channel();
        let link = self.clone();
        tokio::spawn(async move {
            sleep(there).await;
            if !sent || !link.passes() {
                return link.lost(reply).await;
            }
            let served = serve();
            sleep(back).await;
            if !answered || !link.passes() {
                return link.lost(reply).await;
            }
            drop(reply.send(served));
        });
        let answer = timeout(self.service.patience(), answer).await;
        answer.ok().and_then(Result::ok).ok_or(NoAnswer)
    }

    fn passes(&self) -> bool {
        self.network.passes(self.worker, self.service)
    }

    /// A worker learns of it at once, or never.
    async fn lost<T>(&self, reply: oneshot::Sender<T>) {
        if self.network.chance.one_in(2) {
            sleep(self.service.patience()).await;
        }
        drop(reply);
    }
}
