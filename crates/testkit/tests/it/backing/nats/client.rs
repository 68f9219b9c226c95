//! A client of NATS, as far as these tests need one.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// After this long without an answer a request is sent again, as every client of NATS has to.
const PATIENCE: Duration = Duration::from_secs(2);
/// The pause after the answer that nobody takes such requests yet.
const PAUSE: Duration = Duration::from_millis(20);
const ATTEMPTS: u32 = 1_000;

/// A session with one server.
pub(super) struct Client {
    stream: BufReader<TcpStream>,
    requests: u32,
}

impl Client {
    pub(super) fn connect(addr: SocketAddr) -> Self {
        Self::try_connect(addr).expect("nats takes a client")
    }

    fn try_connect(addr: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(addr)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let stream = BufReader::new(stream);
        let mut client = Self {
            stream,
            requests: 0,
        };
        let options = r#"{"verbose":false,"headers":true,"no_responders":true}"#;
        client.send(&format!("CONNECT {options}\r\nSUB answer.* 1\r\nPING\r\n"))?;
        while client.line()? != "PONG" {}
        Ok(client)
    }

    /// The answer to a request. It is sent again with the same id, so it is stored only once.
    pub(super) fn request(&mut self, subject: &str, body: &str) -> String {
        self.requests += 1;
        let port = self.stream.get_ref().local_addr().expect("a socket").port();
        let header = format!("NATS/1.0\r\nNats-Msg-Id: {port}-{}\r\n\r\n", self.requests);
        let (start, length) = (header.len(), header.len() + body.len());
        let inbox = format!("answer.{}", self.requests);
        let request = format!("HPUB {subject} {inbox} {start} {length}\r\n{header}{body}\r\n");
        for _ in 0..ATTEMPTS {
            match self.send(&request).and_then(|()| self.answer(&inbox)) {
                Ok(answer) if answer.starts_with("NATS/1.0 503") => std::thread::sleep(PAUSE),
                Ok(answer) => return answer,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => panic!("{subject}: {error}"),
            }
        }
        panic!("{subject} is not answered");
    }

    /// The next message to this inbox, with its headers.
    fn answer(&mut self, inbox: &str) -> io::Result<String> {
        loop {
            let line = self.line()?;
            let words: Vec<&str> = line.split(' ').collect();
            let ["MSG" | "HMSG", to, .., length] = words[..] else {
                return Err(io::Error::other(line));
            };
            let length: usize = length.parse().map_err(io::Error::other)?;
            let mut body = vec![0; length + "\r\n".len()];
            self.stream.read_exact(&mut body)?;
            if to == inbox {
                return Ok(String::from_utf8_lossy(&body).trim_end().to_owned());
            }
        }
    }

    fn send(&mut self, text: &str) -> io::Result<()> {
        self.stream.get_mut().write_all(text.as_bytes())
    }

    /// The next line that is not the server's question whether this is still here.
    fn line(&mut self) -> io::Result<String> {
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if line != "PING\r\n" {
                return Ok(line.trim_end().to_owned());
            }
            self.send("PONG\r\n")?;
        }
    }
}
