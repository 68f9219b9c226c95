//! A model of the wire between a server and a frozen session: what the server says, what becomes of it on the way, and
//! what has to be believed of it.

mod server;

use super::*;
use server::{Effect, Server};

/// Keys of the two directions.
const FROM_SERVER: u8 = 1;
const FROM_CLIENT: u8 = 2;

/// A session, its server, and what is between them.
pub(super) struct Wire {
    server: Server,
    client: Frozen,
    /// What the session last came to.
    phase: Result<Phase, Error>,
    /// What was sent and has not arrived.
    under_way: Vec<u8>,
    arrived: Vec<u8>,
    /// How much of it is as the server sent it.
    intact: usize,
    /// How much data the session has believed.
    believed: usize,
    /// What the session has to send.
    outgoing: Vec<u8>,
    /// How much data was given to the session to send.
    given: usize,
}

/// Every suite that can be frozen.
pub(super) fn suites() -> Vec<SupportedCipherSuite> {
    let all = rustls::crypto::ring::ALL_CIPHER_SUITES.iter().copied();
    all.filter(|suite| Frozen::is_possible(*suite)).collect()
}

pub(super) const fn direction(number: u8) -> Direction {
    Direction {
        key: [number; 32],
        iv: [number; 12],
        sequence: [0; 8],
    }
}

/// A session of this suite, just frozen.
pub(super) fn frozen(suite: SupportedCipherSuite, sending: u8, receiving: u8) -> Frozen {
    let (sending, receiving) = (direction(sending), direction(receiving));
    Frozen::of(suite, sending, receiving).expect("a suite of the provider's")
}

/// Data of this length, of which so much came before: every place has its byte.
fn data(before: usize, length: usize) -> Vec<u8> {
    let bytes = (before..before + length).map(|at| u8::try_from(at % 251).unwrap_or_default());
    bytes.collect()
}

impl Wire {
    pub(super) fn new(suite: SupportedCipherSuite) -> Self {
        Self {
            server: Server::new(suite),
            client: frozen(suite, FROM_CLIENT, FROM_SERVER),
            phase: Ok(Phase::Open),
            under_way: Vec::new(),
            arrived: Vec::new(),
            intact: 0,
            believed: 0,
            outgoing: Vec::new(),
            given: 0,
        }
    }

    /// The server sends data in one record.
    pub(super) fn say(&mut self, length: usize) {
        let data = data(self.server.said, length.min(PIECE));
        self.server.said += data.len();
        self.seal(
            ContentType::ApplicationData,
            &data,
            Effect::Data(data.len()),
        );
    }

    /// The server sends a message that means nothing here, the first four bytes in one piece.
    pub(super) fn say_nothing(&mut self, length: u16, piece: usize) {
        let [high, low] = length.to_be_bytes();
        let message = match self.client.is_1_3() {
            true => [
                &[NEW_SESSION_TICKET, 0, high, low][..],
                &vec![0; length.into()],
            ]
            .concat(),
            false => vec![HELLO_REQUEST, 0, 0, 0],
        };
        let (head, rest) = message.split_at(piece.max(4).min(message.len()));
        for piece in std::iter::once(head).chain(rest.chunks(piece.max(1))) {
            self.seal(ContentType::Handshake, piece, Effect::Nothing);
        }
    }

    /// The server sends its goodbye.
    pub(super) fn say_goodbye(&mut self) {
        let goodbye = [WARNING, AlertDescription::CloseNotify.into()];
        self.seal(ContentType::Alert, &goodbye, Effect::End);
    }

    /// The server sends anything else, properly sealed.
    pub(super) fn say_else(&mut self, kind: u8, payload: &[u8]) {
        match ContentType::from(kind) {
            ContentType::ApplicationData => self.say(payload.len()),
            ContentType::Handshake => self.seal(ContentType::Handshake, payload, Effect::Either),
            other => self.seal(other, payload, Effect::End),
        }
    }

    fn seal(&mut self, kind: ContentType, payload: &[u8], effect: Effect) {
        let record = self.server.seal(kind, payload, effect);
        self.under_way.extend(record);
    }

    /// Something happens to what is under way.
    pub(super) fn tamper(&mut self, with: impl FnOnce(&mut Vec<u8>)) {
        with(&mut self.under_way);
    }

    /// A record that was sent before is sent again, by somebody else.
    pub(super) fn replay(&mut self, number: usize) {
        self.under_way.extend_from_slice(self.server.record(number));
    }

    /// The session is given data to send, if it is open.
    pub(super) fn answer(&mut self, length: usize) {
        if self.phase == Ok(Phase::Open) {
            let answer = data(self.given, length);
            self.given += length;
            let encrypted = self.client.encrypt(&answer, &mut self.outgoing);
            assert_eq!(encrypted, Ok(()));
        }
    }

    /// So much of what is under way arrives, even if the connection is over: then it changes nothing.
    pub(super) fn arrive(&mut self, count: usize) {
        let count = count.min(self.under_way.len());
        self.arrived.extend_from_slice(&self.under_way[..count]);
        let mut incoming = self.client.rest().to_vec();
        incoming.extend(self.under_way.drain(..count));
        let mut news = Vec::new();
        let phase = self
            .client
            .take_in(&mut incoming, &mut news, &mut self.outgoing);
        assert_eq!(news, data(self.believed, news.len()), "in order");
        self.believed += news.len();
        if self.phase == Ok(Phase::Open) {
            self.phase = phase;
        } else {
            assert_eq!((phase, news.len()), (Ok(Phase::Closed), 0), "it is over");
        }
        self.check();
    }

    /// All arrives, and the session says goodbye.
    pub(super) fn end(mut self) {
        self.arrive(usize::MAX);
        if self.phase == Ok(Phase::Open) {
            self.client.close(&mut self.outgoing);
        }
        self.server.hear(&mut self.outgoing);
        assert_eq!(self.server.heard, data(0, self.given));
        let expected: &[u8] = match &self.phase {
            Ok(Phase::Open) => &[WARNING],
            Ok(_) | Err(Error::AlertReceived(_)) => &[],
            Err(_) => &[FATAL],
        };
        let levels = self.server.alerts.iter().map(|[level, _]| *level);
        assert!(levels.eq(expected.iter().copied()), "{:?}", self.phase);
    }

    fn check(&mut self) {
        assert!(self.client.rest().len() < HEADER + LONGEST);
        while self.intact < self.arrived.len() && self.is_as_sent(self.intact) {
            self.intact += 1;
        }
        let verdict = self.server.verdict(self.intact);
        let Self { believed, .. } = self;
        assert!(verdict.believed.contains(believed), "{believed} bytes");
        let is_open = self.phase == Ok(Phase::Open);
        if verdict.ended {
            assert!(!is_open, "it goes on");
        } else if self.intact < self.arrived.len() {
            assert!(
                !is_open || !self.client.rest().is_empty(),
                "nothing is wrong"
            );
        } else if verdict.certain {
            assert!(is_open, "{:?}", self.phase);
        }
    }

    fn is_as_sent(&self, at: usize) -> bool {
        let Some(sent) = self.server.sent.get(at) else {
            return false;
        };
        *sent == self.arrived[at] || self.server.is_version(at)
    }
}
