//! What happens after some time, and what connections are ordered to do.

use super::Session;
use super::idle::Due;
use crate::faults::Order;
use crate::profile::Quirks;
use tokio::time::Instant;

/// When the client last did something that counts.
pub(super) struct Alive(Instant);

impl Alive {
    pub(super) fn new() -> Self {
        Self(Instant::now())
    }

    /// The client sent this command.
    pub(super) fn heard(&mut self, command: &str, quirks: &Quirks) {
        let ignored = quirks.autologout.as_ref();
        if !ignored.is_some_and(|autologout| autologout.ignores(command)) {
            self.0 = Instant::now();
        }
    }
}

impl<S> Session<S> {
    /// When something is to happen unless the client or the mailbox does something before.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        if self.frozen {
            return None;
        }
        let idle = self.idle.as_ref().and_then(|idle| idle.deadline());
        self.autologout_at().into_iter().chain(idle).min()
    }

    fn autologout_at(&self) -> Option<Instant> {
        let autologout = self.server.profile.quirks().autologout.as_ref()?;
        let running = self.idle.is_none() || autologout.ignores("IDLE");
        running.then(|| self.alive.0 + autologout.after())
    }

    /// Does what is due by now, if anything is.
    pub(super) fn do_what_is_due(&mut self) {
        let now = Instant::now();
        if self.autologout_at().is_some_and(|at| at <= now) {
            let text = self.server.profile.texts().autologout.clone();
            self.bye(&text);
            return;
        }
        match self.idle.as_mut().and_then(|idle| idle.due(now)) {
            Some(Due::StillHere) => self.say("* OK Still here"),
            Some(Due::Dead) => self.frozen = true,
            Some(Due::Dropped) => self.ended = true,
            Some(Due::Bye) => self.bye("IDLE timed out"),
            None => {}
        }
    }

    /// Does what the user's connections were ordered to do.
    pub(super) fn obey(&mut self) {
        let Some(owner) = &mut self.owner else {
            return;
        };
        for order in owner.take_orders() {
            match order {
                Order::Freeze => self.frozen = true,
                Order::Bye(text) => self.bye(&text),
                Order::Overflow if self.notify.take().is_some() => {
                    self.say("* OK [NOTIFICATIONOVERFLOW] too much happened");
                }
                Order::Overflow => {}
            }
        }
    }
}
