//! Lines and literals on a connection.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long the client waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(30);
const MAX_LINE: u64 = 1 << 20;
/// Longer than any message of a test.
const MAX_LITERAL: usize = 64 << 20;

/// One answer of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untagged {
    /// The line without its end; a literal is only there as its size, such as `{12}`.
    pub line: String,
    /// The literals in it, in order.
    pub literals: Vec<Vec<u8>>,
}

pub(super) struct Wire(BufReader<TcpStream>);

impl Wire {
    /// Connects and reads the greeting.
    pub(super) fn connect(addr: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(addr)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        let mut wire = Self(BufReader::new(stream));
        let greeting = wire.read()?;
        if greeting.line.starts_with("* OK") {
            Ok(wire)
        } else {
            Err(io::Error::other(greeting.line))
        }
    }

    pub(super) fn send(&mut self, text: &str) -> io::Result<()> {
        self.send_bytes(text.as_bytes())
    }

    pub(super) fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    pub(super) fn read(&mut self) -> io::Result<Untagged> {
        let mut line = self.line()?;
        let mut literals = Vec::new();
        while let Some(size) = literal_size(&line) {
            if size > MAX_LITERAL {
                return Err(io::Error::other(format!("too long: {line}")));
            }
            let mut literal = vec![0; size];
            self.0.read_exact(&mut literal)?;
            literals.push(literal);
            line += &self.line()?;
        }
        Ok(Untagged { line, literals })
    }

    fn line(&mut self) -> io::Result<String> {
        let mut bytes = Vec::new();
        self.0
            .by_ref()
            .take(MAX_LINE)
            .read_until(b'\n', &mut bytes)?;
        if bytes.last() != Some(&b'\n') {
            return Err(io::Error::other("the server ended, or its line has no end"));
        }
        let line = String::from_utf8_lossy(&bytes);
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }
}

fn literal_size(line: &str) -> Option<usize> {
    let (_, digits) = line.strip_suffix('}')?.rsplit_once('{')?;
    digits.parse().ok()
}

/// The text as a quoted string (RFC 9051, section 4.3).
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}
