//! One connection in the lot: its socket, its conversation, and what is under way between them.

use super::business::Business;
use super::desk::Desk;
use super::next::{Left, Next, Out};
use super::seats::Seat;
use super::talk::Talk;
use super::turn::{Turn, WRITE_TIMEOUT};
use super::wheel::Due;
use super::{Attendant, Guest, What};
use crate::dial::{Line, Parked};
use crate::ends;
use crate::flow::Moment;
use pushmail_domain::{Authentication, Fault, FaultKind};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// Others have their turn after so many steps of one connection.
const STEPS: usize = 64;

/// A connection in the lot. There are very many, so that no byte is spare.
pub(super) struct Slot {
    line: Parked,
    talk: Talk,
    attendant: Arc<dyn Attendant>,
    seat: Seat,
    /// When the wheel names it next.
    pub(super) due: Option<Due>,
    signs: Signs,
    /// Whether it waits to ask its attendant again.
    pub(super) in_line: bool,
}

/// What others say of a connection.
pub(super) struct Signs {
    /// The socket may have something to read.
    pub(super) readable: bool,
    /// Changes were told, or the credential asked for, and not answered.
    pub(super) asked: bool,
    /// It was asked to leave.
    pub(super) leaving: bool,
}

impl Slot {
    pub(super) fn new(seat: Seat, guest: Guest) -> Self {
        let (line, early) = guest.line.park();
        let business = Business {
            unread: early,
            expires: guest.expires,
            ..Business::default()
        };
        Self {
            seat,
            line,
            talk: Talk::new(guest.flow, business),
            attendant: guest.attendant,
            signs: Signs {
                readable: true,
                asked: false,
                leaving: false,
            },
            due: None,
            in_line: false,
        }
    }

    pub(super) const fn seat(&self) -> Seat {
        self.seat
    }

    pub(super) fn socket(&mut self) -> &mut mio::net::TcpStream {
        &mut self.line.socket
    }

    pub(super) const fn is_readable(&mut self) {
        self.signs.readable = true;
    }

    pub(super) const fn leave(&mut self) {
        self.signs.leaving = true;
    }

    pub(super) fn keep(&mut self) {
        if let Some(awake) = self.talk.awake() {
            awake.business.expires = None;
        }
    }

    /// It cannot be served at all.
    pub(super) fn fail(&mut self, error: io::Error) {
        let fault = ends::broken(self.line.endpoint(), error);
        self.is_over(fault);
    }

    /// What became of the changes that were told.
    pub(super) fn answered(&mut self, taken: Result<(), Fault>, at: Moment) {
        self.signs.asked = false;
        match (taken, self.talk.awake()) {
            (Ok(()), Some(awake)) => awake.flow.accepted(at),
            (Ok(()), None) => {}
            (Err(fault), _) => self.is_over(fault),
        }
    }

    /// The credential that was asked for.
    pub(super) fn given(&mut self, credential: Result<Authentication, Fault>, at: Moment) {
        self.signs.asked = false;
        match (credential, self.talk.awake()) {
            (Ok(credential), Some(awake)) => awake.flow.credential(credential, at),
            (Ok(_), None) => {}
            (Err(fault), _) => self.is_over(fault),
        }
    }

    fn is_over(&mut self, fault: Fault) {
        if let Some(awake) = self.talk.awake() {
            awake.business.over = Some(fault.into());
        }
    }

    /// When to serve it, whatever the server does. Asked of a conversation that is awake.
    pub(super) fn deadline(&mut self) -> Option<Duration> {
        // Once it is answered, it is served in any case.
        if self.signs.asked {
            return None;
        }
        let awake = self.talk.awake()?;
        let expires = awake.business.expires.as_ref().map(|(at, _)| *at);
        let next = match awake.business.stuck_since {
            Some(since) => Some(since + WRITE_TIMEOUT),
            None => awake.deadline(),
        };
        expires.into_iter().chain(next).min()
    }

    /// Lets the conversation sleep, if it can. It is woken when it is served.
    pub(super) fn sleep(&mut self) {
        if !self.signs.asked && !self.signs.leaving {
            self.talk.sleep();
        }
    }

    /// Does what there is to do. A panic ends this connection and no other.
    pub(super) fn serve(&mut self, desk: &mut Desk) -> Next {
        let served = catch_unwind(AssertUnwindSafe(|| self.turn(desk)));
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
        let flow = self.talk.into_flow(self.line.endpoint());
        let what = match (out, flow) {
            (Out::StartTls, Some(flow)) => What::StartTls(Line::unpark(self.line), flow),
            (Out::Redial(redial), Some(flow)) => {
                self.line.say_goodbye();
                What::Redial(redial, flow)
            }
            (Out::StartTls | Out::Redial(_), None) => What::Ended(lost().into(), None),
            (Out::Ended(ended), flow) => {
                self.line.say_goodbye();
                What::Ended(ended, flow)
            }
        };
        Left {
            seat: self.seat,
            attendant: self.attendant,
            what,
        }
    }

    /// Some steps; `Ok` if there may be more.
    fn turn(&mut self, desk: &mut Desk) -> Result<(), Next> {
        let awake = self.talk.wake(self.line.endpoint()).ok_or_else(lost)?;
        let mut turn = Turn {
            seat: self.seat,
            line: &mut self.line,
            awake,
            attendant: &self.attendant,
            signs: &mut self.signs,
            desk,
        };
        (0..STEPS).try_for_each(|_| turn.step())
    }
}

fn lost() -> Fault {
    let message = "a conversation that was at rest is lost; it begins anew";
    Fault::new(FaultKind::Internal, message)
}
