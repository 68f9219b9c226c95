//! A connection for the lot: a socket, and a TLS session without buffers.

use super::peers::Peer;
use crate::lot::Scratch;
use crate::tls::parked::Tls;
use crate::tls::session::Phase;
use crate::{ends, tls};
use pushmail_domain::{Endpoint, Fault, FaultKind};
use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::time::timeout;
use zeroize::Zeroizing;

/// At most this many bytes are read at once.
const READ: usize = 16 * 1024;
/// What is kept of an incomplete message of TLS; the largest that a session takes is 64 KiB.
const MOST_REST: usize = 128 * 1024;

/// A connection to an upstream that can enter the [lot](crate::lot).
pub struct Line {
    socket: std::net::TcpStream,
    tls: Option<Tls>,
    peer: Arc<Peer>,
    /// What came with the end of the handshake.
    data: Vec<u8>,
}

/// The same in the lot.
pub(crate) struct Parked {
    pub(crate) socket: mio::net::TcpStream,
    tls: Option<Tls>,
    peer: Arc<Peer>,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line")
            .field("endpoint", &self.peer.endpoint)
            .field("encrypted", &self.tls.is_some())
            .finish_non_exhaustive()
    }
}

impl Line {
    /// The connection in the clear.
    pub(super) fn plain(socket: TcpStream, peer: Arc<Peer>) -> Result<Self, Fault> {
        Self::of(socket, peer, None)
    }

    /// The connection after its handshake.
    pub(super) async fn secured(socket: TcpStream, peer: Arc<Peer>) -> Result<Self, Fault> {
        Self::shake_hands(socket, peer).await
    }

    /// Whom the connection leads to.
    pub fn endpoint(&self) -> &Endpoint {
        &self.peer.endpoint
    }

    /// Brings TLS up and checks the certificate against the endpoint's host. Bytes that the server sent
    /// in the clear and that were not read yet make the handshake fail (RFC 9051, section 11.1).
    ///
    /// # Errors
    ///
    /// [`FaultKind::BadCertificate`], [`FaultKind::Tls`] or [`FaultKind::Timeout`]; the connection is gone.
    pub async fn secure(self) -> Result<Self, Fault> {
        let Self { socket, peer, .. } = self;
        let socket = TcpStream::from_std(socket);
        let socket = socket.map_err(|error| ends::broken(&peer.endpoint, error))?;
        Self::shake_hands(socket, peer).await
    }

    async fn shake_hands(mut socket: TcpStream, peer: Arc<Peer>) -> Result<Self, Fault> {
        let handshake = tls::begin(peer.tls.clone(), &peer.endpoint, &mut socket);
        let begun = timeout(peer.handshake, handshake).await;
        let begun = begun.map_err(|elapsed| peer.too_slow().caused_by(elapsed))??;
        Self::of(socket, peer, Some(begun))
    }

    fn of(socket: TcpStream, peer: Arc<Peer>, begun: Option<tls::Begun>) -> Result<Self, Fault> {
        let socket = socket.into_std();
        let socket = socket.map_err(|error| ends::broken(&peer.endpoint, error))?;
        let (tls, data) = match begun {
            Some(begun) => (Some(Tls::Session(Box::new(begun.session))), begun.data),
            None => (None, Vec::new()),
        };
        Ok(Self {
            socket,
            tls,
            peer,
            data,
        })
    }

    /// The connection as the lot has it, and what it has received already.
    pub(crate) fn park(self) -> (Parked, Vec<u8>) {
        let parked = Parked {
            socket: mio::net::TcpStream::from_std(self.socket),
            tls: self.tls,
            peer: self.peer,
        };
        (parked, self.data)
    }

    /// Takes a connection out of the lot.
    pub(crate) fn unpark(parked: Parked) -> Self {
        Self {
            socket: parked.socket.into(),
            tls: parked.tls,
            peer: parked.peer,
            data: Vec::new(),
        }
    }
}

