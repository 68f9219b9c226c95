//! Runs a [`Flow`] over a [`Line`] in a [`Lot`], for one who waits for it.

use crate::dial::Line;
use crate::flow::{Change, Flow, Redial};
use crate::lot::{Attendant, Ended, Guest, Heard, Lot, Seat, What};
use async_trait::async_trait;
use pushmail_domain::{Authentication, Fault, FaultKind};
use std::any::Any;
use std::sync::Arc;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio_util::sync::CancellationToken;

/// Takes what a flow saw.
#[async_trait]
pub trait Sink: Send {
    /// Takes 1 to [`MAX_BATCH`](crate::lot::MAX_BATCH) changes, in order. Until it returns nothing more is read from the
    /// server, and a stop waits for it: it has to end by itself.
    ///
    /// # Errors
    ///
    /// Ends the connection with that fault. The changes count as not taken.
    async fn accept(&mut self, changes: Vec<Change>) -> Result<(), Fault>;

    /// The account's credential, for a flow that asks for it whenever it needs it.
    ///
    /// # Errors
    ///
    /// Ends the connection with that fault.
    async fn credential(&mut self) -> Result<Authentication, Fault> {
        Err(Fault::new(FaultKind::Internal, "there is no credential"))
    }

    /// Another connection, for a flow that asks for one.
    ///
    /// # Errors
    ///
    /// Ends the conversation with that fault.
    async fn redial(&mut self, _redial: &Redial) -> Result<Line, Fault> {
        Err(Fault::new(
            FaultKind::Internal,
            "there is no other connection",
        ))
    }
}

/// Runs `flow` over `line` until it ends or `stop` is cancelled; the connection is closed then. Gives the flow back,
/// unless the lot was dropped.
///
/// Changes that one read brought reach the sink in one call.
pub async fn drive<F: Flow>(
    lot: &Lot,
    flow: F,
    line: Line,
    sink: &mut dyn Sink,
    stop: &CancellationToken,
) -> (Ended, Option<F>) {
    let (ended, flow) = run(lot, Box::new(flow), line, sink, stop).await;
    let flow = flow.map(|flow| flow as Box<dyn Any>);
    let flow = flow.and_then(|flow| flow.downcast().ok());
    (ended, flow.map(|flow| *flow))
}

/// A connection in the lot, which leaves it when nobody waits any more.
struct Stay<'a> {
    lot: &'a Lot,
    seat: Seat,
}

impl Drop for Stay<'_> {
    fn drop(&mut self) {
        let nobody = Fault::new(FaultKind::Internal, "nobody waits for the connection");
        self.lot.answer(self.seat, Err(nobody));
        self.lot.leave(self.seat);
    }
}

/// Hands on what the lot says.
struct Ear(mpsc::Sender<What>);

impl Attendant for Ear {
    fn hear(self: Arc<Self>, _seat: Seat, what: What) -> Heard {
        match self.0.try_send(what) {
            Ok(()) => Heard::Taken,
            Err(TrySendError::Full(what)) => Heard::Busy(what),
            Err(TrySendError::Closed(_)) => Heard::Gone,
        }
    }
}

async fn run(
    lot: &Lot,
    mut flow: Box<dyn Flow>,
    mut line: Line,
    sink: &mut dyn Sink,
    stop: &CancellationToken,
) -> (Ended, Option<Box<dyn Flow>>) {
    loop {
        match stay(lot, flow, line, sink, stop).await {
            Some(What::Ended(ended, flow)) => return (ended, flow),
            Some(What::StartTls(plain, waiting)) => {
                flow = waiting;
                let secured = tokio::select! {
                    biased;
                    () = stop.cancelled() => return (Ended::Stopped, Some(flow)),
                    secured = plain.secure() => secured,
                };
                line = match secured {
                    Ok(secured) => secured,
                    Err(fault) => return (fault.into(), Some(flow)),
                };
                flow.secured(lot.moment());
            }
            Some(What::Redial(redial, waiting)) => {
                flow = waiting;
                let redialled = tokio::select! {
                    biased;
                    () = stop.cancelled() => return (Ended::Stopped, Some(flow)),
                    redialled = sink.redial(&redial) => redialled,
                };
                line = match redialled {
                    Ok(redialled) => redialled,
                    Err(fault) => return (fault.into(), Some(flow)),
                };
                flow.redialled(lot.moment());
            }
            Some(What::Changes(_) | What::Credential) | None => return (Ended::Stopped, None),
        }
    }
}

/// Takes what is told of the connection until it leaves the lot.
async fn stay(
    lot: &Lot,
    flow: Box<dyn Flow>,
    line: Line,
    sink: &mut dyn Sink,
    stop: &CancellationToken,
) -> Option<What> {
    let (ear, mut told) = mpsc::channel(1);
    let seat = lot.enter(Guest {
        line,
        flow,
        attendant: Arc::new(Ear(ear)),
        expires: None,
    });
    let stay = Stay { lot, seat };
    let mut leaving = false;
    loop {
        let what = tokio::select! {
            biased;
            () = stop.cancelled(), if !leaving => {
                leaving = true;
                lot.leave(stay.seat);
                continue;
            }
            told = told.recv() => told?,
        };
        match what {
            What::Changes(changes) => {
                let taken = sink.accept(changes).await;
                lot.answer(stay.seat, taken);
            }
            What::Credential => lot.give(stay.seat, sink.credential().await),
            left @ (What::StartTls(..) | What::Redial(..) | What::Ended(..)) => return Some(left),
        }
    }
}

#[cfg(test)]
mod tests;
