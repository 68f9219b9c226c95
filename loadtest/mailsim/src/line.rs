//! One connection: a socket, and of its TLS session what it takes to go on.

mod handshake;

use bytes::BytesMut;
use pushmail_upstream::tls::{Frozen, Phase};
use std::io;
use std::sync::Arc;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// At most this many bytes are read at once.
const READ: usize = 4 * 1024;

/// A connection that a task serves.
pub(crate) struct Line {
    socket: TcpStream,
    tls: Option<Frozen>,
    /// The client says nothing more.
    closed: bool,
}

/// A connection that waits: no runtime knows of it.
pub(crate) struct Waiting {
    pub(crate) socket: mio::net::TcpStream,
    tls: Option<Frozen>,
}

impl Line {
    /// A connection that is new. Brings TLS up, if it is wanted.
    ///
    /// # Errors
    /// As the socket has them; `InvalidData` for TLS.
    pub(crate) async fn open(
        socket: TcpStream,
        tls: Option<Arc<rustls::ServerConfig>>,
    ) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        match tls {
            None => Ok(Self::plain(socket)),
            Some(config) => Self::secured(socket, config).await,
        }
    }

    /// A connection in the clear.
    const fn plain(socket: TcpStream) -> Self {
        Self {
            socket,
            tls: None,
            closed: false,
        }
    }

    /// Brings TLS up. The configuration gives secrets out, and has only suites that can be frozen.
    async fn secured(mut socket: TcpStream, config: Arc<rustls::ServerConfig>) -> io::Result<Self> {
        let frozen = handshake::shake_hands(&mut socket, config).await?;
        Ok(Self {
            tls: Some(frozen),
            ..Self::plain(socket)
        })
    }

    /// Takes it away from the runtime.
    pub(crate) fn into_waiting(self) -> io::Result<Waiting> {
        Ok(Waiting {
            socket: mio::net::TcpStream::from_std(self.socket.into_std()?),
            tls: self.tls,
        })
    }

    /// Gives it to the runtime again.
    pub(crate) fn from_waiting(waiting: Waiting) -> io::Result<Self> {
        Ok(Self {
            tls: waiting.tls,
            ..Self::plain(TcpStream::from_std(waiting.socket.into())?)
        })
    }

    /// Whether the client said goodbye.
    pub(crate) const fn is_closed(&self) -> bool {
        self.closed
    }

    /// Appends what the client says to `input`; `false` when it says nothing more. Nothing is lost if this is not waited
    /// for to the end.
    pub(crate) async fn read(&mut self, input: &mut BytesMut) -> io::Result<bool> {
        let before = input.len();
        while input.len() == before && !self.closed {
            self.read_once(input).await?;
        }
        Ok(input.len() > before)
    }

    /// Waits until there is something to read and reads once: a part of a TLS record appends nothing.
    pub(crate) async fn read_once(&mut self, input: &mut BytesMut) -> io::Result<()> {
        self.socket.readable().await?;
        match self.try_read(input) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            read => read,
        }
    }

    /// Reads what there is.
    fn try_read(&mut self, input: &mut BytesMut) -> io::Result<()> {
        let Some(tls) = &mut self.tls else {
            input.reserve(READ);
            self.closed = self.socket.try_read_buf(input)? == 0;
            return Ok(());
        };
        let mut incoming = Vec::with_capacity(tls.rest().len() + READ);
        incoming.extend_from_slice(tls.rest());
        if self.socket.try_read_buf(&mut incoming)? == 0 {
            self.closed = true;
            return Ok(());
        }
        let (mut data, mut alert) = (Vec::new(), Vec::new());
        let phase = tls.take_in(&mut incoming, &mut data, &mut alert);
        input.extend_from_slice(&data);
        if !alert.is_empty() {
            // As far as the client lets us: the connection is over.
            self.socket.try_write(&alert).ok();
        }
        self.closed = phase.map_err(invalid)? == Phase::Closed;
        Ok(())
    }

    /// Sends all of it.
    pub(crate) async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(tls) = &mut self.tls else {
            return self.socket.write_all(bytes).await;
        };
        let mut sealed = Vec::new();
        tls.encrypt(bytes, &mut sealed).map_err(invalid)?;
        self.socket.write_all(&sealed).await
    }

    /// Says goodbye: nothing is sent any more.
    pub(crate) async fn shutdown(&mut self) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            let mut goodbye = Vec::new();
            tls.close(&mut goodbye);
            self.socket.write_all(&goodbye).await?;
        }
        self.socket.shutdown().await
    }
}

fn invalid(error: rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
