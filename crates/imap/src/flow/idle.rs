//! Waiting for news: IDLE (RFC 2177), and the probe (DONE, NOOP, IDLE) that finds out whether the connection lives
//! and whether IDLE tells everything.

use super::command::Kind;
use super::folder::Place;
use super::{Budget, ImapFlow, limits};
use crate::signs::Signs;
use crate::wire::{Capability, Condition, StatusText};
use pushmail_domain::FaultKind;
use pushmail_upstream::keepalive::KeepAlive;
use pushmail_upstream::{Moment, Output};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How often a server may end IDLE by itself before the account is polled instead.
const BROKEN: u32 = 3;

/// What servers write in the BYE to a client that did nothing for too long. Lower case.
const INACTIVITY: [&str; 5] = ["autologout", "idle", "inactiv", "timed out", "timeout"];

/// An IDLE's state.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Idle {
    /// The server accepted it with `+`.
    entered: bool,
    /// DONE was sent.
    ending: bool,
    /// When it is to be ended, if nothing comes.
    until: Duration,
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

/// A NOOP that probes the connection.
#[derive(Default)]
pub(super) struct Probe {
    /// Whether it found mail of which IDLE had not told.
    found: bool,
}

/// What is known about waiting on this connection.
#[derive(Serialize, Deserialize)]
pub(super) struct Waiting {
    /// When the other folders are to be looked at next.
    round: Option<Duration>,
    /// How many rounds there were.
    rounds: u32,
    /// The server refused IDLE.
    refused: bool,
    /// IDLE does not tell of new mail.
    deaf: bool,
    /// IDLE told of new mail on this connection.
    told: bool,
    /// A probe found mail that IDLE had not told, and IDLE has not told any since.
    missed: bool,
    /// How often the server ended IDLE by itself.
    broken: u32,
    /// When something came last.
    heard: Duration,
    signs: Signs,
}

impl Waiting {
    pub(super) fn new(deaf: bool) -> Self {
        Self {
            round: None,
            rounds: 0,
            refused: false,
            deaf,
            told: false,
            missed: false,
            broken: 0,
            heard: Duration::ZERO,
            signs: Signs::default(),
        }
    }

    pub(super) const fn is_deaf(&self) -> bool {
        self.deaf
    }

    pub(super) const fn heard(&mut self, at: Moment) {
        self.heard = at.elapsed;
    }
}

impl ImapFlow {
    /// Nothing is left to do: IDLE on the main folder, or a pause until the next poll.
    pub(super) fn wait(&mut self, at: Moment) {
        if !self.can_idle() {
            return self.pause(at);
        }
        if self.goes_round() {
            let round = at.elapsed + self.quirks.folder_round;
            self.waiting.round.get_or_insert(round);
        }
        self.command("IDLE", Kind::Idle(Idle::default()), at);
    }

    /// Whether the other folders are looked at in rounds.
    fn goes_round(&self) -> bool {
        self.has_others() && !self.notify.is_on()
    }

    fn can_idle(&self) -> bool {
        self.offers(Capability::Idle)
            && !self.quirks.no_idle
            && !self.waiting.refused
            && !self.waiting.deaf
    }

    /// The server accepted IDLE.
    pub(super) fn idle_entered(&mut self, at: Moment) {
        let until = at.elapsed + self.keep_alive().interval();
        self.waiting.signs.restart();
        if let Some(pending) = self.pending.front_mut()
            && let Kind::Idle(idle) = &mut pending.kind
        {
            idle.entered = true;
            idle.until = until;
            self.budget = Budget::default();
        }
    }

    /// In IDLE, after something came: end it if there is something to do, else go on waiting.
    pub(super) fn in_idle(&mut self, at: Moment) {
        if self.has_work(at) {
            return self.end_idle(at);
        }
        self.set_alarm();
        self.park();
    }

    /// Whether something has to be done that IDLE is in the way of.
    fn has_work(&self, at: Moment) -> bool {
        let unsettled = |place, known: bool| match place {
            Place::Unknown => true,
            Place::Absent => known,
            Place::There | Place::Gone => false,
        };
        self.notify.is_due()
            || self
                .folders
                .iter()
                .any(|state| state.wants_visit(at) || unsettled(state.place, state.id.is_some()))
    }

    /// When IDLE is ended if nothing comes: for the probe, the next round, a look that had to wait, or because the
    /// server's signs of life are overdue.
    fn set_alarm(&mut self) {
        let delayed = self.folders.iter().filter_map(|state| state.delayed());
        let others = [
            self.waiting.round.filter(|_| self.goes_round()),
            self.waiting.signs.overdue(),
        ];
        let alarm = delayed.chain(others.into_iter().flatten()).min();
        if let Some(pending) = self.pending.front_mut()
            && let Kind::Idle(idle) = &pending.kind
        {
            pending.deadline = alarm.map_or(idle.until, |alarm| alarm.min(idle.until));
        }
    }

    /// Sends DONE and, in the same write, the command that comes next. That saves a round trip; RFC 2177 only forbids
    /// commands before DONE.
    fn end_idle(&mut self, at: Moment) {
        if let Some(pending) = self.pending.front_mut()
            && let Kind::Idle(idle) = &mut pending.kind
        {
            idle.ending = true;
            pending.deadline = at.elapsed + limits::DONE;
        }
        let mut lines = b"DONE\r\n".to_vec();
        if !self.quirks.no_pipelined_done {
            lines.extend(self.behind_done(at).unwrap_or_default());
        }
        self.outputs.push_back(Output::Send(lines));
    }

