//! What becomes of a connection that was served.

use super::seats::Seat;
use super::{Attendant, Ended, Heard, What};
use crate::flow::Redial;
use pushmail_domain::Fault;
use std::sync::Arc;

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

/// Why a connection leaves the lot.
pub(super) enum Out {
    StartTls,
    Redial(Redial),
    Ended(Ended),
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
    pub(super) seat: Seat,
    pub(super) attendant: Arc<dyn Attendant>,
    pub(super) what: What,
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
