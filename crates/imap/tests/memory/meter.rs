//! A driver that measures.

use crate::ALLOCATOR;
use pushmail_domain::Timestamp;
use pushmail_imap::{ImapFlow, Settings};
use pushmail_upstream::{Flow, Moment, Output};
use std::time::Duration;

/// A flow, with what it takes now and took at most.
pub(crate) struct Meter {
    flow: Box<ImapFlow>,
    elapsed: Duration,
    now: usize,
    peak: usize,
    rested: usize,
    pub(crate) parked: bool,
    pub(crate) ended: bool,
    /// What the client sent.
    pub(crate) sent: Vec<u8>,
}

impl Meter {
    pub(crate) fn new(settings: Settings) -> Self {
        let before = ALLOCATOR.current_usage();
        ALLOCATOR.reset_peak_usage();
        let given = size_of_settings(&settings);
        let flow = Box::new(ImapFlow::new(settings));
        let now = ALLOCATOR.current_usage() + given - before;
        let mut meter = Self {
            flow,
            elapsed: Duration::from_secs(1),
            now,
            peak: now,
            rested: 0,
            parked: false,
            ended: false,
            sent: Vec::new(),
        };
        meter.measure(|flow, at| flow.tick(at));
        meter
    }

    /// Bytes at most, the struct itself included.
    pub(crate) const fn peak(&self) -> usize {
        self.peak
    }

    /// Bytes when it rested last.
    pub(crate) const fn rested(&self) -> usize {
        self.rested
    }

    fn measure<T>(&mut self, call: impl FnOnce(&mut ImapFlow, Moment) -> T) -> T {
        let at = Moment {
            now: Timestamp::from_micros(0).after(self.elapsed),
            elapsed: self.elapsed,
        };
        let before = ALLOCATOR.current_usage();
        ALLOCATOR.reset_peak_usage();
        let value = call(&mut self.flow, at);
        self.peak = self.peak.max(self.now + ALLOCATOR.peak_usage() - before);
        self.now = self.now + ALLOCATOR.current_usage() - before;
        value
    }

    /// The server sends, so many bytes at a time.
    pub(crate) fn feed(&mut self, bytes: &[u8], at_once: usize) {
        for part in bytes.chunks(at_once) {
            if !self.ended {
                self.parked = false;
                self.measure(|flow, at| flow.receive(part, at));
                self.take();
            }
        }
    }

    /// Time passes until the flow gives up, or rests for hours.
    pub(crate) fn wait(&mut self) {
        for _ in 0..8 {
            self.pass(Duration::from_secs(600));
        }
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.elapsed += time;
        self.measure(|flow, at| flow.tick(at));
        self.take();
    }

    /// Takes the outputs as the driver does. What the driver has taken is not the flow's any more.
    fn take(&mut self) {
        while let Some(output) = self.measure(|flow, _| flow.next_output()) {
            let before = ALLOCATOR.current_usage();
            let mut secures = false;
            match &output {
                Output::Park => self.parked = true,
                Output::StartTls => secures = true,
                Output::Finished(_) => self.ended = true,
                Output::Send(bytes) => {
                    let sent = bytes.clone();
                    let size = sent.capacity();
                    self.sent.extend_from_slice(&sent);
                    drop(sent);
                    assert!(size > 0);
                }
                Output::Change(_) | Output::Credential | Output::Redial(_) => {}
            }
            let grown = ALLOCATOR.current_usage() - before;
            drop(output);
            let left = ALLOCATOR.current_usage() - grown;
            self.now = self.now + left - before;
            if secures {
                self.measure(|flow, at| flow.secured(at));
            }
        }
        if self.parked
            && let Some(rest) = self.flow.rest()
        {
            self.rested = size_of_val(&rest) + rest.len();
        }
    }
}

/// What settings took before they were given to the flow: it is the flow's from then on.
fn size_of_settings(settings: &Settings) -> usize {
    let before = ALLOCATOR.current_usage();
    let copy = settings.clone();
    let size = ALLOCATOR.current_usage() - before;
    drop(copy);
    size
}
