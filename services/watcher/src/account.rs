//! One account: connect, hear what its flow saw, and try again when the connection ends.
//!
//! While something is to be done for an account, a task does it. While its connection waits in the lot, it is
//! data: a [`Packed`] life, and no task.

mod connect;
mod conversation;
mod learning;
mod packed;
mod rejected;
mod task;
mod telling;
mod turn;

use crate::Shared;
use crate::announcer::Announcer;
use crate::shard::OwnedShard;
use crate::starting::Start;
pub(crate) use learning::Learned;
use packed::Packed;
use pushmail_domain::Account;
use pushmail_upstream::backoff::Backoff;
use pushmail_upstream::budget;
use pushmail_upstream::lot::{Attendant, Heard, Seat, What};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use task::Busy;
use tokio_util::sync::CancellationToken;

/// A running account.
pub(crate) struct Running {
    /// The account's version in the registry.
    pub(crate) version: u64,
    watched: Arc<Watched>,
}

/// An account, and who has its life.
struct Watched {
    shared: Arc<Shared>,
    shard: Arc<OwnedShard>,
    state: Mutex<State>,
    /// It is to end. The lot may have said something of its connection already, and not hear of this.
    leaving: AtomicBool,
}

enum State {
    /// A task has it, which ends when this is cancelled.
    Busy(CancellationToken),
    /// Its connection is in the lot, on its way to being live.
    Connecting(Seat, Box<Life>),
    /// Its connection waits in the lot.
    Parked(Seat, Box<Packed>),
    /// It has ended.
    Over,
}

/// All that is known of an account besides its connection's flow.
struct Life {
    announcer: Announcer,
    backoff: Backoff,
    /// Failures in a row; the end of a connection that was live is the first.
    failures: u32,
    /// Of the connection that it has.
    connection: Option<Connection>,
    /// What the account logs in with, sealed, if its conversation asks for it again and again: empty else.
    sealed: Box<[u8]>,
}

/// What belongs to a connection.
struct Connection {
    /// Held for as long as the connection is.
    permit: budget::Permit,
    /// When its making began, in the clock's elapsed time.
    started: Duration,
}

impl Running {
    /// Starts the account by this right, once `before` has ended: an account has one connection, never two.
    pub(crate) fn start(
        shared: &Arc<Shared>,
        shard: &Arc<OwnedShard>,
        account: Account,
        before: Option<Self>,
        start: Start,
    ) -> Self {
        let version = account.version;
        let stop = shard.stop.child_token();
        let watched = Arc::new(Watched {
            shared: shared.clone(),
            shard: shard.clone(),
            state: Mutex::new(State::Busy(stop.clone())),
            leaving: AtomicBool::new(false),
        });
        let busy = Busy::new(watched.clone(), stop);
        shared.lifecycle.spawn("watcher.account", async move {
            if let Some(before) = before {
                before.stop().await;
            }
            busy.begin(account, start).await;
        });
        Self { version, watched }
    }

    /// Stops the account and waits for its connection to be gone.
    pub(crate) async fn stop(self) {
        self.watched.leave();
        self.watched.until_over().await;
    }
}

impl Watched {
    fn leave(&self) {
        let state = self.lock();
        self.leaving.store(true, Ordering::Relaxed);
        match &*state {
            State::Busy(stop) => stop.cancel(),
            State::Connecting(seat, _) | State::Parked(seat, _) => self.shared.lot.leave(*seat),
            State::Over => {}
        }
    }

    async fn until_over(&self) {
        loop {
            // Of any of the shard's accounts: they mostly end together.
            let over = self.shard.over.notified();
            if matches!(*self.lock(), State::Over) {
                return;
            }
            over.await;
        }
    }

    fn end(&self) {
        *self.lock() = State::Over;
        self.shard.over.notify_waiters();
    }

    /// Takes the life of an account that is parked.
    fn wake(self: &Arc<Self>) -> Option<(Busy, Box<Life>)> {
        let mut state = self.lock();
        let life = match std::mem::replace(&mut *state, State::Over) {
            State::Connecting(_, life) => life,
            State::Parked(_, packed) => self.unpack(*packed)?,
            other => {
                *state = other;
                return None;
            }
        };
        let stop = self.shard.stop.child_token();
        if self.leaving.load(Ordering::Relaxed) {
            stop.cancel();
        }
        *state = State::Busy(stop.clone());
        Some((Busy::new(self.clone(), stop), life))
    }

    /// `None` if it cannot be read, which ends the process: another one has the account then.
    fn unpack(&self, packed: Packed) -> Option<Box<Life>> {
        let life = packed.unpack(&self.shared, &self.shard);
        if life.is_none() {
            let why = "an account that was at rest cannot be read";
            self.shared.lifecycle.fail(why);
        }
        life.map(Box::new)
    }

    /// Leaves the life to the lot. What `into` tells the lot may be answered before it returns: whoever answers waits.
    fn park(&self, life: Box<Life>, into: impl FnOnce() -> Seat) {
        let mut state = self.lock();
        let stopped = matches!(&*state, State::Busy(stop) if stop.is_cancelled());
        let seat = into();
        if stopped {
            self.shared.lot.leave(seat);
        }
        *state = match Packed::of(life) {
            Ok(packed) => State::Parked(seat, Box::new(packed)),
            Err(life) => State::Connecting(seat, life),
        };
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attendant for Watched {
    fn hear(self: Arc<Self>, seat: Seat, what: What) -> Heard {
        let turn = match what {
            What::Changes(_) | What::Credential => {
                match self.shared.hearing.clone().try_acquire_owned() {
                    Ok(turn) => Some(turn),
                    Err(_) => return Heard::Busy(what),
                }
            }
            What::StartTls(..) | What::Redial(..) | What::Ended(..) => None,
        };
        let Some((busy, life)) = self.wake() else {
            return Heard::Gone;
        };
        let _entered = self.shared.runtime.enter();
        let lifecycle = &self.shared.lifecycle;
        lifecycle.spawn("watcher.account", async move {
            let _turn = turn;
            match what {
                What::Changes(changes) => busy.take(life, seat, changes).await,
                What::Credential => busy.give_credential(life, seat),
                What::Redial(redial, flow) => Box::pin(busy.redial(life, redial, flow)).await,
                What::StartTls(line, flow) => Box::pin(busy.secure(life, line, flow)).await,
                What::Ended(ended, flow) => Box::pin(busy.ended(life, ended, flow)).await,
            }
        });
        Heard::Taken
    }
}
