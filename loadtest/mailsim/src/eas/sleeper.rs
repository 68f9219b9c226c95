//! A Ping, or a Sync, that waits: data, no task.

use super::Command;
use super::account::Account;
use super::answer::Answer;
use super::context::Context;
use super::ear::Ear;
use super::faults::Fault;
use super::talk::{Talk, until};
use super::visitor::{Ordered, Visitor};
use super::{ping, spoil, sync};
use crate::line::{Line, Waiting};
use crate::park::{Call, Guest};
use crate::server::Idling;
use bytes::BytesMut;
use mio::net::TcpStream;
use pushmail_wbxml::ProtocolVersion;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const TOO_EARLY: &str = "the client said something while its request waits";

/// What waits for an answer.
pub(super) struct Pending {
    command: Command,
    version: ProtocolVersion,
    keep_alive: bool,
    /// No answer ever comes.
    silent: bool,
    /// What the client gave may be more: the connection is cut off before.
    cut: bool,
    /// The device, by its place in the account.
    device: usize,
    /// Of the device's requests: a newer one wins.
    turn: u32,
    /// How many of the mailbox's changes were looked at.
    seen: u64,
    until: Instant,
    /// What happens to the answer.
    fault: Option<Box<Fault>>,
}

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

/// Why it was woken.
enum Woken {
    /// For nothing.
    Not,
    /// To end the connection.
    End,
    Answer(Answer),
}

impl Pending {
    pub(super) fn new(
        context: &Context<'_>,
        turn: u32,
        seen: u64,
        time: Duration,
        keep_alive: bool,
    ) -> Self {
        let cut = match context.fault {
            Some(Fault::Cut(after)) => Some(after).filter(|after| *after < time),
            _ => None,
        };
        Self {
            command: context.command,
            version: context.version,
            keep_alive,
            silent: false,
            cut: cut.is_some(),
            device: context.device,
            turn,
            seen,
            until: Instant::now() + cut.unwrap_or(time),
            fault: context.fault.clone().map(Box::new),
        }
    }

    /// Looks whether there is an answer now.
    fn look(&mut self, visitor: &mut Visitor) -> Woken {
        self.seen = visitor.user.mailbox.changes();
        match visitor.order() {
            Some(Ordered::Silence) => self.silent = true,
            Some(Ordered::End) => return Woken::End,
            None => {}
        }
        let due = self.until <= Instant::now();
        if self.silent {
            return Woken::Not;
        }
        if due && self.cut {
            return Woken::End;
        }
        let context = self.context(visitor);
        let found = visitor
            .user
            .eas(|account| self.found(&context, account, due));
        found.map_or(Woken::Not, |answer| {
            Woken::Answer(spoil::after(answer, self.fault.as_deref()))
        })
    }

    fn context<'c>(&self, visitor: &'c Visitor) -> Context<'c> {
        Context {
            server: &visitor.server,
            user: &visitor.user,
            command: self.command,
            version: self.version,
            device: self.device,
            policy_key: None,
            fault: None,
        }
    }

    fn found(&self, context: &Context<'_>, account: &mut Account, due: bool) -> Option<Answer> {
        let device = account.device(self.device);
        if device.turn != self.turn {
            return Some(expired(self.command));
        }
        let news = match self.command {
            Command::Ping => ping::look(context, account),
            _ => sync::look(context, account),
        };
        let answer = news.map(|news| Answer::document(&news));
        let answer = answer.or_else(|| due.then(|| expired(self.command)));
        account.device(self.device).waits = answer.is_none();
        answer
    }
}

/// Says that nothing is new.
fn expired(command: Command) -> Answer {
    match command {
        Command::Ping => Answer::document(&command.says(ping::EXPIRED)),
        _ => Answer::empty(200),
    }
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
        (!self.pending.silent).then_some(self.pending.until)
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
