//! Waiting for mail: IDLE (RFC 2177), rounds through the other folders, polling.

use super::command::Kind;
use super::{Budget, ImapFlow, limits};
use crate::wire::{Capability, Condition};
use pushmail_upstream::{Moment, Output};
use std::time::Duration;

/// How often a server may end IDLE by itself before the account is polled instead.
const BROKEN: u32 = 3;

/// An IDLE's state.
#[derive(Default)]
pub(super) struct Idle {
    /// The server accepted it with `+`.
    entered: bool,
    /// DONE was sent.
    ending: bool,
}

impl Idle {
    /// Whether the server has not accepted it yet.
    pub(super) const fn is_fresh(&self) -> bool {
        !self.entered && !self.ending
    }

    /// Whether it waits for the server, as it is meant to.
    pub(super) const fn is_waiting(&self) -> bool {
        self.entered && !self.ending
    }
}

/// What is known about waiting on this connection.
#[derive(Default)]
pub(super) struct Waiting {
    /// When the pause between two polls ends; `None` if there is none.
    pub(super) until: Option<Duration>,
    /// When the other folders are to be visited next.
    round: Option<Duration>,
    /// The server refused IDLE.
    refused: bool,
    /// How often the server ended IDLE by itself.
    broken: u32,
}

impl ImapFlow {
    /// Nothing is left to do: IDLE on the first folder, or a pause until the next poll.
    pub(super) fn wait(&mut self, at: Moment) {
        if self.can_idle() {
            let round = at.elapsed + self.quirks.folder_round;
            self.waiting.round.get_or_insert(round);
            return self.command("IDLE", Kind::Idle(Idle::default()), at);
        }
        let until = at.elapsed + self.quirks.poll_interval;
        self.waiting.until.get_or_insert(until);
        self.park();
    }

    fn can_idle(&self) -> bool {
        let offered = self
            .capabilities
            .is_some_and(|set| set.offers(Capability::Idle));
        offered && !self.quirks.no_idle && !self.waiting.refused
    }

    /// The server accepted IDLE.
    pub(super) fn idle_entered(&mut self, at: Moment) {
        let reissue = at.elapsed + self.quirks.idle_reissue;
        let round = self.waiting.round.filter(|_| self.folders.len() > 1);
        if let Some(pending) = self.pending.front_mut()
            && let Kind::Idle(idle) = &mut pending.kind
        {
            idle.entered = true;
            pending.deadline = round.map_or(reissue, |round| round.min(reissue));
            self.budget = Budget::default();
        }
    }

    /// In IDLE, after something came: end it if there is something to read, else go on waiting.
    pub(super) fn in_idle(&mut self, at: Moment) {
        if self.dirty().is_some() {
            self.end_idle(at);
        } else {
            self.park();
        }
    }

    /// Sends DONE and, in the same write, the command that reads the mail which was announced. That saves
    /// a round trip; RFC 2177 only forbids commands before DONE.
    fn end_idle(&mut self, at: Moment) {
        if let Some(pending) = self.pending.front_mut()
            && let Kind::Idle(idle) = &mut pending.kind
        {
            idle.ending = true;
            pending.deadline = at.elapsed + limits::DONE;
        }
        let mut line = b"DONE\r\n".to_vec();
        if let Some(folder) = self.dirty().filter(|_| !self.quirks.no_pipelined_done)
            && let Some(read) = self.read_line(folder, at)
        {
            line.extend(read);
        }
        self.outputs.push_back(Output::Send(line));
    }

    /// IDLE is over: because DONE was sent, or by the server's own choice.
    pub(super) fn idle_ended(&mut self, idle: &Idle, condition: Condition) {
        if idle.ending {
            return;
        }
        self.waiting.broken += 1;
        let refused = !idle.entered && condition != Condition::Ok;
        if refused || self.waiting.broken >= BROKEN {
            self.waiting.refused = true;
        }
    }

    /// A pause is over: visit the folders whose turn it is, or begin IDLE anew.
    pub(super) fn waited(&mut self, at: Moment) {
        if self.pending.is_empty() {
            self.waiting.until = None;
            self.folders.iter_mut().for_each(|folder| folder.due = true);
            return;
        }
        if self.waiting.round.is_some_and(|round| at.elapsed >= round) {
            self.waiting.round = None;
            self.folders
                .iter_mut()
                .skip(1)
                .for_each(|folder| folder.due = true);
        }
        self.end_idle(at);
    }

    /// Lets the connection rest, unless a response has come in half.
    fn park(&mut self) {
        if self.decoder.is_idle() {
            self.outputs.push_back(Output::Park);
        }
    }
}
