//! One connection's turn: what its flow wants, what its server said, and the time.

use super::business::Closed;
use super::desk::Desk;
use super::next::{Next, Out};
use super::seats::Seat;
use super::slot::Signs;
use super::talk::Awake;
use super::{Attendant, Ended, Heard, MAX_BATCH, What};
use crate::dial::Parked;
use crate::ends;
use crate::flow::Output;
use crate::tls::TlsPark;
use pushmail_domain::FaultKind;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// At most this many bytes are handed to the flow in one call.
const AT_ONCE: usize = 16 * 1024;
/// A server that takes no bytes for this long is gone.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// A connection that is served.
pub(super) struct Turn<'a> {
    pub(super) seat: Seat,
    pub(super) line: &'a mut Parked,
    pub(super) awake: &'a mut Awake,
    pub(super) attendant: &'a Arc<dyn Attendant>,
    pub(super) signs: &'a mut Signs,
    pub(super) desk: &'a mut Desk,
}

impl Turn<'_> {
    /// The next step; `Ok` if there may be more.
    pub(super) fn step(&mut self) -> Result<(), Next> {
        self.end_if_over()?;
        self.flush()?;
        if self.signs.asked {
            return Err(Next::Wait);
        }
        if self.signs.leaving {
            return Err(Ended::Stopped.into());
        }
        self.settle()?;
        if self.awake.tick_if_due(self.desk.moment()) || self.give_unread() {
            return Ok(());
        }
        self.read()
    }

    fn end_if_over(&mut self) -> Result<(), Next> {
        let business = &mut self.awake.business;
        if let Some(over) = business.over.take() {
            return Err(over.into());
        }
        let (now, asked) = (self.desk.elapsed(), self.signs.asked);
        let expired = business.expires.take_if(|(at, _)| *at <= now && !asked);
        match expired {
            Some((_, fault)) => Err(fault.into()),
            None => Ok(()),
        }
    }

    /// Does what the flow wants done, until it wants no more.
    fn settle(&mut self) -> Result<(), Next> {
        loop {
            if self.batched() >= MAX_BATCH {
                return self.tell_batch();
            }
            let held = self.awake.business.held.take();
            match held.or_else(|| self.awake.flow.next_output()) {
                Some(Output::Change(change)) => self.awake.business.batch.push(change),
                Some(next) if self.batched() > 0 => {
                    self.awake.business.held = Some(next);
                    return self.tell_batch();
                }
                Some(Output::Send(bytes)) => self.send(&Zeroizing::new(bytes))?,
                Some(Output::StartTls) => return Err(Next::Out(Out::StartTls)),
                Some(Output::Redial(redial)) => return Err(Next::Out(Out::Redial(redial))),
                Some(Output::Credential) => return self.ask_credential(),
                Some(Output::Finished(fault)) => return Err(fault.into()),
                Some(Output::Park) => self.park()?,
                None if self.batched() > 0 => return self.tell_batch(),
                None => return Ok(()),
            }
        }
    }

    const fn batched(&self) -> usize {
        self.awake.business.batch.len()
    }

    fn tell_batch(&mut self) -> Result<(), Next> {
        let batch = std::mem::take(&mut self.awake.business.batch);
        self.ask(What::Changes(batch))
    }

    fn ask_credential(&mut self) -> Result<(), Next> {
        self.ask(What::Credential)
    }

    /// Tells the attendant what it has to answer.
    fn ask(&mut self, what: What) -> Result<(), Next> {
        // Before it is heard: the answer may come at once.
        self.signs.asked = true;
        match self.attendant.clone().hear(self.seat, what) {
            Heard::Taken => Err(Next::Wait),
            Heard::Gone => Err(Next::Gone),
            Heard::Busy(what) => {
                self.signs.asked = false;
                let business = &mut self.awake.business;
                match what {
                    What::Changes(batch) => business.batch = batch,
                    What::Credential => business.held = Some(Output::Credential),
                    What::StartTls(..) | What::Redial(..) | What::Ended(..) => {}
                }
                Err(Next::Busy)
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), Next> {
        let sealed = self.line.seal(bytes)?;
        self.transmit(sealed)
    }

    fn park(&mut self) -> Result<(), Next> {
        self.awake.parked = true;
        if self.desk.tls_park == TlsPark::Unbuffered {
            return Ok(());
        }
        let outgoing = self.line.freeze()?;
        self.transmit(Zeroizing::new(outgoing))
    }

    /// Writes what the socket takes, and keeps the rest.
    fn transmit(&mut self, mut bytes: Zeroizing<Vec<u8>>) -> Result<(), Next> {
        let written = self.write(&bytes)?;
        bytes.drain(..written);
        if bytes.is_empty() {
            return Ok(());
        }
        let business = &mut self.awake.business;
        business.unsent = bytes;
        business.stuck_since = Some(self.desk.elapsed());
        Err(Next::Wait)
    }

    /// Gives the socket what it takes. That the server has closed is found by reading, after what it said before.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Next> {
        match self.line.write(bytes) {
            Err(fault) if fault.kind == FaultKind::Closed => {
                self.signs.readable = true;
                Ok(bytes.len())
            }
            written => Ok(written?),
        }
    }

    /// Sends what the socket did not take before.
    fn flush(&mut self) -> Result<(), Next> {
        let mut unsent = std::mem::take(&mut self.awake.business.unsent);
        if unsent.is_empty() {
            return Ok(());
        }
        let written = self.write(&unsent)?;
        unsent.drain(..written);
        let business = &mut self.awake.business;
        business.unsent = unsent;
        if business.unsent.is_empty() {
            business.stuck_since = None;
            return Ok(());
        }
        if self.signs.leaving {
            return Err(Ended::Stopped.into());
        }
        let now = self.desk.elapsed();
        if written > 0 {
            business.stuck_since = Some(now);
        }
        let since = business.stuck_since.unwrap_or(now);
        match now.saturating_sub(since) < WRITE_TIMEOUT {
            true => Err(Next::Wait),
            false => Err(ends::silent(self.line.endpoint()).into()),
        }
    }

    /// Gives the flow what was read before.
    fn give_unread(&mut self) -> bool {
        let mut unread = std::mem::take(&mut self.awake.business.unread);
        if unread.is_empty() {
            return false;
        }
        let length = unread.len().min(AT_ONCE);
        self.awake.receive(&unread[..length], self.desk.moment());
        unread.drain(..length);
        self.awake.business.unread = unread;
        true
    }

    fn read(&mut self) -> Result<(), Next> {
        if let Some(closed) = &mut self.awake.business.closed {
            if closed.told {
                let error = closed.error.take();
                return Err(ends::closed(self.line.endpoint(), error).into());
            }
            closed.told = true;
            self.awake.flow.closed(self.desk.moment());
            return Ok(());
        }
        if !self.signs.readable {
            return Err(Next::Wait);
        }
        let read = self.line.read(&mut self.desk.scratch);
        let reply = std::mem::take(&mut self.desk.scratch.outgoing);
        match read {
            Ok(open) => {
                self.receive();
                if !open {
                    self.has_closed(None);
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.signs.readable = false;
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
            false => self.transmit(Zeroizing::new(reply)),
        }
    }

    /// Gives the flow what was read.
    fn receive(&mut self) {
        let at = self.desk.moment();
        let data = &mut self.desk.scratch.data;
        let length = data.len().min(AT_ONCE);
        if length > 0 {
            self.awake.receive(&data[..length], at);
        }
        if data.len() > length {
            self.awake.business.unread = data[length..].to_vec();
        }
        data.clear();
    }

    fn has_closed(&mut self, error: Option<io::Error>) {
        self.awake.business.closed = Some(Closed { error, told: false });
    }
}
