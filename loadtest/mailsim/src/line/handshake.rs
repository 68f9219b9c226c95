//! The start of TLS.

use super::invalid;
use pushmail_upstream::tls::Frozen;
use rustls::{ServerConfig, ServerConnection};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A record's header: type, version, length (RFC 8446, section 5.1).
const HEADER: usize = 5;

/// Shakes hands, and keeps only the keys. Reads record by record, and none beyond the handshake, so that what follows is still
/// in the socket.
pub(super) async fn shake_hands(
    socket: &mut TcpStream,
    config: Arc<ServerConfig>,
) -> io::Result<Frozen> {
    let mut connection = ServerConnection::new(config).map_err(invalid)?;
    while connection.is_handshaking() {
        take_record(&mut connection, socket).await?;
    }
    let suite = connection.negotiated_cipher_suite();
    let suite = suite.ok_or_else(|| invalid(rustls::Error::HandshakeNotComplete))?;
    let secrets = connection.dangerous_extract_secrets().map_err(invalid)?;
    Frozen::new(suite, &secrets).map_err(invalid)
}

/// Reads one record and answers it.
async fn take_record(connection: &mut ServerConnection, socket: &mut TcpStream) -> io::Result<()> {
    let mut header = [0; HEADER];
    socket.read_exact(&mut header).await?;
    // By itself, so that what is no TLS is refused at once.
    give(connection, &header, socket).await?;
    let [.., high, low] = header;
    let mut payload = vec![0; u16::from_be_bytes([high, low]).into()];
    socket.read_exact(&mut payload).await?;
    give(connection, &payload, socket).await
}

/// Gives bytes to the session, and sends what it says to them: of an error, too.
async fn give(
    connection: &mut ServerConnection,
    mut bytes: &[u8],
    socket: &mut TcpStream,
) -> io::Result<()> {
    let mut state = Ok(());
    while !bytes.is_empty() && state.is_ok() {
        connection.read_tls(&mut bytes)?;
        state = connection.process_new_packets().map(drop);
    }
    let mut outgoing = Vec::new();
    while connection.wants_write() {
        connection.write_tls(&mut outgoing)?;
    }
    socket.write_all(&outgoing).await?;
    state.map_err(invalid)
}
