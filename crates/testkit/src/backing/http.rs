//! As much HTTP as asking a server how it is takes.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(30);

/// The body of the answer to a GET; an error, with that answer, if it does not tell of success.
pub(crate) fn get(addr: SocketAddr, path: &str) -> io::Result<String> {
    ask(addr, "GET", path, "", "")
}

/// The same for any request: its headers end with line ends.
pub(crate) fn ask(
    addr: SocketAddr,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> io::Result<String> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    // Answers of HTTP/1.0 come in one piece.
    let request = format!("{method} {path} HTTP/1.0\r\n{headers}\r\n{body}");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status.len() == 3 && status.starts_with('2') {
        return Ok(body.to_owned());
    }
    Err(io::Error::other(format!(
        "{method} {path} is answered by {answer}"
    )))
}
