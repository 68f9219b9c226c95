//! What remains of a TLS session while its connection is parked: two keys and two sequence numbers.
//!
//! Keys come out of the session after its handshake, records are encrypted and decrypted by the crypto provider's own
//! code, made for a few records and dropped again. What only a session can do ends the connection instead: a server that
//! updates its keys is taken for one that closed (`docs/adr/0008`).

use super::session::Phase;
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, MessageDecrypter, MessageEncrypter,
    OutboundChunks, OutboundPlainMessage,
};
use rustls::crypto::ring::ALL_CIPHER_SUITES;
use rustls::{
    AlertDescription, CipherSuiteCommon, ConnectionTrafficSecrets, ContentType, Error,
    ExtractedSecrets, InvalidMessage, ProtocolVersion, SupportedCipherSuite,
};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A record's header: type, version, length (RFC 8446, section 5.1).
const HEADER: usize = 5;
/// The longest record that is allowed (RFC 5246, section 6.2.3: 2^14 + 2048).
const LONGEST: usize = (1 << 14) + 2048;
/// The longest piece of data in one record.
const PIECE: usize = 1 << 14;
/// Handshake messages (RFC 8446, section 4; RFC 5246, section 7.4) that may come after a handshake.
const HELLO_REQUEST: u8 = 0;
const NEW_SESSION_TICKET: u8 = 4;
/// So many of them in all, and records without anything in a row, are not a server's that is well.
const MOST_IDLE: u8 = 32;

/// A session's remains, in 128 bytes. Secrets are overwritten when dropped.
pub struct Frozen {
    sending: Direction,
    receiving: Direction,
    /// An incomplete record.
    rest: Box<[u8]>,
    /// How much of a handshake message that is not looked at is still to come.
    skipped: u32,
    /// Its place among [`ALL_CIPHER_SUITES`].
    suite: u8,
    /// How many records brought nothing, data in between not counted.
    idle: u8,
    /// Whether the server said goodbye, or something was wrong: nothing comes any more.
    is_over: bool,
}

/// One direction's key, with the number of the next record.
#[derive(Zeroize, ZeroizeOnDrop)]
struct Direction {
    key: [u8; 32],
    iv: [u8; 12],
    /// As bytes, so that none is spent on its place in memory.
    sequence: [u8; 8],
}

impl Frozen {
    /// Whether sessions of this suite can be frozen: a key of another length than 32 bytes cannot be given to rustls
    /// again.
    pub fn is_possible(suite: SupportedCipherSuite) -> bool {
        use rustls::CipherSuite as S;
        matches!(
            suite.suite(),
            S::TLS13_AES_256_GCM_SHA384
                | S::TLS13_CHACHA20_POLY1305_SHA256
                | S::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
                | S::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
                | S::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
                | S::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
        )
    }

    /// Freezes what came out of a session.
    pub fn new(suite: SupportedCipherSuite, secrets: &ExtractedSecrets) -> Result<Self, Error> {
        let (sending, receiving) = (Direction::new(&secrets.tx)?, Direction::new(&secrets.rx)?);
        Self::of(suite, sending, receiving)
            .ok_or_else(|| Error::General("the suite is not the provider's".to_owned()))
    }

    fn of(suite: SupportedCipherSuite, sending: Direction, receiving: Direction) -> Option<Self> {
        let mut all = ALL_CIPHER_SUITES.iter();
        let place = all.position(|known| known.suite() == suite.suite())?;
        Some(Self {
            sending,
            receiving,
            rest: Box::default(),
            skipped: 0,
            suite: place.try_into().ok()?,
            idle: 0,
            is_over: false,
        })
    }

    /// What was given to it and is incomplete.
    pub fn rest(&self) -> &[u8] {
        &self.rest
    }

    /// Works off the peer's bytes, of which the first are its [`Frozen::rest`]. Appends the data in them to `data`, and what is
    /// to be sent to `outgoing`.
    ///
    /// # Errors
    ///
    /// It is of no more use, and closed; the alert that says so is among what is to be sent.
    pub fn take_in(
        &mut self,
        mut incoming: &mut [u8],
        data: &mut Vec<u8>,
        outgoing: &mut Vec<u8>,
    ) -> Result<Phase, Error> {
        if self.is_over {
            return Ok(Phase::Closed);
        }
        let mut decrypter = self.receiving.decrypter(self.suite());
        loop {
            let (record, rest) = next_record(incoming);
            let phase = match record {
                Ok(Some(record)) => self.receive(record, &mut *decrypter, data),
                Ok(None) => {
                    self.rest = Box::from(&*rest);
                    return Ok(Phase::Open);
                }
                Err(error) => Err(error),
            };
            if let Err(error) = &phase {
                self.alert(error, outgoing);
            }
            if phase != Ok(Phase::Open) {
                self.is_over = true;
                return phase;
            }
            incoming = rest;
        }
    }

