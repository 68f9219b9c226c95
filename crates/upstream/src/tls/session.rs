//! TLS on one connection, without buffers of its own: bytes in, bytes out.

use super::frozen::Frozen;
use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::ServerName;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus,
};
use rustls::{ClientConfig, Error};
use std::sync::Arc;

/// A TLS session of a client (RFC 8446, RFC 5246). What it is given it has worked off when a call returns, but for
/// an incomplete message, which it keeps.
pub(crate) struct Session {
    connection: UnbufferedClientConnection,
    /// The incomplete message. rustls remembers places in it, so that it has to be there in every call.
    rest: Vec<u8>,
    failed: bool,
}

/// How far a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The handshake needs more of the server's bytes.
    Handshake,
    /// Data can be sent.
    Open,
    /// The server said goodbye (`close_notify`); nothing comes any more.
    Closed,
}

/// What rustls wants next.
enum Step {
    Again,
    Stop(Phase),
}

impl Session {
    /// A session with the server of this name, at its beginning.
    pub(crate) fn new(config: Arc<ClientConfig>, name: ServerName<'static>) -> Result<Self, Error> {
        Ok(Self {
            connection: UnbufferedClientConnection::new(config, name)?,
            rest: Vec::new(),
            failed: false,
        })
    }

    /// What was given to it and is incomplete.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.rest
    }

    /// Works off the server's bytes, of which the first are its [`Session::rest`]. Appends the data in them to `data`,
    /// and what is to be sent to `outgoing`.
    ///
    /// # Errors
    ///
    /// It is of no more use; the alert that says so is among what is to be sent.
    pub(crate) fn take_in(
        &mut self,
        incoming: &mut [u8],
        data: &mut Vec<u8>,
        outgoing: &mut Vec<u8>,
    ) -> Result<Phase, Error> {
        let mut used = 0;
        loop {
            let (discard, step) = self.step(&mut incoming[used..], data, outgoing);
            used += discard;
            match step {
                Ok(Step::Again) => {}
                Ok(Step::Stop(phase)) => {
                    self.rest = incoming[used..].to_vec();
                    return Ok(phase);
                }
                Err(error) => {
                    self.failed = true;
                    // The alert. Asked once more, rustls would read on where it failed.
                    self.step(&mut incoming[used..], data, outgoing).1.ok();
                    return Err(error);
                }
            }
        }
    }

    /// One step; how much of `incoming` it has used up.
    fn step(
        &mut self,
        incoming: &mut [u8],
        data: &mut Vec<u8>,
        outgoing: &mut Vec<u8>,
    ) -> (usize, Result<Step, Error>) {
        let UnbufferedStatus { mut discard, state } = self.connection.process_tls_records(incoming);
        let step = match state {
            Ok(ConnectionState::ReadTraffic(mut traffic)) => loop {
                match traffic.next_record() {
                    Some(Ok(record)) => {
                        data.extend_from_slice(record.payload);
                        discard += record.discard;
                    }
                    Some(Err(error)) => break Err(error),
                    None => break Ok(Step::Again),
                }
            },
            Ok(ConnectionState::EncodeTlsData(mut encoder)) => {
                encode(outgoing, |into| encoder.encode(into)).map(|()| Step::Again)
            }
            Ok(ConnectionState::TransmitTlsData(transmit)) => {
                transmit.done();
                Ok(Step::Again)
            }
            Ok(ConnectionState::BlockedHandshake) => Ok(Step::Stop(Phase::Handshake)),
            Ok(ConnectionState::WriteTraffic(_)) => Ok(Step::Stop(Phase::Open)),
            Ok(ConnectionState::PeerClosed | ConnectionState::Closed) => {
                Ok(Step::Stop(Phase::Closed))
            }
            Ok(_) => Err(Error::General("early data is not for a client".to_owned())),
            Err(error) => Err(error),
        };
        (discard, step)
    }

    /// Appends the data, encrypted, to `outgoing`. The handshake is over.
    pub(crate) fn encrypt(&mut self, data: &[u8], outgoing: &mut Vec<u8>) -> Result<(), Error> {
        self.say_what_is_left(outgoing)?;
        match self.connection.process_tls_records(&mut self.rest).state? {
            ConnectionState::WriteTraffic(mut traffic) => {
                encode(outgoing, |into| traffic.encrypt(data, into))
            }
            _ => Err(Error::HandshakeNotComplete),
        }
    }

    /// Appends the goodbye (`close_notify`) to `outgoing`, if the session is open.
    pub(crate) fn close(&mut self, outgoing: &mut Vec<u8>) {
        if self.say_what_is_left(outgoing).is_err() {
            return;
        }
        let status = self.connection.process_tls_records(&mut self.rest);
        if let Ok(ConnectionState::WriteTraffic(mut traffic)) = status.state {
            // One that cannot say goodbye goes without.
            encode(outgoing, |into| traffic.queue_close_notify(into)).ok();
        }
    }

    /// Appends what the session has to say for itself: answers to key updates.
    fn say_what_is_left(&mut self, outgoing: &mut Vec<u8>) -> Result<(), Error> {
        if self.failed {
            return Err(Error::General("the session has ended".to_owned()));
        }
        let mut rest = std::mem::take(&mut self.rest);
        // Everything in it has been worked off but for what is incomplete: there is no data.
        self.take_in(&mut rest, &mut Vec::new(), outgoing)?;
        Ok(())
    }

    /// Whether it can be frozen: not every suite's keys can be taken out and given back.
    /// Not in the middle of a message either.
    pub(crate) fn can_freeze(&self) -> bool {
        let suite = self.connection.negotiated_cipher_suite();
        self.rest.is_empty() && suite.is_some_and(Frozen::is_possible)
    }

    /// Takes the keys out, and leaves all else behind: the server's certificates, and what it takes to follow key updates.
    /// Appends what the session had to say to `outgoing`. Only if it can be frozen.
    pub(crate) fn freeze(mut self, outgoing: &mut Vec<u8>) -> Result<Frozen, Error> {
        self.say_what_is_left(outgoing)?;
        let suite = self.connection.negotiated_cipher_suite();
        let suite = suite.ok_or(Error::HandshakeNotComplete)?;
        let (secrets, _) = self.connection.dangerous_into_kernel_connection()?;
        Frozen::new(suite, &secrets)
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
