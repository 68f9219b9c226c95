//! What happened: hashed always, kept where somebody wants to read it.

use crate::clock::VirtualClock;
use pushmail_domain::Clock as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What happened in a world, in order.
pub(crate) struct Trace {
    clock: VirtualClock,
    keeps: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    hash: u64,
    lines: Vec<String>,
    violations: Vec<String>,
}

impl Trace {
    pub(crate) fn new(keeps: bool) -> Self {
        Self {
            clock: VirtualClock::new(),
            keeps,
            state: Mutex::default(),
        }
    }

    /// Notes what happened.
    pub(crate) fn note(&self, what: &str) {
        let at = self.clock.elapsed();
        let mut state = self.lock();
        state.add(&at.as_micros().to_le_bytes());
        state.add(what.as_bytes());
        if self.keeps {
            state
                .lines
                .push(format!("{:>11.4}  {what}", at.as_secs_f64()));
        }
    }

    /// Notes that an invariant is broken.
    pub(crate) fn broken(&self, what: String) {
        self.note(&format!("BROKEN: {what}"));
        self.lock().violations.push(what);
    }

    /// Ends it: its hash, its lines if they were kept, and what was broken.
    pub(crate) fn take(&self) -> (u64, Vec<String>, Vec<String>) {
        let state = std::mem::take(&mut *self.lock());
        (state.hash, state.lines, state.violations)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// FNV-1a, carried on.
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.hash = (self.hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self.hash = self.hash.rotate_left(17) ^ bytes.len() as u64;
    }
}
