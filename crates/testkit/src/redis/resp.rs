//! As much of Redis' protocol (RESP2) as starting servers takes.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(10);

/// Succeeds if the server takes commands.
pub(super) fn ping(addr: SocketAddr) -> io::Result<()> {
    command(addr, &["PING"]).map(drop)
}

/// The answer to one command on a connection of its own: the texts and numbers in it, one after the
/// other, however deep they are nested. An error that the server answers is an error.
pub(super) fn command(addr: SocketAddr, words: &[&str]) -> io::Result<Vec<String>> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    let mut request = format!("*{}\r\n", words.len());
    for word in words {
        request += &format!("${}\r\n{word}\r\n", word.len());
    }
    stream.write_all(request.as_bytes())?;
    let mut texts = Vec::new();
    read(&mut BufReader::new(stream), &mut texts)?;
    Ok(texts)
}

fn read(stream: &mut BufReader<TcpStream>, texts: &mut Vec<String>) -> io::Result<()> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let line = line.trim_end();
    let (kind, rest) = line.split_at_checked(1).unwrap_or_default();
    match kind {
        "+" | ":" => texts.push(rest.to_owned()),
        "$" if rest == "-1" => {}
        "$" => {
            let length: usize = rest.parse().map_err(io::Error::other)?;
            let mut text = vec![0; length + "\r\n".len()];
            stream.read_exact(&mut text)?;
            text.truncate(length);
            texts.push(String::from_utf8_lossy(&text).into_owned());
        }
        "*" => {
            for _ in 0..rest.parse().unwrap_or(0) {
                read(stream, texts)?;
            }
        }
        _ => return Err(io::Error::other(format!("redis answers {line:?}"))),
    }
    Ok(())
}
