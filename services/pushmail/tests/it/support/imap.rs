//! Puts a mail into any folder, which LMTP cannot.

use super::PASSWORD;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Makes the folder if it is missing, and appends the mail to it.
pub(super) fn append(addr: SocketAddr, user: &str, folder: &str, raw: &[u8]) -> io::Result<()> {
    let stream = TcpStream::connect(addr)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut stream = BufReader::new(stream);
    let size = raw.len();
    command(&mut stream, &format!("LOGIN {user} {PASSWORD}"), b"")?;
    command(&mut stream, &format!("CREATE {folder}"), b"")?;
    let answer = command(&mut stream, &format!("APPEND {folder} {{{size}+}}"), raw)?;
    if answer.starts_with("t OK") {
        Ok(())
    } else {
        Err(io::Error::other(answer))
    }
}

/// The tagged answer to a command that may end in a literal.
fn command(stream: &mut BufReader<TcpStream>, line: &str, literal: &[u8]) -> io::Result<String> {
    let mut bytes = format!("t {line}\r\n").into_bytes();
    if !literal.is_empty() {
        bytes.extend_from_slice(literal);
        bytes.extend_from_slice(b"\r\n");
    }
    stream.get_mut().write_all(&bytes)?;
    loop {
        let mut answer = String::new();
        if stream.read_line(&mut answer)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if answer.starts_with("t ") {
            return Ok(answer);
        }
    }
}
