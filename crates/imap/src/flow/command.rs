//! Commands that were sent and not yet answered.

use super::care::Lowest;
use super::idle::{Idle, Probe};
use super::open::{Highest, Opening};
use super::read::Read;
use super::rebuilt::{Count, Recent};
use super::resync::Changes;
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
    Enable,
    List,
    /// Of this folder.
    Status(usize),
    Notify,
    Examine(Box<Opening>),
    Highest(Highest),
    Count(Count),
    Recent(Recent),
    Lowest(Lowest),
    Read(Box<Read>),
    Changes(Box<Changes>),
    Idle(Idle),
    Probe(Probe),
    /// NOOP instead of IDLE.
    Poll,
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
            Self::Enable => "ENABLE",
            Self::List => "LIST",
            Self::Status(_) => "STATUS",
            Self::Notify => "NOTIFY",
            Self::Examine(_) => "EXAMINE",
            Self::Count(_) | Self::Recent(_) => "UID SEARCH",
            Self::Highest(_) | Self::Lowest(_) | Self::Read(_) | Self::Changes(_) => "UID FETCH",
            Self::Idle(_) => "IDLE",
            Self::Probe(_) | Self::Poll => "NOOP",
        }
    }

    /// Whether the conversation goes on if the server refuses the command.
    pub(super) const fn may_fail(&self) -> bool {
        matches!(
            self,
            Self::List
                | Self::Status(_)
                | Self::Count(_)
                | Self::Recent(_)
                | Self::Lowest(_)
                | Self::Read(_)
                | Self::Changes(_)
        )
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
        let tag = self.last_tag();
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
        self.pace.sent();
        line
    }

    /// The tag of the command that was sent last.
    pub(super) fn last_tag(&self) -> String {
        format!("A{}", self.tags)
    }

    /// The first outstanding command of which `pick` wants something.
    pub(super) fn outstanding<'a, T>(
        &'a mut self,
        pick: impl Fn(&'a mut Kind) -> Option<T>,
    ) -> Option<T> {
        self.pending
            .iter_mut()
            .find_map(|pending| pick(&mut pending.kind))
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
