//! One connection to an upstream, with or without TLS.

use super::peers::Peer;
use crate::tls;
use pushmail_domain::{Endpoint, Fault, FaultKind};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection to an upstream. Reading and writing go through TLS once it is up.
pub struct Connection {
    stream: Stream,
    peer: Arc<Peer>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("endpoint", &self.peer.endpoint)
            .field("encrypted", &self.is_encrypted())
            .finish_non_exhaustive()
    }
}

impl Connection {
    pub(super) const fn plain(stream: TcpStream, peer: Arc<Peer>) -> Self {
        Self {
            stream: Stream::Plain(stream),
            peer,
        }
    }

    /// Whom the connection leads to.
    pub fn endpoint(&self) -> &Endpoint {
        &self.peer.endpoint
    }

    /// Whether TLS is up.
    pub const fn is_encrypted(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    /// Brings TLS up and checks the certificate against the endpoint's host. Bytes that the server sent
    /// in the clear and that were not read yet make the handshake fail (RFC 9051, section 11.1).
    ///
    /// # Errors
    ///
    /// [`FaultKind::BadCertificate`], [`FaultKind::Tls`] or [`FaultKind::Timeout`]; the connection is gone.
    pub async fn start_tls(self) -> Result<Self, Fault> {
        let Stream::Plain(stream) = self.stream else {
            let endpoint = &self.peer.endpoint;
            return Err(Fault::new(
                FaultKind::Internal,
                format!("TLS was to start twice with {endpoint}"),
            ));
        };
        let peer = self.peer;
        let handshake = tls::handshake(peer.tls.clone(), &peer.endpoint, stream);
        let stream = timeout(peer.handshake, handshake).await;
        let stream = stream.map_err(|elapsed| peer.too_slow().caused_by(elapsed))??;
        Ok(Self {
            stream: Stream::Tls(Box::new(stream)),
            peer,
        })
    }

    #[cfg(test)]
    pub(super) fn socket(&self) -> &TcpStream {
        match &self.stream {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => stream.get_ref().0,
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, into),
            Stream::Tls(stream) => Pin::new(stream).poll_read(cx, into),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