    /// Appends what goes over the wire for these bytes to `outgoing`.
    ///
    /// # Errors
    ///
    /// Its key has encrypted as much as it may (RFC 8446, section 5.5).
    pub fn encrypt(&mut self, data: &[u8], outgoing: &mut Vec<u8>) -> Result<(), Error> {
        let mut encrypter = self.sending.encrypter(self.suite());
        data.chunks(PIECE).try_for_each(|piece| {
            self.send(
                ContentType::ApplicationData,
                piece,
                &mut *encrypter,
                outgoing,
            )
        })
    }

    /// Appends a goodbye (`close_notify`; RFC 8446, section 6.1) to `outgoing`.
    pub fn close(&mut self, outgoing: &mut Vec<u8>) {
        self.warn([WARNING, AlertDescription::CloseNotify.into()], outgoing);
    }

    fn receive(
        &mut self,
        record: Record<'_>,
        decrypter: &mut dyn MessageDecrypter,
        data: &mut Vec<u8>,
    ) -> Result<Phase, Error> {
        let Record { kind, payload } = record;
        // Under TLS 1.3 everything is dressed up as data (RFC 8446, section 5.2).
        if self.is_1_3() && kind != ContentType::ApplicationData {
            return Err(unexpected(kind));
        }
        let opaque = InboundOpaqueMessage::new(kind, ProtocolVersion::TLSv1_2, payload);
        let plain = decrypter.decrypt(opaque, self.receiving.sequence())?;
        self.receiving.advance();
        self.count(&plain)?;
        match plain.typ {
            ContentType::ApplicationData => {
                data.extend_from_slice(plain.payload);
                Ok(Phase::Open)
            }
            ContentType::Alert => heed(plain.payload),
            ContentType::Handshake => self.pass_over(plain.payload),
            other => Err(unexpected(other)),
        }
    }

    /// Ends a connection whose server says nothing again and again.
    fn count(&mut self, plain: &InboundPlainMessage<'_>) -> Result<(), Error> {
        let has_data = plain.typ == ContentType::ApplicationData && !plain.payload.is_empty();
        self.idle = if has_data { 0 } else { self.idle + 1 };
        match self.idle > MOST_IDLE {
            true => Err(Error::PeerMisbehaved(
                rustls::PeerMisbehaved::TooManyEmptyFragments,
            )),
            false => Ok(()),
        }
    }

    /// Passes over handshake messages that mean nothing here: tickets, and wishes to negotiate anew. Others are
    /// key updates, after which nothing can be read: the connection ends.
    fn pass_over(&mut self, mut messages: &[u8]) -> Result<Phase, Error> {
        loop {
            let skipped = (self.skipped as usize).min(messages.len());
            messages = &messages[skipped..];
            self.skipped -= u32::try_from(skipped).unwrap_or(self.skipped);
            match *messages {
                [] => return Ok(Phase::Open),
                [NEW_SESSION_TICKET, a, b, c, ..] if self.is_1_3() => {
                    self.skipped = 4 + u32::from_be_bytes([0, a, b, c]);
                }
                [HELLO_REQUEST, 0, 0, 0, ..] if !self.is_1_3() => self.skipped = 4,
                _ => return Ok(Phase::Closed),
            }
        }
    }

    fn send(
        &mut self,
        typ: ContentType,
        payload: &[u8],
        encrypter: &mut dyn MessageEncrypter,
        outgoing: &mut Vec<u8>,
    ) -> Result<(), Error> {
        if self.sending.sequence() >= common(self.suite()).confidentiality_limit {
            return Err(Error::EncryptError);
        }
        let plain = OutboundPlainMessage {
            typ,
            version: ProtocolVersion::TLSv1_2,
            payload: OutboundChunks::Single(payload),
        };
        let sealed = encrypter.encrypt(plain, self.sending.sequence())?;
        self.sending.advance();
        outgoing.extend_from_slice(&sealed.encode());
        Ok(())
    }

    /// Says what went wrong.
    fn alert(&mut self, error: &Error, outgoing: &mut Vec<u8>) {
        let description = match error {
            Error::DecryptError => AlertDescription::BadRecordMac,
            Error::PeerSentOversizedRecord => AlertDescription::RecordOverflow,
            // The server's own.
            Error::AlertReceived(_) => return,
            _ => AlertDescription::UnexpectedMessage,
        };
        self.warn([FATAL, description.into()], outgoing);
    }

