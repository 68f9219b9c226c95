//! One thread of the lot.

use super::Guest;
use super::desk::Desk;
use super::next::{Left, Next, Out};
use super::seats::{Seat, Seats};
use super::slot::Slot;
use super::wheel::Wheel;
use mio::{Events, Interest, Poll, Token, Waker};
use pushmail_domain::{Authentication, Fault};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

/// Rung when there is an order.
const ORDERS: Token = Token(usize::MAX);
/// So many sockets' news are taken at once.
const EVENTS: usize = 1024;
/// epoll's timers stand still while the machine is paused and the clock does not, so that deadlines are
/// looked at no more seldom than this.
const LONGEST: Duration = Duration::from_secs(60);
/// An attendant that was busy is told again after this.
const BUSY: Duration = Duration::from_millis(10);
/// So many of them at a time.
const BUSY_AT_ONCE: usize = 256;

/// What a thread is to do.
pub(super) enum Order {
    Enter(Seat, Box<Guest>),
    Answer(Seat, Result<(), Fault>),
    Give(Seat, Result<Authentication, Fault>),
    Keep(Seat),
    Leave(Seat),
    Quit,
}

/// Looks after the connections of one thread.
pub(super) struct Porter {
    poll: Poll,
    orders: Receiver<Order>,
    seats: Arc<Seats>,
    /// By their place. Boxed, so that a free place is small, and that none moves when there are more.
    slots: Vec<Option<Box<Slot>>>,
    wheel: Wheel,
    desk: Desk,
    /// Who is not done.
    again: Vec<u32>,
    /// Whose attendant is busy, in the order in which they are asked again.
    busy: VecDeque<u32>,
    /// Who has left the lot, and whose attendant is busy.
    left: Vec<Left>,
}

impl Porter {
    pub(super) fn new(
        seats: Arc<Seats>,
        orders: Receiver<Order>,
        desk: Desk,
    ) -> io::Result<(Self, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), ORDERS)?;
        let porter = Self {
            poll,
            orders,
            seats,
            slots: Vec::new(),
            wheel: Wheel::default(),
            desk,
            again: Vec::new(),
            busy: VecDeque::new(),
            left: Vec::new(),
        };
        Ok((porter, waker))
    }

    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS);
        loop {
            self.wait(&mut events);
            for event in &events {
                if event.token() != ORDERS {
                    self.hear(event);
                }
            }
            if !self.take_orders() {
                return;
            }
            self.look_at_the_time();
            for place in std::mem::take(&mut self.again) {
                self.serve(place);
            }
            self.ask_again();
            self.left = std::mem::take(&mut self.left)
                .into_iter()
                .filter_map(Left::tell)
                .collect();
        }
    }

    fn wait(&mut self, events: &mut Events) {
        let until_due = self
            .wheel
            .next()
            .map(|due| due.saturating_sub(self.desk.elapsed()));
        let mut pause = until_due.unwrap_or(LONGEST).min(LONGEST);
        if !self.busy.is_empty() || !self.left.is_empty() {
            pause = pause.min(BUSY);
        }
        if !self.again.is_empty() {
            pause = Duration::ZERO;
        }
        if let Err(error) = self.poll.poll(events, Some(pause))
            && error.kind() != io::ErrorKind::Interrupted
        {
            tracing::error!(%error, "the lot cannot wait for its connections");
            // Not without end, should it go on.
            std::thread::sleep(BUSY);
        }
    }

    fn hear(&mut self, event: &mio::event::Event) {
        let index = event.token().0;
        let Some(Some(slot)) = self.slots.get_mut(index) else {
            return;
        };
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            slot.is_readable();
        }
        self.serve(place(index));
    }

    /// `false` if the thread is to end.
    fn take_orders(&mut self) -> bool {
        loop {
            match self.orders.try_recv() {
                Ok(Order::Enter(seat, guest)) => self.enter(seat, *guest),
                Ok(Order::Answer(seat, taken)) => {
                    let at = self.desk.moment();
                    self.with(seat, |slot| slot.answered(taken, at));
                }
                Ok(Order::Give(seat, credential)) => {
                    let at = self.desk.moment();
                    self.with(seat, |slot| slot.given(credential, at));
                }
                Ok(Order::Keep(seat)) => self.with(seat, Slot::keep),
                Ok(Order::Leave(seat)) => self.with(seat, Slot::leave),
                Ok(Order::Quit) | Err(TryRecvError::Disconnected) => return false,
                Err(TryRecvError::Empty) => return true,
            }
        }
    }

    fn enter(&mut self, seat: Seat, guest: Guest) {
        let mut slot = Box::new(Slot::new(seat, guest));
        let both = Interest::READABLE | Interest::WRITABLE;
        let token = Token(seat.index());
        if let Err(error) = self.poll.registry().register(slot.socket(), token, both) {
            slot.fail(error);
        }
        if self.slots.len() <= seat.index() {
            self.slots.resize_with(seat.index() + 1, || None);
        }
        self.slots[seat.index()] = Some(slot);
        self.serve(seat.place());
    }

    /// Does it with the slot, unless the connection has ended, and serves it.
    fn with(&mut self, seat: Seat, order: impl FnOnce(&mut Slot)) {
        if let Some(Some(slot)) = self.slots.get_mut(seat.index())
            && slot.seat() == seat
        {
            order(slot);
            self.serve(seat.place());
        }
    }

    fn look_at_the_time(&mut self) {
        while let Some((due, places)) = self.wheel.due(self.desk.elapsed()) {
            for place in places {
                if let Some(Some(slot)) = self.slots.get_mut(place as usize)
                    && slot.due == Some(due)
                {
                    slot.due = None;
                    self.serve(place);
                }
            }
        }
    }

    fn serve(&mut self, place: u32) {
        let Some(Some(slot)) = self.slots.get_mut(place as usize) else {
            return;
        };
        match slot.serve(&mut self.desk) {
            Next::Wait => self.wait_for(place),
            Next::Again => self.again.push(place),
            Next::Busy if !std::mem::replace(&mut slot.in_line, true) => self.busy.push_back(place),
            Next::Busy => {}
            Next::Out(out) => self.let_go(place, out),
            Next::Gone => drop(self.remove(place)),
        }
    }

    /// Asks some of those whose attendant was busy, who tend to share what is busy.
    fn ask_again(&mut self) {
        let some = self.busy.len().min(BUSY_AT_ONCE);
        for place in self.busy.drain(..some).collect::<Vec<_>>() {
            if let Some(Some(slot)) = self.slots.get_mut(place as usize) {
                slot.in_line = false;
            }
            self.serve(place);
        }
    }

    /// Leaves the connection alone until something comes, or its time.
    fn wait_for(&mut self, place: u32) {
        let Some(Some(slot)) = self.slots.get_mut(place as usize) else {
            return;
        };
        if let Some(deadline) = slot.deadline() {
            let now = self.desk.elapsed();
            slot.due = Some(self.wheel.insert(place, deadline, now, slot.due));
        }
        slot.sleep();
    }

    /// The connection leaves the lot.
    fn let_go(&mut self, place: u32, out: Out) {
        if let Some(slot) = self.remove(place) {
            self.left.extend(slot.go(out).tell());
        }
    }

    fn remove(&mut self, place: u32) -> Option<Box<Slot>> {
        let mut slot = self.slots.get_mut(place as usize)?.take()?;
        self.seats.give_back(slot.seat());
        if let Err(error) = self.poll.registry().deregister(slot.socket()) {
            tracing::debug!(%error, "a socket was not in the lot's epoll");
        }
        Some(slot)
    }
}

/// Indices are of seats, which are no more.
fn place(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
