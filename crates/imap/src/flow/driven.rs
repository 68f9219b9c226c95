//! The conversation as a driver has it.

use super::command::Kind;
use super::{ImapFlow, Phase};
use pushmail_domain::FaultKind;
use pushmail_upstream::{Flow, Moment, Output, Rest};
use std::time::Duration;

impl Flow for ImapFlow {
    fn receive(&mut self, bytes: &[u8], at: Moment) {
        self.start(at);
        self.catch_up();
        self.waiting.heard(at);
        self.take_in(bytes, at);
    }

    fn secured(&mut self, at: Moment) {
        self.catch_up();
        if let Phase::Securing { .. } = self.phase {
            self.phase = Phase::Running;
            self.secure = true;
            self.capabilities = None;
            self.advance(at);
        }
    }

    fn closed(&mut self, at: Moment) {
        self.catch_up();
        self.closed_silently(at);
        if self.live {
            self.fail(FaultKind::Closed, "the server closed the connection");
        } else {
            let during = self.stage();
            let message = format!("the server closed the connection {during}");
            self.fail(FaultKind::Unreachable, &message);
        }
    }

    fn tick(&mut self, at: Moment) {
        self.start(at);
        self.catch_up();
        if self.deadline().is_none_or(|deadline| at.elapsed < deadline) {
            return;
        }
        let waits = match self.pending.front().map(|pending| &pending.kind) {
            None => self.phase == Phase::Running,
            Some(Kind::Idle(idle)) => idle.is_waiting(),
            Some(_) => false,
        };
        if waits {
            self.waited(at);
            return self.advance(at);
        }
        self.died_silently(at);
        let message = format!("the server did not answer in time {}", self.stage());
        self.fail(FaultKind::Timeout, &message);
    }

    fn deadline(&self) -> Option<Duration> {
        match self.phase {
            Phase::New => Some(Duration::ZERO),
            Phase::Greeting { deadline } | Phase::Securing { deadline } => Some(deadline),
            Phase::Running => match self.pending.front() {
                Some(pending) => Some(pending.deadline),
                None => self.poll.until(),
            },
            Phase::Finished => None,
        }
    }

    fn next_output(&mut self) -> Option<Output> {
        loop {
            let output = self.outputs.pop();
            if output.is_some() {
                return output;
            }
            if !self.read_on() {
                self.slim();
                return None;
            }
        }
    }

    fn rest(&self) -> Option<Rest> {
        self.packed()
    }
}