    /// The command that can go out with DONE: reading the open folder, or opening another one; else the probe.
    fn behind_done(&mut self, at: Moment) -> Option<Vec<u8>> {
        let folder = self.selected?;
        let state = &self.folders[folder];
        if state.dirty.is_some() && state.wants_visit(at) {
            let waits = self.takes_care(folder) || self.needs_count(folder);
            return if waits {
                None
            } else {
                self.read_line(folder, at)
            };
        }
        if self.has_work(at) {
            let tended = state.wants_visit(at) || self.notify.is_due();
            let other = self.next_visit(at).filter(|other| *other != folder);
            return match other {
                Some(other) if !tended => Some(self.examine_line(other, at)),
                _ => None,
            };
        }
        // A look at the other folders shows as well that the connection lives.
        (!self.is_surveying()).then(|| self.probe_line(at))
    }

    fn probe_line(&mut self, at: Moment) -> Vec<u8> {
        let line = self.command_line(b"NOOP", Kind::Probe(Probe::default()), at);
        if let Some(pending) = self.pending.back_mut() {
            pending.deadline = at.elapsed + limits::DONE;
        }
        line
    }

    /// EXISTS came. If only the probe is outstanding, IDLE should have told it.
    pub(super) fn probe_found(&mut self, more: bool) {
        match self.pending.front_mut().map(|pending| &mut pending.kind) {
            Some(Kind::Probe(probe)) => probe.found |= more,
            Some(Kind::Idle(idle)) if idle.is_waiting() && more => {
                self.waiting.told = true;
                self.waiting.missed = false;
            }
            _ => {}
        }
    }

    /// The connection lives.
    pub(super) fn probed(&mut self, probe: &Probe, condition: Condition) {
        if probe.found {
            // Mail that comes just then proves nothing where IDLE told of other mail.
            self.waiting.deaf |= !self.waiting.told || self.waiting.missed;
            self.waiting.missed = true;
        }
        if condition == Condition::Ok {
            let mut keep_alive = self.keep_alive();
            keep_alive.answered();
            self.keep_alive = Some(keep_alive);
        }
    }

    pub(super) fn keep_alive(&self) -> KeepAlive {
        self.keep_alive.unwrap_or_else(|| self.quirks.keep_alive())
    }

    /// The connection was found dead while nothing was going on: such a silence is too long.
    pub(super) fn died_silently(&mut self, at: Moment) {
        self.silenced(at, KeepAlive::died);
    }

    /// The server closed the connection while nothing was going on: such a silence may be too long.
    pub(super) fn closed_silently(&mut self, at: Moment) {
        self.silenced(at, KeepAlive::closed);
    }

    fn silenced(&mut self, at: Moment, learn: fn(&mut KeepAlive, Duration)) {
        let waited = self
            .pending
            .front()
            .is_some_and(|pending| matches!(pending.kind, Kind::Idle(_) | Kind::Probe(_)));
        if waited && self.live {
            let mut keep_alive = self.keep_alive();
            learn(
                &mut keep_alive,
                at.elapsed.saturating_sub(self.waiting.heard),
            );
            self.keep_alive = Some(keep_alive);
        }
    }

    /// The server ends an IDLE because it lasted too long for it: a normal end, from which the next connection learns.
    /// `false` if the BYE says something else.
    pub(super) fn idled_too_long(&mut self, text: &StatusText, at: Moment) -> bool {
        let begun = match self.pending.front().map(|pending| &pending.kind) {
            Some(Kind::Idle(idle)) if self.live && idle.is_waiting() => {
                idle.until.saturating_sub(self.keep_alive().interval())
            }
            _ => return false,
        };
        let words = text.text.to_ascii_lowercase();
        let idled = text.code.is_none() && INACTIVITY.iter().any(|word| words.contains(word));
        if !idled {
            return false;
        }
        let mut keep_alive = self.keep_alive();
        keep_alive.died(at.elapsed.saturating_sub(begun));
        self.keep_alive = Some(keep_alive);
        let message = format!(
            "the server ended the session, since it idled for long{}",
            self.quote(text)
        );
        self.fail(FaultKind::Closed, &message);
        true
    }

    /// `* OK Still here` and its like.
    pub(super) fn gave_sign(&mut self, at: Moment) {
        if let Some(Kind::Idle(idle)) = self.pending.front().map(|pending| &pending.kind)
            && idle.is_waiting()
        {
            self.waiting.signs.came(at.elapsed);
        }
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

    /// A pause is over: look at the folders whose turn it is, or begin IDLE anew.
    pub(super) fn waited(&mut self, at: Moment) {
        if self.pending.is_empty() {
            return self.paused(at);
        }
        let round = self.waiting.round.filter(|_| self.goes_round());
        if round.is_some_and(|round| at.elapsed >= round) {
            self.begin_round(at);
        }
        self.end_idle(at);
    }

    /// The other folders are looked at. What no number of theirs tells is looked for now and then.
    pub(super) fn begin_round(&mut self, at: Moment) {
        self.waiting.round = None;
        self.waiting.rounds = self.waiting.rounds.wrapping_add(1);
        self.survey_again();
        if self.wants_all() && self.waiting.rounds.is_multiple_of(ROUNDS_TO_LOOK) {
            for folder in 1..self.folders.len() {
                let state = &self.folders[folder];
                if state.place == Place::There && state.mod_seq == 0 {
                    self.may_have_changed(folder, at);
                }
            }
        }
    }

    /// Lets the connection rest, unless a response has come in half.
    pub(super) fn park(&mut self) {
        if self
            .decoder
            .as_ref()
            .is_none_or(|decoder| decoder.is_idle())
        {
            self.outputs.push_back(Output::Park);
        }
    }
}

/// Every so many rounds, the flags of folders without MODSEQ are looked at.
const ROUNDS_TO_LOOK: u32 = 15;
