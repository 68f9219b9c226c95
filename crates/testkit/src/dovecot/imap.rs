//! Just enough of an IMAP client to list a mailbox, independent of the product's own.

use super::PASSWORD;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// UIDs and Message-IDs of the user's INBOX, in UID order.
pub(super) fn messages(addr: SocketAddr, user: &str) -> io::Result<Vec<(u32, String)>> {
    let mut client = Client::connect(addr)?;
    client.command(&format!("LOGIN {user} {PASSWORD}"))?;
    client.command("EXAMINE INBOX")?;
    let fetch = "UID FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])";
    let mut found = Vec::new();
    for (line, literal) in client.command(fetch)? {
        if let Some(uid) = uid_of(&line) {
            let id = literal.split_once(':').map_or("", |(_, id)| id.trim());
            found.push((uid, id.to_owned()));
        }
    }
    client.command("LOGOUT")?;
    found.sort_unstable();
    Ok(found)
}

fn uid_of(line: &str) -> Option<u32> {
    let (_, rest) = line.split_once(" FETCH (UID ")?;
    rest.split(' ').next()?.parse().ok()
}

struct Client(BufReader<TcpStream>);

impl Client {
    fn connect(addr: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(addr)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut client = Self(BufReader::new(stream));
        client.line()?;
        Ok(client)
    }

    /// The untagged answers to a command, each with the text of its literal, if it has one.
    fn command(&mut self, command: &str) -> io::Result<Vec<(String, String)>> {
        self.0
            .get_mut()
            .write_all(format!("t {command}\r\n").as_bytes())?;
        let mut answers = Vec::new();
        loop {
            let (line, literal) = self.line()?;
            if line.starts_with("t OK") {
                return Ok(answers);
            }
            if line.starts_with("t ") {
                let name = command.split(' ').next().unwrap_or_default();
                return Err(io::Error::other(format!("{name}: {line}")));
            }
            answers.push((line, literal));
        }
    }

    fn line(&mut self) -> io::Result<(String, String)> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end().to_owned();
        let size = line
            .strip_suffix('}')
            .and_then(|inside| inside.rsplit_once('{'));
        let Some(size) = size.and_then(|(_, digits)| digits.parse().ok()) else {
            return Ok((line, String::new()));
        };
        let mut literal = vec![0; size];
        self.0.read_exact(&mut literal)?;
        Ok((line, String::from_utf8_lossy(&literal).into_owned()))
    }
}
