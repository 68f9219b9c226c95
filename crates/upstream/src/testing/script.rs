//! A flow of few words, for tests of what drives flows.

use crate::flow::{Change, Flow, Moment, NewMessage, Output, Redial, Rest};
use pushmail_domain::{
    Arrival, Authentication, Endpoint, Fault, FaultKind, FolderId, MessageKey, Security, Timestamp,
};
use std::collections::VecDeque;
use std::time::Duration;

/// A flow of few words: each line that comes in is an order.
///
/// `n N` announces N messages, `send X` sends X, `tls` starts TLS, `park` parks, `wait MS` sets the
/// deadline, `credential` asks for the credential, which is sent, `redial PORT` for another connection, `end` finishes, `panic` panics, `ignore X` does nothing, `naps` sends how often it slept, `coma` has it
/// never wake once it sleeps. A tick sends `tick`, a start of TLS `secured`.
#[derive(Default)]
pub(crate) struct Script {
    line: Vec<u8>,
    outputs: VecDeque<Output>,
    deadline: Option<Duration>,
    keeps_deadline: bool,
    pub(crate) ticks: usize,
    uid: u32,
    naps: u32,
    in_coma: bool,
}

impl Script {
    /// One that keeps this deadline after its tick.
    pub(crate) fn with_deadline_that_stays(deadline: Duration) -> Self {
        Self {
            deadline: Some(deadline),
            keeps_deadline: true,
            ..Self::default()
        }
    }

    fn order(&mut self, order: &str, at: Moment) {
        let (word, rest) = order.split_once(' ').unwrap_or((order, ""));
        match word {
            "n" => {
                for _ in 0..rest.parse().unwrap() {
                    self.uid += 1;
                    self.outputs.push_back(Output::Change(message(self.uid)));
                }
            }
            "send" => self
                .outputs
                .push_back(Output::Send(format!("{rest}\n").into())),
            "credential" => self.outputs.push_back(Output::Credential),
            "redial" => self.outputs.push_back(Output::Redial(Redial {
                endpoint: Endpoint {
                    host: "mail.example.org".to_owned(),
                    port: rest.parse().unwrap(),
                    security: Security::StartTls,
                },
                at: at.elapsed,
            })),
            "tls" => self.outputs.push_back(Output::StartTls),
            "park" => self.outputs.push_back(Output::Park),
            "wait" => {
                self.deadline = Some(at.elapsed + Duration::from_millis(rest.parse().unwrap()));
            }
            "naps" => self
                .outputs
                .push_back(Output::Send(format!("{}\n", self.naps).into())),
            "coma" => self.in_coma = true,
            "ignore" => {}
            "panic" => panic!("told to panic"),
            "end" => self.finish(FaultKind::Protocol, "told to end"),
            other => panic!("no such order: {other}"),
        }
    }

    fn finish(&mut self, kind: FaultKind, message: &str) {
        self.outputs
            .push_back(Output::Finished(Fault::new(kind, message)));
    }
}

impl Flow for Script {
    fn receive(&mut self, bytes: &[u8], at: Moment) {
        for byte in bytes {
            if *byte == b'\n' {
                let line = String::from_utf8(std::mem::take(&mut self.line)).unwrap();
                self.order(&line, at);
            } else {
                self.line.push(*byte);
            }
        }
    }

    fn secured(&mut self, _at: Moment) {
        self.outputs.push_back(Output::Send(b"secured\n".to_vec()));
    }

    fn credential(&mut self, credential: Authentication, _at: Moment) {
        let Authentication::Password(secret) = credential else {
            panic!("no password");
        };
        let line = format!("{}\n", secret.expose());
        self.outputs.push_back(Output::Send(line.into()));
    }

    fn closed(&mut self, _at: Moment) {
        self.outputs.push_back(Output::Change(message(u32::MAX)));
    }

    fn tick(&mut self, at: Moment) {
        assert!(self.deadline.unwrap() <= at.elapsed, "a tick came early");
        self.ticks += 1;
        if !self.keeps_deadline {
            self.deadline = None;
        }
        self.outputs.push_back(Output::Send(b"tick\n".to_vec()));
    }

    fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    fn next_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn rest(&self) -> Option<Rest> {
        if !self.line.is_empty() || !self.outputs.is_empty() || self.keeps_deadline {
            return None;
        }
        let deadline = self.deadline.map(|deadline| deadline.as_nanos());
        let text = match self.in_coma {
            true => String::new(),
            false => format!("{} {} {}", self.uid, self.naps, deadline.unwrap_or(0)),
        };
        Some(Rest::new(text.into_bytes(), wake))
    }
}

fn wake(bytes: &[u8], _endpoint: &Endpoint) -> Option<Box<dyn Flow>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let numbers: Vec<u64> = text.split(' ').flat_map(str::parse).collect();
    let [uid, naps, deadline] = numbers[..] else {
        return None;
    };
    Some(Box::new(Script {
        uid: uid.try_into().ok()?,
        naps: u32::try_from(naps).ok()? + 1,
        deadline: (deadline > 0).then(|| Duration::from_nanos(deadline)),
        ..Script::default()
    }))
}

pub(crate) fn message(uid: u32) -> Change {
    Change::Message(Box::new(NewMessage {
        key: MessageKey {
            folder: FolderId::from_bytes([1; 16]),
            uid_validity: 1,
            uid,
        },
        arrival: Arrival::Delivered,
        internal_date: None,
        size: 1,
        flags: Vec::new(),
        provider_message_id: String::new(),
        head: Vec::new(),
        unreadable: false,
        noticed_at: Timestamp::default(),
        fetched_at: Timestamp::default(),
    }))
}

/// The UID of such a message.
pub(crate) fn uid(change: &Change) -> u32 {
    match change {
        Change::Message(message) => message.key.uid,
        _ => 0,
    }
}
