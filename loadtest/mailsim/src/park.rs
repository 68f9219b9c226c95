//! Where sessions wait that have nothing to do: they are data, no tasks.
//!
//! A session is parked when nothing is under way, and goes on as a task when its client speaks, its mailbox changes, or one of
//! its deadlines is over.

mod porter;
mod table;

pub(crate) use porter::Porter;

use crate::connection;
use crate::line::Waiting;
use crate::session::Session;
use mio::{Interest, Token};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use table::Table;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The place of a client, from its login to its end. It is given to others later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seat(u32);

/// Why a session goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// Its socket has something to read.
    Input,
    /// Something happened to its mailbox, or to the time.
    News,
}

/// A session that waits.
pub(crate) struct Parked {
    pub(crate) session: Session<Waiting>,
    /// Ends the connection.
    pub(crate) token: CancellationToken,
}

/// All sessions that wait.
pub(crate) struct Park {
    table: Mutex<Table>,
    /// Where the porter hears of their sockets.
    sockets: mio::Registry,
    /// Rung when a deadline is sooner than all others.
    sooner: Notify,
    /// Where sessions go on.
    runtime: Handle,
}

impl Park {
    /// A park without sessions, for the current runtime, and the porter who has to be run.
    ///
    /// # Errors
    /// If the system gives no epoll instance.
    pub(crate) fn open() -> io::Result<(Arc<Self>, Porter)> {
        let poll = mio::Poll::new()?;
        let park = Arc::new(Self {
            table: Mutex::default(),
            sockets: poll.registry().try_clone()?,
            sooner: Notify::new(),
            runtime: Handle::current(),
        });
        let porter = Porter::new(poll, Arc::clone(&park))?;
        Ok((park, porter))
    }

    /// A place that nobody has.
    pub(crate) fn take_seat(&self) -> Seat {
        self.table().take_seat()
    }

    /// Gives a place back at which no session waits.
    pub(crate) fn give_back(&self, seat: Seat) {
        self.table().give_back(seat);
    }

    /// Parks a session; its connection ends if it was to.
    ///
    /// # Errors
    /// If its socket cannot be waited for: the session is gone.
    pub(crate) fn put(&self, seat: Seat, mut parked: Box<Parked>) -> io::Result<()> {
        let deadline = parked.session.deadline();
        let mut table = self.table();
        if parked.token.is_cancelled() {
            // A session that ends gives its seat back.
            drop(table);
            return Ok(());
        }
        // With the table in hand: what the porter hears now it looks up later.
        let socket = &mut parked.session.stream.socket;
        let registered = self
            .sockets
            .register(socket, Token(seat.0 as usize), Interest::READABLE);
        if let Err(error) = registered {
            drop(table);
            return Err(error);
        }
        let sooner = table.put(seat, parked, deadline);
        drop(table);
        if sooner {
            self.sooner.notify_one();
        }
        Ok(())
    }

    /// Lets the session of this seat go on, if it waits.
    pub(crate) fn wake(&self, seat: Seat, call: Call) {
        let taken = self.table().take(seat);
        if let Some(mut parked) = taken {
            let socket = &mut parked.session.stream.socket;
            if let Err(error) = self.sockets.deregister(socket) {
                tracing::debug!(%error, "a socket was not waited for");
            }
            drop(self.runtime.spawn(connection::resume(parked, call)));
        }
    }

    /// Ends the connections of all sessions that wait.
    pub(crate) fn clear(&self) {
        let all = self.table().clear();
        // Not with the table in hand: they give their seats back.
        drop(all);
    }

    /// How many sessions wait.
    pub(crate) fn parked(&self) -> usize {
        self.table().parked()
    }

    /// When a session has to go on.
    fn next_deadline(&self) -> Option<Instant> {
        self.table().next_deadline()
    }

    /// Lets the sessions go on whose deadlines are over.
    fn wake_due(&self, now: Instant) {
        loop {
            let due = self.table().due(now);
            match due {
                Some(seat) => self.wake(seat, Call::News),
                None => return,
            }
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
