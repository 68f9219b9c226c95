//! TLS on one connection, without buffers of its own: bytes in, bytes out.

use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::ServerName;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus,
};
use rustls::{ClientConfig, Error};
use std::sync::Arc;

/// A TLS session of a client (RFC 8446, RFC 5246). What it is given it has worked off when a call returns, but for
/// an incomplete record, which is the caller's to keep.
pub(crate) struct Session(UnbufferedClientConnection);

/// How far a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The handshake needs more of the server's bytes.
    Handshake,
    /// Data can be sent.
    Open,
    /// The server said goodbye (`close_notify`); nothing comes any more.
    Closed,
}

/// What a session made of the bytes that it was given.
#[derive(Debug)]
pub(crate) struct Progress {
    /// So many of them it has used up; the rest is to be given to it again, with more behind it.
    pub(crate) used: usize,
    /// How far it is. An error ends it; the alert that says so is among what is to be sent.
    pub(crate) phase: Result<Phase, Error>,
}

impl Session {
    /// A session with the server of this name, at its beginning.
    pub(crate) fn new(config: Arc<ClientConfig>, name: ServerName<'static>) -> Result<Self, Error> {
        UnbufferedClientConnection::new(config, name).map(Self)
    }

    /// Works off the server's bytes. Appends the data in them to `data`, and what is to be sent to `outgoing`.
    pub(crate) fn take_in(
        &mut self,
        incoming: &mut [u8],
        data: &mut Vec<u8>,
        outgoing: &mut Vec<u8>,
    ) -> Progress {
        let mut used = 0;
        loop {
            let UnbufferedStatus { discard, state } =
                self.0.process_tls_records(&mut incoming[used..]);
            used += discard;
            let phase = match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    let mut records = std::iter::from_fn(|| {
                        let record = traffic.next_record()?;
                        Some(record.map(|record| {
                            data.extend_from_slice(record.payload);
                            record.discard
                        }))
                    });
                    let discard: Result<usize, Error> = records.by_ref().sum();
                    match discard {
                        Ok(discard) => {
                            used += discard;
                            continue;
                        }
                        Err(error) => Err(error),
                    }
                }
                Ok(ConnectionState::EncodeTlsData(mut encoder)) => {
                    match encode(outgoing, |into| encoder.encode(into)) {
                        Ok(()) => continue,
                        Err(error) => Err(error),
                    }
                }
                Ok(ConnectionState::TransmitTlsData(transmit)) => {
                    transmit.done();
                    continue;
                }
                Ok(ConnectionState::BlockedHandshake) => Ok(Phase::Handshake),
                Ok(ConnectionState::WriteTraffic(_)) => Ok(Phase::Open),
                Ok(ConnectionState::PeerClosed | ConnectionState::Closed) => Ok(Phase::Closed),
                Ok(_) => Err(Error::General("early data is not for a client".to_owned())),
                Err(error) => Err(error),
            };
            if phase.is_err() {
                self.say_what_is_left(outgoing);
            }
            return Progress { used, phase };
        }
    }

    /// Appends the data, encrypted, to `outgoing`. The handshake is over.
    pub(crate) fn encrypt(&mut self, data: &[u8], outgoing: &mut Vec<u8>) -> Result<(), Error> {
        self.say_what_is_left(outgoing);
        match self.0.process_tls_records(&mut []).state? {
            ConnectionState::WriteTraffic(mut traffic) => {
                encode(outgoing, |into| traffic.encrypt(data, into))
            }
            _ => Err(Error::HandshakeNotComplete),
        }
    }

    /// Appends the goodbye (`close_notify`) to `outgoing`, if the session is open.
    pub(crate) fn close(&mut self, outgoing: &mut Vec<u8>) {
        self.say_what_is_left(outgoing);
        if let Ok(ConnectionState::WriteTraffic(mut traffic)) =
            self.0.process_tls_records(&mut []).state
        {
            // One that cannot say goodbye goes without.
            encode(outgoing, |into| traffic.queue_close_notify(into)).ok();
        }
    }

    /// Appends what the session has to say for itself: alerts, answers to key updates.
    fn say_what_is_left(&mut self, outgoing: &mut Vec<u8>) {
        loop {
            match self.0.process_tls_records(&mut []).state {
                Ok(ConnectionState::EncodeTlsData(mut encoder)) => {
                    if encode(outgoing, |into| encoder.encode(into)).is_err() {
                        return;
                    }
                }
                Ok(ConnectionState::TransmitTlsData(transmit)) => transmit.done(),
                _ => return,
            }
        }
    }
}

/// What an encoder says of the room that it got.
trait Verdict {
    /// How much room it needs, if it was too little.
    fn needs(&self) -> Option<usize>;
    fn into_error(self) -> Error;
}

impl Verdict for EncodeError {
    fn needs(&self) -> Option<usize> {
        match self {
            Self::InsufficientSize(InsufficientSizeError { required_size }) => Some(*required_size),
            Self::AlreadyEncoded => None,
        }
    }

    fn into_error(self) -> Error {
        Error::General(self.to_string())
    }
}

impl Verdict for EncryptError {
    fn needs(&self) -> Option<usize> {
        match self {
            Self::InsufficientSize(InsufficientSizeError { required_size }) => Some(*required_size),
            Self::EncryptExhausted => None,
        }
    }

    fn into_error(self) -> Error {
        match self {
            Self::EncryptExhausted => Error::EncryptError,
            other => Error::General(other.to_string()),
        }
    }
}

/// Appends what `encoder` writes, with as much room as it asks for.
fn encode<E: Verdict>(
    outgoing: &mut Vec<u8>,
    mut encoder: impl FnMut(&mut [u8]) -> Result<usize, E>,
) -> Result<(), Error> {
    let start = outgoing.len();
    let mut room = 512;
    loop {
        outgoing.resize(start + room, 0);
        match encoder(&mut outgoing[start..]) {
            Ok(written) => {
                outgoing.truncate(start + written);
                return Ok(());
            }
            Err(verdict) => match verdict.needs().filter(|needed| *needed > room) {
                Some(needed) => room = needed,
                None => {
                    outgoing.truncate(start);
                    return Err(verdict.into_error());
                }
            },
        }
    }
}
