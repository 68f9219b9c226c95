//! The scheduler: which ready task is polled next, and which do not run at all.
//!
//! The runtime polls ready tasks first come, first served. Each task of a worker is wrapped: before it is polled, chance
//! may send it to the end of the queue, so that any order of the ready tasks may come about. A worker's
//! gate can be shut: then none of its tasks is polled, as in a stopped process, while timers, requests under way and
//! the rest of the world go on. Or it can fall: then its tasks end where they wait, as in a killed process.

use crate::chance::Chance;
use pushmail_runtime::{Pace, PacedTask};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Once in so many times a ready task has to wait for the others.
const DEFERS: u64 = 3;

/// The gate that all tasks of one worker go through.
pub(crate) struct Gate {
    chance: Arc<Chance>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    stands: Stands,
    tasks: u64,
    wakers: BTreeMap<u64, Waker>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Stands {
    #[default]
    Open,
    Shut,
    Fallen,
}

impl Gate {
    pub(crate) fn new(chance: Arc<Chance>) -> Self {
        Self {
            chance,
            state: Arc::default(),
        }
    }

    /// Stops the worker where it stands.
    pub(crate) fn shut(&self) {
        self.set(Stands::Shut);
    }

    /// Lets the worker go on.
    pub(crate) fn open(&self) {
        self.set(Stands::Open);
    }

    /// Kills the worker.
    pub(crate) fn fall(&self) {
        self.set(Stands::Fallen);
    }

    fn set(&self, stands: Stands) {
        let mut state = lock(&self.state);
        if state.stands == Stands::Fallen {
            return;
        }
        state.stands = stands;
        let wakers: Vec<Waker> = state.wakers.values().cloned().collect();
        drop(state);
        wakers.iter().for_each(Waker::wake_by_ref);
    }
}

impl Pace for Gate {
    fn wrap(&self, _name: &'static str, task: PacedTask) -> PacedTask {
        let mut state = lock(&self.state);
        state.tasks += 1;
        Box::pin(Gated {
            number: state.tasks,
            task: Some(task),
            chance: self.chance.clone(),
            state: self.state.clone(),
        })
    }
}

struct Gated {
    number: u64,
    /// `None` once it has ended.
    task: Option<PacedTask>,
    chance: Arc<Chance>,
    state: Arc<Mutex<State>>,
}

impl Future for Gated {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let stands = this.note(cx.waker());
        let Some(task) = &mut this.task else {
            return Poll::Ready(());
        };
        match stands {
            Stands::Shut => return Poll::Pending,
            Stands::Fallen => {
                this.task = None;
                return Poll::Ready(());
            }
            Stands::Open => {}
        }
        if this.chance.one_in(DEFERS) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        task.as_mut().poll(cx)
    }
}

impl Gated {
    /// Remembers how to wake the task.
    fn note(&self, waker: &Waker) -> Stands {
        let mut state = lock(&self.state);
        match state.wakers.get_mut(&self.number) {
            Some(known) => known.clone_from(waker),
            None => drop(state.wakers.insert(self.number, waker.clone())),
        }
        state.stands
    }
}

impl Drop for Gated {
    fn drop(&mut self) {
        lock(&self.state).wakers.remove(&self.number);
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
