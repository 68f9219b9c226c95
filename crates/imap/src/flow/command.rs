//! Commands that were sent and not yet answered.

use super::idle::Idle;
use super::open::{Highest, Opening};
use super::read::Read;
use super::sasl::{Exchange, Pieces};
use super::{Budget, ImapFlow, Phase, limits};
use pushmail_upstream::{Moment, Output};
use std::time::Duration;

/// A command without its answer.
pub(super) struct Pending {
    /// What its answer will begin with.
    pub(super) tag: String,
    /// Which command, and what came for it so far.
    pub(super) kind: Kind,
    /// When the answer is due; for an IDLE that was accepted, when to end it.
    pub(super) deadline: Duration,
}

/// The commands of the conversation.
pub(super) enum Kind {
    Capability,
    StartTls,
    Authenticate(Exchange),
    Login(Pieces),
    Id,
    Examine(Opening),
    Highest(Highest),
    Read(Box<Read>),
    Idle(Idle),
}

impl Kind {
    /// The command's name, for people.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Capability => "CAPABILITY",
            Self::StartTls => "STARTTLS",
            Self::Authenticate(_) => "AUTHENTICATE",
            Self::Login(_) => "LOGIN",
            Self::Id => "ID",
            Self::Examine(_) => "EXAMINE",
            Self::Highest(_) | Self::Read(_) => "UID FETCH",
            Self::Idle(_) => "IDLE",
        }
    }
}

impl ImapFlow {
    /// Sends a command whose line ends with `rest`.
    pub(super) fn command(&mut self, rest: &str, kind: Kind, at: Moment) {
        let line = self.command_line(rest.as_bytes(), kind, at);
        self.outputs.push_back(Output::Send(line));
    }

    /// Notes a command as sent, and gives its line.
    pub(super) fn command_line(&mut self, rest: &[u8], kind: Kind, at: Moment) -> Vec<u8> {
        self.tags = self.tags.wrapping_add(1);
        let tag = format!("A{}", self.tags);
        let mut line = Vec::with_capacity(tag.len() + rest.len() + 3);
        line.extend_from_slice(tag.as_bytes());
        line.push(b' ');
        line.extend_from_slice(rest);
        line.extend_from_slice(b"\r\n");
        let deadline = at.elapsed + limits::COMMAND;
        self.pending.push_back(Pending {
            tag,
            kind,
            deadline,
        });
        self.budget = Budget::default();
        line
    }

    /// What was going on, for the message of a fault.
    pub(super) fn stage(&self) -> String {
        match (self.phase, self.pending.front()) {
            (Phase::New | Phase::Greeting { .. }, _) => "before its greeting".to_owned(),
            (Phase::Securing { .. }, _) => "while TLS was set up".to_owned(),
            (_, Some(pending)) => format!("during {}", pending.kind.name()),
            (_, None) => "between commands".to_owned(),
        }
    }
}
