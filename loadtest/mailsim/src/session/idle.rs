//! IDLE (RFC 2177).

use super::wait::Waited;
use super::{Reply, Session};
use crate::line::Line;
use crate::server::{Idling, Server};
use crate::wire::Framed;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// An IDLE that goes on.
pub(super) struct Idle {
    /// Of the command that began it.
    tag: Box<str>,
    _counted: Idling,
    still_here: Option<(Instant, Duration)>,
    dead: Option<Instant>,
    dropped: Option<Instant>,
    bye: Option<Instant>,
}

/// What is to happen in IDLE.
pub(super) enum Due {
    StillHere,
    /// Never send or answer anything again.
    Dead,
    /// End the connection without a word.
    Dropped,
    /// End the connection with a BYE.
    Bye,
}

impl Idle {
    fn begin(tag: &str, server: &Arc<Server>) -> Self {
        let now = Instant::now();
        let quirks = &server.profile.quirks();
        let at = |after: Option<Duration>| after.map(|after| now + after);
        Self {
            tag: tag.into(),
            _counted: Idling::enter(server),
            still_here: server.still_here.map(|period| (now + period, period)),
            dead: at(quirks.idle_dead_after()),
            dropped: at(quirks.idle_drop(|below| server.draw(below))),
            bye: at(quirks.idle_bye_after()),
        }
    }

    /// When something is to happen.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let still_here = self.still_here.map(|(at, _)| at);
        let all = [still_here, self.dead, self.dropped, self.bye];
        all.into_iter().flatten().min()
    }

    /// What is to happen now.
    pub(super) fn due(&mut self, now: Instant) -> Option<Due> {
        let passed = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if passed(self.dead) {
            return Some(Due::Dead);
        }
        if passed(self.dropped) {
            return Some(Due::Dropped);
        }
        if passed(self.bye) {
            return Some(Due::Bye);
        }
        let (at, period) = self.still_here.filter(|(at, _)| *at <= now)?;
        self.still_here = Some((at + period, period));
        Some(Due::StillHere)
    }
}

impl<S> Session<S> {
    /// From now on changes are told at once; the answer comes after DONE.
    pub(super) fn begin_idle(&mut self, tag: &str) -> Reply {
        if self.server.profile.quirks().exists_before_plus {
            self.tell_unasked_in_idle();
        }
        self.say("+ idling");
        self.idle = Some(Idle::begin(tag, &self.server));
        if let Some(owner) = &mut self.owner {
            owner.idles();
        }
        self.tell_unasked();
        self.tell_status_again();
        Reply(None)
    }

    fn end_idle(&mut self, reply: Reply) {
        if let Some(idle) = self.idle.take() {
            self.alive.heard("IDLE", self.server.profile.quirks());
            self.answer(&idle.tag, "IDLE", reply);
        }
    }
}

impl Session<Line> {
    /// Waits for DONE, and tells of changes meanwhile; `true` if the session can be parked.
    pub(super) async fn go_on_idling(&mut self) -> io::Result<bool> {
        let reply = match self.framer.next(&mut self.input) {
            Ok(Framed::Command(line)) if line.eq_ignore_ascii_case(b"DONE") => {
                if let Some(owner) = &self.owner {
                    owner.user.record(b"DONE", self.server.command_log);
                }
                "OK IDLE done".into()
            }
            Ok(Framed::More) => match self.more().await? {
                Waited::Input => return Ok(false),
                Waited::Quiet => return Ok(true),
                Waited::End => {
                    self.ended = true;
                    Reply(None)
                }
            },
            _ => "BAD DONE expected".into(),
        };
        self.end_idle(reply);
        Ok(false)
    }
}