    fn warn(&mut self, alert: [u8; 2], outgoing: &mut Vec<u8>) {
        let mut encrypter = self.sending.encrypter(self.suite());
        // Without it the connection ends as well.
        self.send(ContentType::Alert, &alert, &mut *encrypter, outgoing)
            .ok();
    }

    fn suite(&self) -> SupportedCipherSuite {
        ALL_CIPHER_SUITES[usize::from(self.suite)]
    }

    fn is_1_3(&self) -> bool {
        matches!(self.suite(), SupportedCipherSuite::Tls13(_))
    }
}

/// The levels of alerts (RFC 5246, section 7.2).
const WARNING: u8 = 1;
const FATAL: u8 = 2;

impl Direction {
    fn new((sequence, secrets): &(u64, ConnectionTrafficSecrets)) -> Result<Self, Error> {
        let (ConnectionTrafficSecrets::Aes256Gcm { key, iv }
        | ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv }) = secrets
        else {
            return Err(Error::General("the suite's keys are too short".to_owned()));
        };
        let mut direction = Self {
            key: [0; 32],
            iv: [0; 12],
            sequence: sequence.to_ne_bytes(),
        };
        direction.key.copy_from_slice(key.as_ref());
        direction.iv.copy_from_slice(iv.as_ref());
        Ok(direction)
    }

    const fn sequence(&self) -> u64 {
        u64::from_ne_bytes(self.sequence)
    }

    /// The next record is one further. The suite's limit comes long before the last number.
    const fn advance(&mut self) {
        self.sequence = (self.sequence() + 1).to_ne_bytes();
    }

    fn encrypter(&self, suite: SupportedCipherSuite) -> Box<dyn MessageEncrypter> {
        let key = AeadKey::from(self.key);
        match suite {
            SupportedCipherSuite::Tls13(suite) => suite.aead_alg.encrypter(key, Iv::from(self.iv)),
            SupportedCipherSuite::Tls12(suite) => {
                let fixed = suite.aead_alg.key_block_shape().fixed_iv_len;
                let (fixed, explicit) = self.iv.split_at(fixed);
                suite.aead_alg.encrypter(key, fixed, explicit)
            }
        }
    }

    fn decrypter(&self, suite: SupportedCipherSuite) -> Box<dyn MessageDecrypter> {
        let key = AeadKey::from(self.key);
        match suite {
            SupportedCipherSuite::Tls13(suite) => suite.aead_alg.decrypter(key, Iv::from(self.iv)),
            SupportedCipherSuite::Tls12(suite) => {
                let fixed = suite.aead_alg.key_block_shape().fixed_iv_len;
                suite.aead_alg.decrypter(key, &self.iv[..fixed])
            }
        }
    }
}

/// A record as it came.
struct Record<'a> {
    kind: ContentType,
    payload: &'a mut [u8],
}

/// The first record, if all of it is there, and what follows it.
fn next_record(bytes: &mut [u8]) -> (Result<Option<Record<'_>>, Error>, &mut [u8]) {
    let [kind, _, _, high, low, ..] = *bytes else {
        return (Ok(None), bytes);
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > LONGEST {
        return (Err(Error::PeerSentOversizedRecord), bytes);
    }
    if bytes.len() < HEADER + length {
        return (Ok(None), bytes);
    }
    let (record, rest) = bytes.split_at_mut(HEADER + length);
    let record = Record {
        kind: ContentType::from(kind),
        payload: &mut record[HEADER..],
    };
    (Ok(Some(record)), rest)
}

/// What an alert means: a goodbye, or an error.
fn heed(alert: &[u8]) -> Result<Phase, Error> {
    let [_, description] = *alert else {
        return Err(InvalidMessage::MessageTooShort.into());
    };
    match AlertDescription::from(description) {
        AlertDescription::CloseNotify => Ok(Phase::Closed),
        description => Err(Error::AlertReceived(description)),
    }
}

fn unexpected(kind: ContentType) -> Error {
    Error::InappropriateMessage {
        expect_types: vec![ContentType::ApplicationData],
        got_type: kind,
    }
}

fn common(suite: SupportedCipherSuite) -> &'static CipherSuiteCommon {
    match suite {
        SupportedCipherSuite::Tls13(suite) => &suite.common,
        SupportedCipherSuite::Tls12(suite) => &suite.common,
    }
}

/// Lets happen on the wire to a frozen session what the bytes choose: what `cargo xtask fuzz --target frozen` does.
///
/// # Panics
///
/// If the session believes anything but what was said, or does not end where something is wrong.
#[cfg(feature = "fuzzing")]
pub fn fuzz(bytes: &[u8]) {
    acts::play(bytes);
}

#[cfg(any(test, feature = "fuzzing"))]
mod acts;
#[cfg(test)]
mod tests;
#[cfg(any(test, feature = "fuzzing"))]
mod wire;
