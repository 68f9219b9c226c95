//! A connection on which a Ping, or a Sync, waits: data, no task.

use super::ear::Ear;
use super::pending::{Pending, Woken};
use super::talk::{Talk, until};
use super::visitor::Visitor;
use crate::line::{Line, Waiting};
use crate::park::{Call, Guest};
use crate::server::Idling;
use bytes::BytesMut;
use mio::net::TcpStream;
use std::io;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const TOO_EARLY: &str = "the client said something while its request waits";

/// A connection on which something waits.
pub(super) struct Sleeper {
    line: Waiting,
    /// Ends the connection.
    token: CancellationToken,
    visitor: Visitor,
    pending: Pending,
    ear: Ear,
    counted: Idling,
}

impl Sleeper {
    /// Takes the connection away from its task; none if the client has said something after its request, which it must
    /// not before the answer.
    pub(super) fn of(talk: Talk, pending: Pending) -> io::Result<Option<Self>> {
        let Some(visitor) = talk.visitor else {
            return Ok(None);
        };
        if !talk.input.is_empty() {
            visitor.note(TOO_EARLY);
            return Ok(None);
        }
        visitor.user.idled(talk.server.clock.now());
        Ok(Some(Self {
            line: talk.line.into_waiting()?,
            token: talk.token,
            ear: Ear::of(&visitor.user, &talk.server.park),
            counted: Idling::enter(&talk.server),
            visitor,
            pending,
        }))
    }

    /// Sleeps.
    pub(super) fn park(self) -> io::Result<()> {
        let (user, park) = (Arc::clone(&self.ear.user), Arc::clone(&self.ear.park));
        let (seat, seen) = (self.ear.seat, self.pending.seen);
        park.put(seat, Box::new(self))?;
        user.mailbox.parked(seat, seen);
        Ok(())
    }

    /// Looks why it was woken, and goes on.
    async fn wake(mut self, call: Call) -> io::Result<()> {
        let mut line = Line::from_waiting(self.line)?;
        let mut input = BytesMut::new();
        if call == Call::Input {
            line.read_once(&mut input).await?;
        }
        if !input.is_empty() {
            self.visitor.note(TOO_EARLY);
        }
        if line.is_closed() || !input.is_empty() {
            return Ok(());
        }
        let answer = match self.pending.look(&mut self.visitor) {
            Woken::End => return Ok(()),
            Woken::Not => {
                self.line = line.into_waiting()?;
                return self.park();
            }
            Woken::Answer(answer) => answer,
        };
        drop((self.ear, self.counted));
        let talk = Talk {
            line,
            server: Arc::clone(&self.visitor.server),
            token: self.token,
            input,
            visitor: Some(self.visitor),
        };
        talk.go_on_after(answer, self.pending.keep_alive).await
    }
}

impl Guest for Sleeper {
    fn socket(&mut self) -> &mut TcpStream {
        &mut self.line.socket
    }

    fn deadline(&self) -> Option<Instant> {
        self.pending.deadline()
    }

    fn is_over(&self) -> bool {
        self.token.is_cancelled()
    }

    fn go_on(self: Box<Self>, call: Call, runtime: &Handle) {
        drop(runtime.spawn(async move {
            let token = self.token.clone();
            until(&token, Box::pin(self.wake(call))).await;
        }));
    }
}
