//! TLS on a connection in the lot, in either of its stages.

use super::frozen::Frozen;
use super::session::{Phase, Session};
use rustls::Error;
use serde::Deserialize;

/// What is kept of TLS while a connection is parked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsPark {
    /// The keys only: about 200 bytes. A server that updates its keys is connected to anew. Sessions of suites whose keys
    /// have 128 bits stay whole.
    #[default]
    Frozen,
    /// All of the session, without buffers: about 4 KiB, and the server's certificates.
    Unbuffered,
}

/// A session in one of its stages.
pub(crate) enum Tls {
    Session(Box<Session>),
    Frozen(Box<Frozen>),
}

impl Tls {
    pub(crate) fn rest(&self) -> &[u8] {
        match self {
            Self::Session(session) => session.rest(),
            Self::Frozen(frozen) => frozen.rest(),
        }
    }

    pub(crate) fn take_in(
        &mut self,
        incoming: &mut [u8],
        data: &mut Vec<u8>,
        outgoing: &mut Vec<u8>,
    ) -> Result<Phase, Error> {
        match self {
            Self::Session(session) => session.take_in(incoming, data, outgoing),
            Self::Frozen(frozen) => frozen.take_in(incoming, data, outgoing),
        }
    }

    pub(crate) fn encrypt(&mut self, data: &[u8], outgoing: &mut Vec<u8>) -> Result<(), Error> {
        match self {
            Self::Session(session) => session.encrypt(data, outgoing),
            Self::Frozen(frozen) => frozen.encrypt(data, outgoing),
        }
    }

    pub(crate) fn close(&mut self, outgoing: &mut Vec<u8>) {
        match self {
            Self::Session(session) => session.close(outgoing),
            Self::Frozen(frozen) => frozen.close(outgoing),
        }
    }

    /// Freezes a session that can be frozen.
    pub(crate) fn freeze(self, outgoing: &mut Vec<u8>) -> Result<Self, Error> {
        match self {
            Self::Session(session) if session.can_freeze() => {
                let frozen = session.freeze(outgoing)?;
                Ok(Self::Frozen(Box::new(frozen)))
            }
            other => Ok(other),
        }
    }
}
