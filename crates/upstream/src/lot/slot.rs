//! One connection in the lot: its socket, its flow, and what is under way between them.

use super::seats::Seat;
use super::{Attendant, Ended, Guest, Heard, LotConfig, MAX_BATCH, What};
use crate::dial::{Line, Parked};
use crate::ends;
use crate::flow::{Change, Flow, Moment, Output};
use crate::tls::TlsPark;
use pushmail_domain::{Clock, Fault, FaultKind};
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// At most this many bytes are handed to the flow in one call.
const AT_ONCE: usize = 16 * 1024;
/// A server that takes no bytes for this long is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Others have their turn after so many steps of one connection.
const STEPS: usize = 64;

/// What the connections of a thread use in turn.
pub(super) struct Desk {
    tls_park: TlsPark,
    clock: Arc<dyn Clock>,
    scratch: Scratch,
}

/// Buffers that are empty between two uses.
#[derive(Default)]
pub(crate) struct Scratch {
    /// As it came from the socket.
    pub(crate) incoming: Vec<u8>,
    /// As it is for the flow.
    pub(crate) data: Vec<u8>,
    /// What TLS itself has to say.
    pub(crate) outgoing: Vec<u8>,
}

/// A connection in the lot.
pub(super) struct Slot {
    seat: Seat,
    line: Parked,
    flow: Box<dyn Flow>,
    attendant: Arc<dyn Attendant>,
    /// The socket may have something to read.
    readable: bool,
    /// Changes were told, and not answered.
    asked: bool,
    /// It was asked to leave.
    leaving: bool,
    /// The deadline of the last tick, so that a flow that keeps it is not ticked without end.
    ticked: Option<Duration>,
    /// When the wheel names it next.
    pub(super) due: Option<Duration>,
    /// Whether it waits to ask its attendant again.
    pub(super) in_line: bool,
    /// What is under way; nothing while it is parked.
    business: Option<Box<Business>>,
}

/// What is under way on a connection.
#[derive(Default)]
struct Business {
    /// To be told together.
    batch: Vec<Change>,
    /// What the flow wants after that.
    held: Option<Output>,
    /// What the flow has not been given yet.
    unread: Vec<u8>,
    /// What the socket has not taken yet.
    unsent: Zeroizing<Vec<u8>>,
    /// Since when it takes nothing.
    stuck_since: Option<Duration>,
    /// The server has closed, and why if not on purpose; the flow knows.
    closed: Option<Closed>,
    /// By when it has to be kept, and what it ends with otherwise.
    expires: Option<(Duration, Fault)>,
    /// It is over.
    over: Option<Ended>,
}

/// How the server closed.
struct Closed {
    error: Option<io::Error>,
    told: bool,
}

/// Why a connection leaves the lot.
pub(super) enum Out {
    StartTls,
    Ended(Ended),
}

/// What is to be done with a connection that was served.
pub(super) enum Next {
    /// Wait for the server, the time or an answer.
    Wait,
    /// Serve it again: it has had its turn.
    Again,
    /// Serve it again soon: its attendant is busy.
    Busy,
    /// It leaves.
    Out(Out),
    /// Nobody is interested in it.
    Gone,
}

impl From<Ended> for Next {
    fn from(ended: Ended) -> Self {
        Self::Out(Out::Ended(ended))
    }
}

impl From<Fault> for Next {
    fn from(fault: Fault) -> Self {
        Ended::Fault(fault).into()
    }
}

/// A connection that has left the lot, of which its attendant does not know.
pub(super) struct Left {
    seat: Seat,
    attendant: Arc<dyn Attendant>,
    what: What,
}

impl Left {
    /// Tells its attendant; gives it back if that one is busy.
    pub(super) fn tell(self) -> Option<Self> {
        match self.attendant.clone().hear(self.seat, self.what) {
            Heard::Busy(what) => Some(Self { what, ..self }),
            Heard::Taken | Heard::Gone => None,
        }
    }
}

