//! A flow, its clock, and what it says.

use super::check::Checker;
use super::nap::nap;
use pushmail_domain::{Endpoint, Timestamp};
use pushmail_imap::{ImapFlow, Settings};
use pushmail_upstream::{Flow, Moment, Output};
use std::time::Duration;

/// Runs a flow and checks all that it says.
pub(crate) struct Stage {
    pub(crate) flow: ImapFlow,
    endpoint: Endpoint,
    pub(crate) checker: Checker,
    pub(crate) elapsed: Duration,
    /// How many bytes the flow gets at a time.
    piece: usize,
    /// Whether TLS comes up at once.
    pub(crate) secures: bool,
    /// All that was said, but for Park, which depends on pieces.
    pub(crate) said: Vec<String>,
    /// What the client sent and the server has not looked at.
    pub(crate) sent: Vec<u8>,
    /// Whether the flow rests.
    pub(crate) parked: bool,
}

impl Stage {
    pub(crate) fn new(settings: Settings, piece: usize) -> Self {
        Self {
            checker: Checker::new(&settings),
            endpoint: settings.endpoint.clone(),
            flow: ImapFlow::new(settings),
            elapsed: Duration::from_secs(1),
            piece,
            secures: true,
            said: Vec::new(),
            sent: Vec::new(),
            parked: false,
        }
    }

    pub(crate) fn at(&self) -> Moment {
        Moment {
            now: Timestamp::from_micros(1_700_000_000_000_000).after(self.elapsed),
            elapsed: self.elapsed,
        }
    }

    /// Whether the conversation goes on.
    pub(crate) const fn goes_on(&self) -> bool {
        self.checker.end.is_none()
    }

    /// The server sends.
    pub(crate) fn receive(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(self.piece) {
            if self.goes_on() {
                self.parked = false;
                self.flow.receive(part, self.at());
                self.drain();
            }
        }
    }

    /// Time passes, and the flow is ticked as a driver does.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.elapsed += time;
        let mut last = None;
        while let Some(deadline) = self.flow.deadline()
            && deadline <= self.elapsed
            && last != Some(deadline)
            && self.goes_on()
        {
            last = Some(deadline);
            self.flow.tick(self.at());
            self.drain();
        }
    }

    pub(crate) fn close(&mut self) {
        if self.goes_on() {
            self.flow.closed(self.at());
            self.drain();
        }
    }

    /// Takes every output.
    fn drain(&mut self) {
        while let Some(output) = self.flow.next_output() {
            self.checker.output(&output, self.elapsed);
            match &output {
                Output::StartTls if self.secures => self.flow.secured(self.at()),
                Output::Send(bytes) => {
                    self.parked = false;
                    self.sent.extend_from_slice(bytes);
                }
                Output::Park => {
                    self.parked = true;
                    continue;
                }
                _ => {}
            }
            self.said.push(format!("{output:?}"));
        }
        nap(&mut self.flow, &self.endpoint);
        self.checker.settled(&self.flow, self.elapsed);
    }
}