impl Parked {
    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.peer.endpoint
    }

    /// Reads once: what came is in `scratch.data` then, what is to be sent because of it in
    /// `scratch.outgoing`; `false` if the server has closed.
    ///
    /// # Errors
    ///
    /// As the socket has them; [`io::ErrorKind::InvalidData`] for TLS: what is to be sent then says why.
    pub(crate) fn read(&mut self, scratch: &mut Scratch) -> io::Result<bool> {
        // Whatever became of another connection's.
        scratch.data.clear();
        scratch.outgoing.clear();
        let Some(session) = &mut self.tls else {
            scratch.data.resize(READ, 0);
            let length = self.socket.read(&mut scratch.data);
            scratch.data.truncate(*length.as_ref().unwrap_or(&0));
            acknowledge_at_once(&self.socket);
            return length.map(|length| length > 0);
        };
        let incoming = &mut scratch.incoming;
        let kept = session.rest().len();
        incoming.clear();
        incoming.extend_from_slice(session.rest());
        incoming.resize(kept + READ, 0);
        let length = match self.socket.read(&mut incoming[kept..])? {
            0 => return Ok(false),
            length => kept + length,
        };
        acknowledge_at_once(&self.socket);
        let incoming = &mut incoming[..length];
        let phase = session.take_in(incoming, &mut scratch.data, &mut scratch.outgoing);
        let phase = phase.map_err(invalid)?;
        if session.rest().len() > MOST_REST {
            return Err(invalid(rustls::Error::PeerSentOversizedRecord));
        }
        Ok(phase != Phase::Closed)
    }

    /// Keeps only what it takes to go on. What TLS had to say is to be sent, and is returned.
    ///
    /// # Errors
    ///
    /// [`FaultKind::Internal`]: the connection is of no more use.
    pub(crate) fn freeze(&mut self) -> Result<Vec<u8>, Fault> {
        let mut outgoing = Vec::new();
        let Some(tls) = self.tls.take() else {
            return Ok(outgoing);
        };
        let frozen = tls.freeze(&mut outgoing).map_err(|error| {
            let message = format!("TLS with {} cannot be parked", self.peer.endpoint);
            Fault::new(FaultKind::Internal, message).caused_by(error)
        })?;
        self.tls = Some(frozen);
        Ok(outgoing)
    }

    /// What goes over the wire for these bytes.
    ///
    /// # Errors
    ///
    /// [`FaultKind::Tls`] if the session is at its end.
    pub(crate) fn seal(&mut self, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let Some(session) = &mut self.tls else {
            return Ok(Zeroizing::new(bytes.to_vec()));
        };
        let mut sealed = Zeroizing::default();
        match session.encrypt(bytes, &mut sealed) {
            Ok(()) => Ok(sealed),
            Err(error) => Err(ends::broken(&self.peer.endpoint, invalid(error))),
        }
    }

    /// Writes what the socket takes of these bytes; how many that are.
    ///
    /// # Errors
    ///
    /// The connection is of no more use.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        let mut written = 0;
        while written < bytes.len() {
            match self.socket.write(&bytes[written..]) {
                Ok(length) => written += length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ends::broken(&self.peer.endpoint, error)),
            }
        }
        acknowledge_at_once(&self.socket);
        Ok(written)
    }

    /// Says goodbye (close_notify, FIN) as far as the server lets us.
    pub(crate) fn say_goodbye(&mut self) {
        let mut goodbye = Vec::new();
        if let Some(session) = &mut self.tls {
            session.close(&mut goodbye);
        }
        let said = self.socket.write_all(&goodbye);
        if let Err(error) = said.and_then(|()| self.socket.shutdown(Shutdown::Write)) {
            let endpoint = &self.peer.endpoint;
            tracing::trace!(%endpoint, %error, "the connection was closed without a goodbye");
        }
    }
}

/// Has the kernel acknowledge what the server sends at once. By itself it waits up to 40 ms for something to send along
/// with, and a server under Nagle's algorithm keeps the rest of its answer back until then (`tcp(7)`, `TCP_QUICKACK`, which
/// holds for a while only).
#[cfg_attr(
    not(target_os = "linux"),
    expect(unused_variables, reason = "only Linux has it")
)]
fn acknowledge_at_once(socket: &mio::net::TcpStream) {
    #[cfg(target_os = "linux")]
    if let Err(error) = socket2::SockRef::from(socket).set_tcp_quickack(true) {
        tracing::trace!(%error, "the kernel acknowledges late");
    }
}

fn invalid(error: rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
