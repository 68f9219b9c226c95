//! The conversation as a driver has it.

use super::exchange::{Broken, Exchange, Step};
use super::{Connection, EasFlow, limits};
use crate::http;
use pushmail_domain::{Authentication, FaultKind};
use pushmail_upstream::{Flow, Moment, Output, Rest};
use std::time::Duration;

impl Flow for EasFlow {
    fn receive(&mut self, mut bytes: &[u8], at: Moment) {
        while !bytes.is_empty() {
            let Some(exchange) = &mut self.exchange else {
                // Nobody asked: an answer to a request that never came, mostly, before the server closes.
                self.connection_is_spent();
                return;
            };
            match exchange.take(&mut bytes) {
                Ok(true) => self.complete(at),
                Ok(false) => {}
                Err(broken) => return self.broken(broken),
            }
        }
        self.advance(at);
    }

    fn secured(&mut self, _at: Moment) {}

    fn closed(&mut self, at: Moment) {
        let used = self.connection == Connection::Open { used: true };
        self.connection_is_spent();
        let Some(exchange) = self.exchange.take() else {
            // What is still to be told goes first.
            return self.redial_at(self.next_at().max(at.elapsed));
        };
        let (step, sent) = (exchange.step, exchange.sent);
        self.waiting.under_way = None;
        match exchange.close() {
            Ok(answer) => {
                self.answered(answer, at);
                self.advance(at);
            }
            Err(http::Error::NoAnswer) => {
                let silence = at.elapsed.saturating_sub(sent.elapsed);
                match step {
                    Step::Ping { .. } => self.learned.keep_alive.closed(silence),
                    _ => self.learned.closes |= used && silence < limits::CLOSES,
                }
                self.lost_connection(at);
            }
            Err(error) => self.fail(FaultKind::Closed, &error.to_string()),
        }
    }

    fn tick(&mut self, at: Moment) {
        if self.deadline().is_none_or(|deadline| at.elapsed < deadline) {
            return;
        }
        match self.exchange.take().map(|exchange| exchange.step) {
            None => self.advance(at),
            Some(Step::Ping { .. }) => {
                let sent = self.waiting.under_way.take().unwrap_or_default().0;
                let silence = at.elapsed.saturating_sub(sent);
                self.learned.keep_alive.died(silence);
                self.lost_connection(at);
            }
            Some(_) => self.fail(FaultKind::Timeout, "the server did not answer in time"),
        }
    }

    fn deadline(&self) -> Option<Duration> {
        match (self.connection, &self.exchange) {
            (Connection::Finished | Connection::Redialling, _) => None,
            (_, Some(exchange)) => Some(exchange.deadline),
            (_, None) => Some(self.next_at()),
        }
    }

    fn next_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn accepted(&mut self, at: Moment) {
        self.advance(at);
    }

    fn credential(&mut self, credential: Authentication, at: Moment) {
        self.credential = Some(credential);
        self.advance(at);
    }

    fn redialled(&mut self, at: Moment) {
        if self.connection == Connection::Redialling {
            self.connection = Connection::Open { used: false };
            self.advance(at);
        }
    }

    fn rest(&self) -> Option<Rest> {
        self.packed()
    }
}

impl EasFlow {
    pub(super) fn connection_is_spent(&mut self) {
        if let Connection::Open { .. } = self.connection {
            self.connection = Connection::Spent;
        }
    }

    /// The answer under way has come whole.
    fn complete(&mut self, at: Moment) {
        let Some(exchange) = self.exchange.take() else {
            return;
        };
        match Exchange::close(*exchange) {
            Ok(answer) => self.answered(answer, at),
            Err(error) => self.fail(FaultKind::Protocol, &error.to_string()),
        }
    }

    fn broken(&mut self, broken: Broken) {
        match broken {
            Broken::Http(error @ http::Error::TooLarge(_)) => {
                self.fail(FaultKind::TooLarge, &error.to_string());
            }
            Broken::Http(error) => self.fail(FaultKind::Protocol, &error.to_string()),
            Broken::TooLarge => self.fail(
                FaultKind::TooLarge,
                "the server sent more than was asked for",
            ),
        }
    }
}
