//! What is asked and waits for its answer.

use super::Command;
use super::account::Account;
use super::answer::Answer;
use super::context::Context;
use super::faults::Fault;
use super::visitor::{Ordered, Visitor};
use super::{ping, spoil, sync};
use pushmail_wbxml::ProtocolVersion;
use std::time::Duration;
use tokio::time::Instant;

/// What waits for an answer.
pub(super) struct Pending {
    command: Command,
    version: ProtocolVersion,
    pub(super) keep_alive: bool,
    /// No answer ever comes.
    silent: bool,
    /// What the client gave may be more: the connection is cut off before.
    cut: bool,
    /// The device, by its place in the account.
    device: usize,
    /// Of the device's requests: a newer one wins.
    turn: u32,
    /// How many of the mailbox's changes were looked at.
    pub(super) seen: u64,
    until: Instant,
    /// What happens to the answer.
    fault: Option<Box<Fault>>,
}

/// Why it was woken.
pub(super) enum Woken {
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
    pub(super) fn look(&mut self, visitor: &mut Visitor) -> Woken {
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

    /// When it has to be looked at, whatever happens.
    pub(super) fn deadline(&self) -> Option<Instant> {
        (!self.silent).then_some(self.until)
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
