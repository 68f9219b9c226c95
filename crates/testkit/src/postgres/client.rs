//! As much of PostgreSQL's protocol (version 3) as making databases takes.

use super::USER;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(30);
/// Version 3.0, as the first message carries it.
const VERSION: u32 = 3 << 16;
/// The most bytes that a message to this client has.
const MAX_MESSAGE: usize = 1 << 20;

/// A session that is logged in.
pub(super) struct Client(TcpStream);

impl Client {
    pub(super) fn connect(addr: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(addr)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        let mut client = Self(stream);
        let mut startup = VERSION.to_be_bytes().to_vec();
        startup.extend(format!("user\0{USER}\0database\0{USER}\0\0").bytes());
        client.send(&[], &startup)?;
        client.wait_ready()?;
        Ok(client)
    }

    /// Runs one statement, whose rows are ignored.
    pub(super) fn execute(&mut self, statement: &str) -> io::Result<()> {
        self.send(b"Q", format!("{statement}\0").as_bytes())?;
        self.wait_ready()
    }

    fn send(&mut self, kind: &[u8], body: &[u8]) -> io::Result<()> {
        let length = u32::try_from(body.len() + 4).map_err(io::Error::other)?;
        let message = [kind, &length.to_be_bytes(), body].concat();
        self.0.write_all(&message)
    }

    /// Reads up to the message that says that the server waits for a statement.
    fn wait_ready(&mut self) -> io::Result<()> {
        let mut failed = Ok(());
        loop {
            let mut head = [0; 5];
            if let Err(closed) = self.0.read_exact(&mut head) {
                failed?;
                return Err(closed);
            }
            let [kind, length @ ..] = head;
            let length = usize::try_from(u32::from_be_bytes(length)).map_err(io::Error::other)?;
            let length = length
                .checked_sub(4)
                .filter(|length| *length <= MAX_MESSAGE);
            let length = length.ok_or_else(|| io::Error::other("a message without an end"))?;
            let mut body = vec![0; length];
            self.0.read_exact(&mut body)?;
            match kind {
                b'Z' => return failed,
                b'E' => failed = Err(error(&body)),
                _ => {}
            }
        }
    }
}

/// The error that the server tells in fields, of which `M` is for people.
fn error(body: &[u8]) -> io::Error {
    let fields = body.split(|byte| *byte == 0);
    let mut messages = fields.filter_map(|field| field.strip_prefix(b"M"));
    let message = messages.next().unwrap_or(body);
    io::Error::other(String::from_utf8_lossy(message).into_owned())
}
