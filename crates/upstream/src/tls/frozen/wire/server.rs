//! The server's end of the wire.

use super::*;

/// What a record's header says of the version, which nobody heeds (RFC 8446, section 5.1).
const VERSION: std::ops::Range<usize> = 1..3;

/// The server's end. It counts its records itself.
pub(super) struct Server {
    suite: SupportedCipherSuite,
    sending: Direction,
    receiving: Direction,
    /// All that it has sent.
    pub(super) sent: Vec<u8>,
    records: Vec<Sent>,
    /// How much data was in it.
    pub(super) said: usize,
    /// The data that it has read.
    pub(super) heard: Vec<u8>,
    /// The alerts that it has read: level and description.
    pub(super) alerts: Vec<[u8; 2]>,
}

/// A record's place in what was sent.
struct Sent {
    start: usize,
    end: usize,
    effect: Effect,
}

/// What a record does that arrives whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// So much data is believed.
    Data(usize),
    Nothing,
    /// The connection is over.
    End,
    /// One of these two.
    Either,
}

/// What has to be so.
pub(super) struct Verdict {
    /// How much data is believed, at least and at most.
    pub(super) believed: std::ops::RangeInclusive<usize>,
    pub(super) ended: bool,
    /// Whether it is open otherwise.
    pub(super) certain: bool,
}

impl Server {
    pub(super) fn new(suite: SupportedCipherSuite) -> Self {
        Self {
            suite,
            sending: direction(FROM_SERVER),
            receiving: direction(FROM_CLIENT),
            sent: Vec::new(),
            records: Vec::new(),
            said: 0,
            heard: Vec::new(),
            alerts: Vec::new(),
        }
    }

    /// A record as it goes over the wire.
    pub(super) fn seal(&mut self, typ: ContentType, payload: &[u8], effect: Effect) -> Vec<u8> {
        let plain = OutboundPlainMessage {
            typ,
            version: ProtocolVersion::TLSv1_2,
            payload: OutboundChunks::Single(payload),
        };
        let number = self.records.len() as u64;
        let mut encrypter = self.sending.encrypter(self.suite);
        let sealed = encrypter.encrypt(plain, number).expect("it can be sealed");
        let record = sealed.encode();
        let start = self.sent.len();
        self.sent.extend_from_slice(&record);
        self.records.push(Sent {
            start,
            end: self.sent.len(),
            effect,
        });
        record
    }

    /// One of the records that it has sent, if there are any.
    pub(super) fn record(&self, number: usize) -> &[u8] {
        let record = self.records.get(number % self.records.len().max(1));
        record.map_or(&[], |record| &self.sent[record.start..record.end])
    }

    /// Whether this place in what was sent is a record's version.
    pub(super) fn is_version(&self, at: usize) -> bool {
        let before = self.records.partition_point(|record| record.end <= at);
        let record = self.records.get(before);
        record.is_some_and(|record| VERSION.contains(&(at - record.start)))
    }

    /// What has to be so, once this much has arrived as it was sent.
    pub(super) fn verdict(&self, intact: usize) -> Verdict {
        let (mut least, mut most, mut idle) = (0, 0, 0);
        let (mut certain, mut ended) = (true, false);
        for record in self.records.iter().take_while(|sent| sent.end <= intact) {
            let says = matches!(record.effect, Effect::Data(1..));
            idle = if says { 0 } else { idle + 1 };
            ended = record.effect == Effect::End || idle > MOST_IDLE;
            if ended {
                break;
            }
            match record.effect {
                Effect::Data(length) => most += length,
                Effect::Either => certain = false,
                Effect::Nothing | Effect::End => {}
            }
            if certain {
                least = most;
            }
        }
        Verdict {
            believed: least..=most,
            ended,
            certain,
        }
    }

    /// Reads what the session sent: nothing but whole records in order.
    pub(super) fn hear(&mut self, bytes: &mut [u8]) {
        let mut decrypter = self.receiving.decrypter(self.suite);
        let mut bytes = bytes;
        for number in 0.. {
            let (record, rest) = next_record(bytes);
            let Some(Record { kind, payload }) = record.expect("a record") else {
                assert!(rest.is_empty());
                return;
            };
            let opaque = InboundOpaqueMessage::new(kind, ProtocolVersion::TLSv1_2, payload);
            let plain = decrypter.decrypt(opaque, number).expect("in order");
            match (plain.typ, plain.payload) {
                (ContentType::ApplicationData, data) => self.heard.extend_from_slice(data),
                (ContentType::Alert, [level, what]) => self.alerts.push([*level, *what]),
                (other, _) => panic!("{other:?}"),
            }
            bytes = rest;
        }
    }
}
