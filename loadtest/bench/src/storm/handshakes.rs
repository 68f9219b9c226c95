//! TCP connections and TLS handshakes with nothing around them: one thread, one after the other.

use crate::child;
use crate::clients::{Connect, Connected};
use anyhow::ensure;
use clap::Args;
use std::io::Read as _;
use std::net::TcpStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConnection, HandshakeKind, StreamOwned};

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// TLS handshakes by rustls, led by lines on standard input, until that ends.
#[derive(Debug, Args)]
pub(crate) struct HandshakesArgs {}

pub(crate) fn run(_: &HandshakesArgs) -> anyhow::Result<bool> {
    child::say(&())?;
    let mut streams = Vec::new();
    for order in child::orders() {
        streams.clear();
        child::say(&connect(&order?, &mut streams)?)?;
    }
    Ok(true)
}

/// Makes the connections, which stay open as the gateway's do.
fn connect(order: &Connect, streams: &mut Vec<Stream>) -> anyhow::Result<Connected> {
    let tls = order.tls()?;
    let mut resumed = 0;
    for (at, _) in order.each() {
        let socket = TcpStream::connect(("127.0.0.1", order.places[at].port))?;
        socket.set_nodelay(true)?;
        let name = ServerName::try_from("localhost")?;
        let session = ClientConnection::new(tls[at].clone(), name)?;
        let mut stream = StreamOwned::new(session, socket);
        // The greeting; session tickets come before it.
        ensure!(stream.read(&mut [0; 1024])? > 0, "no greeting came");
        let is_resumed = stream.conn.handshake_kind() == Some(HandshakeKind::Resumed);
        resumed += usize::from(is_resumed);
        streams.push(stream);
    }
    Ok(Connected { resumed })
}
