//! A client of LMTP (RFC 2033), as far as delivering to one recipient at a time needs it.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

pub(crate) struct Lmtp(BufReader<TcpStream>);

impl Lmtp {
    pub(super) fn connect(addr: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(addr)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut client = Self(BufReader::new(stream));
        client.expect("220")?;
        client.send(b"LHLO testkit\r\n", "250")?;
        Ok(client)
    }

    pub(super) fn deliver(&mut self, user: &str, raw: &[u8]) -> io::Result<()> {
        self.send(b"MAIL FROM:<sender@example.org>\r\n", "250")?;
        self.send(format!("RCPT TO:<{user}>\r\n").as_bytes(), "250")?;
        self.send(b"DATA\r\n", "354")?;
        self.send(&with_dots_doubled(raw), "250")
    }

    fn send(&mut self, bytes: &[u8], expected: &str) -> io::Result<()> {
        self.0.get_mut().write_all(bytes)?;
        self.expect(expected)
    }

    /// Reads one reply, which may have several lines; the last has no `-` after its code.
    fn expect(&mut self, code: &str) -> io::Result<()> {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if !line.starts_with(code) {
                return Err(io::Error::other(format!("{code} expected, got {line:?}")));
            }
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(());
            }
        }
    }
}

/// The message as it goes over the wire (RFC 5321, section 4.5.2), with the final dot.
fn with_dots_doubled(raw: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(raw.len() + 16);
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        if line.first() == Some(&b'.') {
            wire.push(b'.');
        }
        wire.extend_from_slice(line);
    }
    if !wire.ends_with(b"\r\n") {
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b".\r\n");
    wire
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_at_the_start_of_a_line_is_doubled() {
        assert_eq!(
            with_dots_doubled(b"a\r\n.\r\n.b"),
            b"a\r\n..\r\n..b\r\n.\r\n"
        );
    }
}
