//! Where connections are parked: a few threads hold all of them, and none of them is a task.
//!
//! A [`Line`] and its [`Flow`] enter the lot and stay there until the connection ends. The lot's threads wait for
//! what servers say (`epoll(7)`) and for deadlines, run the flows, and never block: what a flow saw is told to its
//! [`Attendant`], who takes it or is busy, and nothing more is read for that flow until the answer comes
//! ([`Lot::answer`]). A connection that waits holds no buffer, and its flow is packed
//! ([`Flow::rest`]).

mod business;
mod desk;
mod next;
mod seats;
mod slot;
mod talk;
mod thread;
mod turn;
mod wheel;

pub(crate) use desk::Scratch;
pub use seats::Seat;

use crate::dial::Line;
use crate::flow::{Change, Flow, Moment, Redial};
use crate::tls::TlsPark;
use desk::Desk;
use pushmail_domain::{Authentication, Clock, Fault};
use seats::Seats;
use serde::Deserialize;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc as orders;
use std::time::Duration;
use thread::Order;

/// At most this many changes are told at once.
pub const MAX_BATCH: usize = 64;

/// The settings of a [`Lot`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LotConfig {
    /// How many threads look after the connections; 0: one for each processor.
    pub threads: usize,
    /// What is kept of TLS while a connection is parked.
    pub tls_park: TlsPark,
}

/// A connection that enters the lot.
pub struct Guest {
    /// The connection.
    pub line: Line,
    /// Its conversation.
    pub flow: Box<dyn Flow>,
    /// Whom to tell.
    pub attendant: Arc<dyn Attendant>,
    /// By when, in the clock's elapsed time, [`Lot::keep`] has to be called, and with what the connection
    /// ends otherwise.
    pub expires: Option<(Duration, Fault)>,
}

/// Who hears what the lot says of a connection.
pub trait Attendant: Send + Sync {
    /// Hears it. Called by a thread of the lot: must not block.
    fn hear(self: Arc<Self>, seat: Seat, what: What) -> Heard;
}

/// What became of what the lot said.
pub enum Heard {
    /// It is seen to.
    Taken,
    /// There is no room for it now: it is said again soon.
    Busy(What),
    /// Nobody is interested in the connection any more: it is closed, and nothing more is said.
    Gone,
}

/// What there is to say of a connection.
pub enum What {
    /// Its flow saw 1 to [`MAX_BATCH`] changes: it waits until [`Lot::answer`] is called.
    Changes(Vec<Change>),
    /// Its flow wants the account's credential: it waits until [`Lot::give`] is called.
    Credential,
    /// TLS is to start: both have left the lot, and enter again when it is up.
    StartTls(Line, Box<dyn Flow>),
    /// The connection is closed, and its flow wants to go on on another one: it has left the lot, and enters again with
    /// that.
    Redial(Redial, Box<dyn Flow>),
    /// The connection is closed. Nothing follows. Without its flow, if that broke.
    Ended(Ended, Option<Box<dyn Flow>>),
}

/// How a connection ended.
#[derive(Debug)]
pub enum Ended {
    /// Something went wrong, or the server closed.
    Fault(Fault),
    /// As asked.
    Stopped,
}

impl From<Fault> for Ended {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Holds connections. Dropped, it closes all of them without a word to anybody.
pub struct Lot {
    clock: Arc<dyn Clock>,
    threads: Vec<Thread>,
    next: AtomicUsize,
}

impl std::fmt::Debug for Lot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lot")
            .field("threads", &self.threads.len())
            .finish_non_exhaustive()
    }
}

/// The way to one thread.
struct Thread {
    seats: Arc<Seats>,
    orders: orders::Sender<Order>,
    waker: mio::Waker,
    running: Option<std::thread::JoinHandle<()>>,
}

impl Lot {
    /// A lot without connections.
    ///
    /// # Errors
    ///
    /// If the system gives no thread or no epoll instance.
    pub fn start(config: LotConfig, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let count = match config.threads {
            0 => std::thread::available_parallelism()?.get(),
            threads => threads,
        };
        let threads = (0..count).map(|number| Thread::start(number, config, clock.clone()));
        Ok(Self {
            threads: threads.collect::<io::Result<_>>()?,
            clock,
            next: AtomicUsize::new(0),
        })
    }

    /// The time, as flows in the lot are told it.
    pub fn moment(&self) -> Moment {
        Moment::of(&*self.clock)
    }

    /// Takes a connection in. Its flow is run at once.
    pub fn enter(&self, guest: Guest) -> Seat {
        let number = self.next.fetch_add(1, Ordering::Relaxed) % self.threads.len();
        let thread = &self.threads[number];
        let seat = thread.seats.take(number);
        thread.order(Order::Enter(seat, Box::new(guest)));
        seat
    }

    /// Says what became of the changes that were told: if they were not taken, the connection ends with that fault.
    pub fn answer(&self, seat: Seat, taken: Result<(), Fault>) {
        self.order(seat, Order::Answer(seat, taken));
    }

    /// Gives the credential that was asked for; if there is none, the connection ends with that fault.
    pub fn give(&self, seat: Seat, credential: Result<Authentication, Fault>) {
        self.order(seat, Order::Give(seat, credential));
    }

    /// Lets a connection stay for as long as it likes.
    pub fn keep(&self, seat: Seat) {
        self.order(seat, Order::Keep(seat));
    }

    /// Ends a connection with [`Ended::Stopped`], after the answer if it waits for one.
    pub fn leave(&self, seat: Seat) {
        self.order(seat, Order::Leave(seat));
    }

    fn order(&self, seat: Seat, order: Order) {
        if let Some(thread) = self.threads.get(seat.thread()) {
            thread.order(order);
        }
    }
}

impl Thread {
    fn start(number: usize, config: LotConfig, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let seats = Arc::new(Seats::default());
        let (orders, received) = orders::channel();
        let (porter, waker) =
            thread::Porter::new(seats.clone(), received, Desk::new(config, clock))?;
        let running = std::thread::Builder::new()
            .name(format!("lot-{number}"))
            .spawn(move || porter.run())?;
        Ok(Self {
            seats,
            orders,
            waker,
            running: Some(running),
        })
    }

    fn order(&self, order: Order) {
        // The thread lives as long as the lot. Without a wake it sees the order a little later.
        if self.orders.send(order).is_ok()
            && let Err(error) = self.waker.wake()
        {
            tracing::error!(%error, "a thread of the lot is not woken");
        }
    }
}

impl Drop for Lot {
    fn drop(&mut self) {
        self.threads
            .iter()
            .for_each(|thread| thread.order(Order::Quit));
        let here = std::thread::current().id();
        for thread in &mut self.threads {
            // Who held it last may be an attendant, on a thread of the lot: that one ends by itself.
            if let Some(running) = thread.running.take()
                && running.thread().id() != here
                && running.join().is_err()
            {
                tracing::error!("a thread of the lot panicked");
            }
        }
    }
}

#[cfg(test)]
mod tests;
