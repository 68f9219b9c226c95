//! One connection of a conversation to the simulated server, over a real socket.

use crate::time::Clockwork;
use pushmail_domain::Fault;
use pushmail_imap::{ImapFlow, Learned};
use pushmail_upstream::{Change, Flow, Output};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

/// How often the server's task gets its turn before it is taken to have nothing to say: when the conversation rests,
/// and when it waits for an answer.
const TURNS: (u32, u32) = (12, 300);

/// A connection, which the conversation has for as long as it wants.
pub(crate) struct Connection {
    flow: ImapFlow,
    stream: TcpStream,
    clock: Clockwork,
    parked: bool,
    /// What was told and not yet taken.
    pub(crate) told: Vec<Change>,
    /// How it ended, if it did.
    pub(crate) ended: Option<Fault>,
    /// What went over the wire, one line each.
    pub(crate) transcript: Vec<String>,
}

impl Connection {
    pub(crate) fn new(flow: ImapFlow, addr: SocketAddr, clock: Clockwork) -> Self {
        let stream = TcpStream::connect(addr).unwrap();
        stream.set_nonblocking(true).unwrap();
        Self {
            flow,
            stream,
            clock,
            parked: false,
            told: Vec::new(),
            ended: None,
            transcript: Vec::new(),
        }
    }

    pub(crate) fn learned(&self) -> Learned {
        self.flow.learned()
    }

    /// Whether the conversation rests until something comes.
    pub(crate) const fn rests(&self) -> bool {
        self.parked
    }

    /// Goes on until nobody has anything more to do or to say at this time.
    pub(crate) async fn settle(&mut self) {
        let mut turns = 0;
        while self.ended.is_none() {
            self.step();
            if self.receive() {
                turns = 0;
                continue;
            }
            let (resting, waiting) = TURNS;
            if turns >= if self.parked { resting } else { waiting } {
                return;
            }
            turns += 1;
            tokio::task::yield_now().await;
        }
    }

    /// Goes on until this command was sent, and no further: the server has not read it yet.
    pub(crate) async fn settle_until(&mut self, command: &str) {
        loop {
            self.step();
            let sent = self
                .transcript
                .last()
                .is_some_and(|line| line.ends_with(command));
            if sent || self.ended.is_some() {
                return;
            }
            if !self.receive() {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Does what is due, and what the conversation wants done.
    fn step(&mut self) {
        let at = self.clock.moment();
        if self.flow.deadline().is_some_and(|due| due <= at.elapsed) {
            self.flow.tick(at);
        }
        while let Some(output) = self.flow.next_output() {
            match output {
                Output::Send(bytes) => self.send(&bytes),
                Output::Change(change) => self.told.push(change),
                Output::Park => self.parked = true,
                Output::StartTls | Output::Credential | Output::Redial(_) => {
                    panic!("nobody offered that")
                }
                Output::Finished(fault) => self.ended = Some(fault),
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        self.parked = false;
        self.write_down("C", bytes);
        // A server that has hung up is noticed by reading.
        drop(self.stream.write_all(bytes));
    }

    /// Hands over what came; `false` if nothing did.
    fn receive(&mut self) -> bool {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes) {
            Ok(length @ 1..) => {
                self.parked = false;
                self.write_down("S", &bytes[..length]);
                self.flow.receive(&bytes[..length], self.clock.moment());
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Ok(0) | Err(_) => {
                self.write_down("S", b"(closed)\n");
                self.flow.closed(self.clock.moment());
                self.step();
            }
        }
        true
    }

    fn write_down(&mut self, who: &str, bytes: &[u8]) {
        let at = self.clock.moment().elapsed.as_secs();
        let text = String::from_utf8_lossy(bytes);
        let lines = text.lines().map(|line| format!("{at} {who}: {line}"));
        self.transcript.extend(lines);
    }
}
