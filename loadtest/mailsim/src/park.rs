//! Where connections wait that have nothing to do: they are data, no tasks.
//!
//! One is parked when nothing is under way on it, and goes on as a task when its client speaks, its mailbox changes, or one of
//! its deadlines is over.

mod porter;
mod table;

pub(crate) use porter::Porter;

use mio::net::TcpStream;
use mio::{Interest, Token};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use table::Table;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::Instant;
/// The place of a client that hears of a mailbox. It is given to others later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seat(u32);

/// Why a connection goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// Its socket has something to read.
    Input,
    /// Something happened to its mailbox, or to the time.
    News,
}

/// A connection that waits.
pub(crate) trait Guest: Send {
    fn socket(&mut self) -> &mut TcpStream;

    /// When it has to go on, whatever happens. Always the same.
    fn deadline(&self) -> Option<Instant>;

    /// Whether its connection was to end.
    fn is_over(&self) -> bool;

    /// Goes on as a task.
    fn go_on(self: Box<Self>, call: Call, runtime: &Handle);
}

/// All connections that wait.
pub(crate) struct Park {
    table: Mutex<Table>,
    /// Where the porter hears of their sockets.
    sockets: mio::Registry,
    /// Rung when a deadline is sooner than all others.
    sooner: Notify,
    /// Where connections go on.
    runtime: Handle,
}

impl Park {
    /// A park without connections, for the current runtime, and the porter who has to be run.
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

    /// Gives a place back at which nothing waits.
    pub(crate) fn give_back(&self, seat: Seat) {
        self.table().give_back(seat);
    }

    /// Parks a connection; it ends if it was to.
    ///
    /// # Errors
    /// If its socket cannot be waited for: the connection is gone.
    pub(crate) fn put(&self, seat: Seat, mut guest: Box<dyn Guest>) -> io::Result<()> {
        let mut table = self.table();
        if guest.is_over() {
            // A connection that ends gives its seat back.
            drop(table);
            return Ok(());
        }
        // With the table in hand: what the porter hears now it looks up later.
        let token = Token(seat.0 as usize);
        let registered = self
            .sockets
            .register(guest.socket(), token, Interest::READABLE);
        if let Err(error) = registered {
            drop(table);
            return Err(error);
        }
        let sooner = table.put(seat, guest);
        drop(table);
        if sooner {
            self.sooner.notify_one();
        }
        Ok(())
    }

    /// Lets the connection of this seat go on, if it waits.
    pub(crate) fn wake(&self, seat: Seat, call: Call) {
        let taken = self.table().take(seat);
        if let Some(mut guest) = taken {
            if let Err(error) = self.sockets.deregister(guest.socket()) {
                tracing::debug!(%error, "a socket was not waited for");
            }
            guest.go_on(call, &self.runtime);
        }
    }

    /// Ends all connections that wait.
    pub(crate) fn clear(&self) {
        let all = self.table().clear();
        // Not with the table in hand: they give their seats back.
        drop(all);
    }

    /// How many connections wait.
    pub(crate) fn parked(&self) -> usize {
        self.table().parked()
    }

    /// When a connection has to go on.
    fn next_deadline(&self) -> Option<Instant> {
        self.table().next_deadline()
    }

    /// Lets the connections go on whose deadlines are over.
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
