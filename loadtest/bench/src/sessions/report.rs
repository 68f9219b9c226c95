//! What is told in the end.

use super::board::Tally;
use super::pods::Taken;
use crate::kernel::Lost;
use crate::machine::Machine;
use crate::quantiles::Millis;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    /// How many sessions, each of a device with one account, and how many accounts they share.
    pub(super) sessions: usize,
    pub(super) accounts: usize,
    /// How many delivery processes serve them, and how many processes have the devices.
    pub(super) pods: usize,
    pub(super) generators: usize,
    pub(super) opened: Opened,
    /// Of a delivery process without sessions.
    pub(super) baseline_bytes_per_pod: Taken,
    /// Of a session without the baseline: soon after the last one was opened, after all were held without events, and after
    /// events came.
    pub(super) bytes_per_session: Taken,
    pub(super) bytes_per_session_held: Taken,
    pub(super) bytes_per_session_after_events: Taken,
    /// How the kernel's bytes were found.
    pub(super) kernel_bytes_method: &'static str,
    /// For how many seconds they were held without events, and then with events.
    pub(super) seconds: u64,
    /// Processor time of delivery for a session and a second without events.
    pub(super) cpu_us_per_session_s: f64,
    /// Processor time of delivery for an event at a device, without what sessions take anyway; none if it took less than they did
    /// without events.
    pub(super) cpu_us_per_delivered: Option<f64>,
    pub(super) events: Arrived,
    /// The devices' own part: memory of their own (`RssAnon`), and processor time without events.
    pub(super) generator_bytes_per_session: u64,
    pub(super) generator_cpu_us_per_session_s: f64,
    /// One delivery process drained; `None` if none did.
    pub(super) drained: Option<Drained>,
    /// Sessions that ended unasked.
    pub(super) broken: u64,
    /// How often a device was told that it may have missed something.
    pub(super) gaps: u64,
    pub(super) open_in_the_end: usize,
    /// What the kernel lost of the whole machine's packets in all this time.
    pub(super) network: Lost,
}

/// How the sessions were opened.
#[derive(Serialize)]
pub(super) struct Opened {
    pub(super) in_all_s: f64,
    pub(super) per_s: f64,
    /// How many a second were allowed.
    pub(super) rate: u32,
    pub(super) failed_attempts: u64,
    /// From dialling until Welcome, with TCP, TLS and HTTP/2.
    pub(super) welcome_ms: Millis,
    /// Processor time of the devices' end.
    pub(super) generator_cpu_us_each: f64,
}

/// What came of events.
#[derive(Serialize)]
pub(super) struct Arrived {
    /// How many the log took, and how many devices got in all: each goes to all devices of its account.
    pub(super) sent: usize,
    pub(super) received: usize,
    /// Of those, how many were read again from the log.
    pub(super) replayed: usize,
    /// Of all events so far, how many did not come to a device that should have them.
    pub(super) lost: usize,
    /// How often one came to a device that had it.
    pub(super) doubled: usize,
    /// Of all so far, how many came that nobody sent there.
    pub(super) unexpected: usize,
    /// From before the append until the device had it: live ones, and those read again, the device's absence included.
    pub(super) append_to_device_ms: Millis,
    pub(super) append_to_device_replayed_ms: Option<Millis>,
}

/// A delivery process that drained while events came.
#[derive(Serialize)]
pub(super) struct Drained {
    /// How many sessions it had, and how many were told to connect again and are open elsewhere.
    pub(super) sessions: u64,
    pub(super) moved: usize,
    pub(super) failed_attempts: u64,
    /// From the signal until it ended, and until all sessions were open.
    pub(super) process_ended_s: f64,
    pub(super) all_welcome_s: f64,
    /// How long devices were asked to wait, how long it was from GoAway to Welcome, and the second without the first.
    pub(super) pause_ms: Millis,
    pub(super) away_ms: Millis,
    pub(super) resume_ms: Millis,
    pub(super) events: Arrived,
}

/// As a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "there are not so many")]
pub(super) const fn count(many: usize) -> f64 {
    many as f64
}

impl Arrived {
    pub(super) fn of(sent: usize, tally: &Tally) -> anyhow::Result<Self> {
        let replayed = &tally.replayed;
        let replayed_ms = (!replayed.is_empty()).then(|| Millis::of(replayed.iter().copied()));
        Ok(Self {
            sent,
            received: tally.received(),
            replayed: replayed.len(),
            lost: tally.lost,
            doubled: tally.doubled,
            unexpected: tally.unexpected,
            append_to_device_ms: Millis::of(tally.live.iter().copied())?,
            append_to_device_replayed_ms: replayed_ms.transpose()?,
        })
    }

    const fn is_complete(&self) -> bool {
        self.received > 0 && self.lost == 0 && self.unexpected == 0
    }
}

impl Report {
    /// Whether all sessions lasted and each event came: once, until a process drained. After that it may come again.
    pub(super) fn passed(&self) -> bool {
        let drained = self.drained.as_ref();
        let moved = drained.is_none_or(|drained| {
            drained.events.is_complete() && drained.moved as u64 == drained.sessions
        });
        let lasted = self.broken == 0 && self.gaps == 0 && self.open_in_the_end == self.sessions;
        lasted && moved && self.events.is_complete() && self.events.doubled == 0
    }
}

impl std::fmt::Display for Taken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes (PSS {})", self.own, self.proportional)?;
        match self.kernel {
            Some(kernel) => write!(f, ", {kernel} of the kernel"),
            None => write!(f, ", the kernel's are unknown"),
        }
    }
}

impl std::fmt::Display for Arrived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} events, {} at devices ({} read again), {} lost, {} doubled, {} unexpected; append to device: {}",
            self.sent,
            self.received,
            self.replayed,
            self.lost,
            self.doubled,
            self.unexpected,
            self.append_to_device_ms
        )
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "  {} sessions at {} processes, opened {:.0}/s; Welcome: {}",
            self.sessions, self.pods, self.opened.per_s, self.opened.welcome_ms
        )?;
        writeln!(f, "  each: {}", self.bytes_per_session)?;
        writeln!(f, "  held: {}", self.bytes_per_session_held)?;
        writeln!(f, "  after events: {}", self.bytes_per_session_after_events)?;
        writeln!(
            f,
            "  {:.2} us of each second while nothing comes",
            self.cpu_us_per_session_s
        )?;
        if let Some(took) = self.cpu_us_per_delivered {
            writeln!(f, "  {took:.0} us for an event at a device")?;
        }
        write!(f, "  {}", self.events)?;
        if let Some(drained) = &self.drained {
            write!(
                f,
                "\n  drained: {} of {} sessions moved; Welcome after the pause: {}\n  {}",
                drained.moved, drained.sessions, drained.resume_ms, drained.events
            )?;
        }
        if self.open_in_the_end < self.sessions || self.broken > 0 || self.gaps > 0 {
            write!(
                f,
                "\n  {} open in the end, {} broke, {} gaps",
                self.open_in_the_end, self.broken, self.gaps
            )?;
        }
        Ok(())
    }
}
