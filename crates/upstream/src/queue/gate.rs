//! A gate that lets so many in at the same time.

use super::Lane;
use super::line::{Line, Waiter};
use pushmail_domain::TenantId;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Lets so many in at the same time; the others wait in line. Copies are the same gate.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// How many more may enter. As long as there are any, nobody waits.
    free: usize,
    line: Line,
}

/// The right to be inside; given back when dropped.
#[derive(Debug)]
pub struct Pass(Gate);

/// Leaves the line if it is given up.
struct Waiting<'a> {
    gate: &'a Gate,
    waiter: Option<Waiter>,
}

impl Gate {
    /// For so many at the same time.
    pub fn new(passes: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            free: passes,
            line: Line::default(),
        })))
    }

    /// Waits until there is room. Dropping the future gives up the place.
    pub async fn enter(&self, tenant: TenantId, lane: Lane) -> Pass {
        if let Some(mut waiting) = self.join(tenant, lane) {
            if let Some(waiter) = &mut waiting.waiter {
                waiter.served().await;
            }
            waiting.waiter = None;
        }
        Pass(self.clone())
    }

    /// `None` if there is room at once, which is taken then.
    fn join(&self, tenant: TenantId, lane: Lane) -> Option<Waiting<'_>> {
        let mut state = self.lock();
        if state.free > 0 {
            state.free -= 1;
            return None;
        }
        Some(Waiting {
            gate: self,
            waiter: Some(state.line.join(tenant, lane)),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn let_next_in(&mut self) {
        if !self.line.serve() {
            self.free += 1;
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(waiter) = self.waiter.take() {
            let mut state = self.gate.lock();
            if state.line.leave(waiter) {
                state.let_next_in();
            }
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.0.lock().let_next_in();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::now_or_never;
    use std::pin::pin;

    const ANN: TenantId = TenantId::from_bytes([1; 16]);

    #[test]
    fn so_many_enter_and_then_each_that_leaves_lets_the_most_urgent_in() {
        let gate = Gate::new(1);
        let inside = now_or_never(gate.enter(ANN, Lane::New)).unwrap();
        let mut later = pin!(gate.enter(ANN, Lane::New));
        let mut first = pin!(gate.enter(ANN, Lane::Device));
        assert!(now_or_never(later.as_mut()).is_none());
        assert!(now_or_never(first.as_mut()).is_none());
        drop(inside);
        assert!(now_or_never(later.as_mut()).is_none());
        let inside = now_or_never(first).unwrap();
        drop(inside);
        assert!(now_or_never(later).is_some());
    }

    #[test]
    fn who_gives_up_keeps_nobody_out_even_when_let_in_meanwhile() {
        let gate = Gate::new(1);
        let inside = now_or_never(gate.enter(ANN, Lane::New)).unwrap();
        let mut gives_up = Box::pin(gate.enter(ANN, Lane::New));
        assert!(now_or_never(gives_up.as_mut()).is_none());
        drop(inside);
        drop(gives_up);
        assert_eq!(gate.lock().free, 1);
    }
}