impl Desk {
    pub(super) fn new(config: LotConfig, clock: Arc<dyn Clock>) -> Self {
        Self {
            tls_park: config.tls_park,
            clock,
            scratch: Scratch::default(),
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    fn moment(&self) -> Moment {
        Moment::of(&*self.clock)
    }
}

impl Slot {
    pub(super) fn new(seat: Seat, guest: Guest) -> Self {
        let (line, early) = guest.line.park();
        let mut slot = Self {
            seat,
            line,
            flow: guest.flow,
            attendant: guest.attendant,
            readable: true,
            asked: false,
            leaving: false,
            ticked: None,
            due: None,
            in_line: false,
            business: None,
        };
        if !early.is_empty() || guest.expires.is_some() {
            let business = slot.business();
            business.unread = early;
            business.expires = guest.expires;
        }
        slot
    }

    pub(super) const fn seat(&self) -> Seat {
        self.seat
    }

    pub(super) fn socket(&mut self) -> &mut mio::net::TcpStream {
        &mut self.line.socket
    }

    pub(super) const fn is_readable(&mut self) {
        self.readable = true;
    }

    pub(super) const fn leave(&mut self) {
        self.leaving = true;
    }

    pub(super) fn keep(&mut self) {
        if let Some(business) = &mut self.business {
            business.expires = None;
        }
    }

    /// It cannot be served at all.
    pub(super) fn fail(&mut self, error: io::Error) {
        let fault = ends::broken(self.line.endpoint(), error);
        self.business().over = Some(fault.into());
    }

    /// What became of the changes that were told.
    pub(super) fn answered(&mut self, taken: Result<(), Fault>) {
        self.asked = false;
        if let Err(fault) = taken {
            self.business().over = Some(fault.into());
        }
    }

    /// When to serve it, whatever the server does.
    pub(super) fn deadline(&self) -> Option<Duration> {
        // Once it is answered, it is served in any case.
        if self.asked {
            return None;
        }
        let business = self.business.as_ref();
        let expires = business.and_then(|business| business.expires.as_ref());
        let expires = expires.map(|(at, _)| *at);
        let stuck = business.and_then(|business| business.stuck_since);
        let next = match stuck {
            Some(since) => Some(since + WRITE_TIMEOUT),
            None => self.flow.deadline(),
        };
        let next = next.filter(|deadline| self.ticked != Some(*deadline));
        expires.into_iter().chain(next).min()
    }

    /// Does what there is to do. A panic ends this connection and no other.
    pub(super) fn serve(&mut self, desk: &mut Desk) -> Next {
        let served = catch_unwind(AssertUnwindSafe(|| self.turn(desk)));
        if self.business.as_deref().is_some_and(Business::is_done) {
            self.business = None;
        }
        match served {
            Ok(Ok(())) => Next::Again,
            Ok(Err(next)) => next,
            Err(_) => {
                let message = "a conversation panicked; it begins anew";
                Fault::new(FaultKind::Internal, message).into()
            }
        }
    }

    /// Leaves the lot, after a goodbye if the connection has ended.
    pub(super) fn go(mut self, out: Out) -> Left {
        let what = match out {
            Out::Ended(ended) => {
                self.line.say_goodbye();
                What::Ended(ended, self.flow)
            }
            Out::StartTls => What::StartTls(Line::unpark(self.line), self.flow),
        };
        Left {
            seat: self.seat,
            attendant: self.attendant,
            what,
        }
    }

    /// Some steps; `Ok` if there may be more.
    fn turn(&mut self, desk: &mut Desk) -> Result<(), Next> {
        (0..STEPS).try_for_each(|_| self.step(desk))
    }

    fn step(&mut self, desk: &mut Desk) -> Result<(), Next> {
        self.end_if_over(desk)?;
        self.flush(desk)?;
        if self.asked {
            return Err(Next::Wait);
        }
        if self.leaving {
            return Err(Ended::Stopped.into());
        }
        self.settle(desk)?;
        if self.tick_if_due(desk.moment()) || self.give_unread(desk.moment()) {
            return Ok(());
        }
        self.read(desk)
    }

    fn end_if_over(&mut self, desk: &Desk) -> Result<(), Next> {
        let Some(business) = &mut self.business else {
            return Ok(());
        };
        if let Some(over) = business.over.take() {
            return Err(over.into());
        }
        let now = desk.elapsed();
        let expired = business
            .expires
            .take_if(|(at, _)| *at <= now && !self.asked);
        match expired {
            Some((_, fault)) => Err(fault.into()),
            None => Ok(()),
        }
    }

    /// Does what the flow wants done, until it wants no more.
    fn settle(&mut self, desk: &Desk) -> Result<(), Next> {
        loop {
            if self.batched() >= MAX_BATCH {
                return self.tell_batch();
            }
            let held = self
                .business
                .as_mut()
                .and_then(|business| business.held.take());
            match held.or_else(|| self.flow.next_output()) {
                Some(Output::Change(change)) => self.business().batch.push(change),
                Some(next) if self.batched() > 0 => {
                    self.business().held = Some(next);
                    return self.tell_batch();
                }
                Some(Output::Send(bytes)) => self.send(&Zeroizing::new(bytes), desk)?,
                Some(Output::StartTls) => return Err(Next::Out(Out::StartTls)),
                Some(Output::Finished(fault)) => return Err(fault.into()),
                Some(Output::Park) => self.freeze(desk)?,
                None if self.batched() > 0 => return self.tell_batch(),
                None => return Ok(()),
            }
        }
    }

    fn batched(&self) -> usize {
        let business = self.business.as_ref();
        business.map_or(0, |business| business.batch.len())
    }

    fn tell_batch(&mut self) -> Result<(), Next> {
        let business = self.business.get_or_insert_default();
        let batch = What::Changes(std::mem::take(&mut business.batch));
        // Before it is heard: the answer may come at once.
        self.asked = true;
        match self.attendant.clone().hear(self.seat, batch) {
            Heard::Taken => Err(Next::Wait),
            Heard::Gone => Err(Next::Gone),
            Heard::Busy(what) => {
                self.asked = false;
                if let What::Changes(batch) = what {
                    business.batch = batch;
                }
                Err(Next::Busy)
            }
        }
    }

    fn send(&mut self, bytes: &[u8], desk: &Desk) -> Result<(), Next> {
        let sealed = self.line.seal(bytes)?;
        self.transmit(sealed, desk)
    }

    fn freeze(&mut self, desk: &Desk) -> Result<(), Next> {
        if desk.tls_park == TlsPark::Unbuffered {
            return Ok(());
        }
        let outgoing = self.line.freeze()?;
        self.transmit(Zeroizing::new(outgoing), desk)
    }

    /// Writes what the socket takes, and keeps the rest.
    fn transmit(&mut self, mut bytes: Zeroizing<Vec<u8>>, desk: &Desk) -> Result<(), Next> {
        let written = self.line.write(&bytes)?;
        bytes.drain(..written);
        if bytes.is_empty() {
            return Ok(());
        }
        let business = self.business();
        business.unsent = bytes;
        business.stuck_since = Some(desk.elapsed());
        Err(Next::Wait)
    }

    /// Sends what the socket did not take before.
    fn flush(&mut self, desk: &Desk) -> Result<(), Next> {
        let Some(business) = self
            .business
            .as_mut()
            .filter(|business| !business.unsent.is_empty())
        else {
            return Ok(());
        };
        let written = self.line.write(&business.unsent)?;
        business.unsent.drain(..written);
        if business.unsent.is_empty() {
            business.stuck_since = None;
            return Ok(());
        }
        if self.leaving {
            return Err(Ended::Stopped.into());
        }
        let now = desk.elapsed();
        if written > 0 {
            business.stuck_since = Some(now);
        }
        let since = business.stuck_since.unwrap_or(now);
        match now.saturating_sub(since) < WRITE_TIMEOUT {
            true => Err(Next::Wait),
            false => Err(ends::silent(self.line.endpoint()).into()),
        }
    }

    fn tick_if_due(&mut self, at: Moment) -> bool {
        let deadline = self.flow.deadline();
        let due = deadline.filter(|due| *due <= at.elapsed && self.ticked != Some(*due));
        if due.is_some() {
            self.ticked = due;
            self.flow.tick(at);
        }
        due.is_some()
    }

    /// Gives the flow what was read before.
    fn give_unread(&mut self, at: Moment) -> bool {
        let Some(business) = self
            .business
            .as_mut()
            .filter(|business| !business.unread.is_empty())
        else {
            return false;
        };
        let length = business.unread.len().min(AT_ONCE);
        self.flow.receive(&business.unread[..length], at);
        business.unread.drain(..length);
        true
    }

    fn read(&mut self, desk: &mut Desk) -> Result<(), Next> {
        let closed = self
            .business
            .as_mut()
            .and_then(|business| business.closed.as_mut());
        if let Some(closed) = closed {
            if closed.told {
                let error = closed.error.take();
                return Err(ends::closed(self.line.endpoint(), error).into());
            }
            closed.told = true;
            self.flow.closed(desk.moment());
            return Ok(());
        }
        if !self.readable {
            return Err(Next::Wait);
        }
        let read = self.line.read(&mut desk.scratch);
        let reply = std::mem::take(&mut desk.scratch.outgoing);
        match read {
            Ok(open) => {
                self.receive(desk);
                if !open {
                    self.has_closed(None);
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.readable = false;
                return Err(Next::Wait);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if ends::is_close(&error) => self.has_closed(Some(error)),
            Err(error) => {
                // An alert, as far as the server takes it.
                self.line.write(&reply)?;
                return Err(ends::broken(self.line.endpoint(), error).into());
            }
        }
        match reply.is_empty() {
            true => Ok(()),
            false => self.transmit(Zeroizing::new(reply), desk),
        }
    }

    /// Gives the flow what was read.
    fn receive(&mut self, desk: &mut Desk) {
        let at = desk.moment();
        let data = &mut desk.scratch.data;
        let length = data.len().min(AT_ONCE);
        if length > 0 {
            self.flow.receive(&data[..length], at);
        }
        if data.len() > length {
            self.business().unread = data[length..].to_vec();
        }
        data.clear();
    }

    fn has_closed(&mut self, error: Option<io::Error>) {
        self.business().closed = Some(Closed { error, told: false });
    }

    fn business(&mut self) -> &mut Business {
        self.business.get_or_insert_default()
    }
}

impl Business {
    /// Whether there is none.
    fn is_done(&self) -> bool {
        self.batch.is_empty()
            && self.held.is_none()
            && self.unread.is_empty()
            && self.unsent.is_empty()
            && self.closed.is_none()
            && self.expires.is_none()
            && self.over.is_none()
    }
}
