//! A client that sends text and reads lines.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of tests: its failure is the failure of the test"
)]

use pushmail_domain::{Clock, Timestamp};
use pushmail_mailsim::{Accounts, Config, Mailsim, certs};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A clock that goes on by a microsecond at each look.
struct Ticks(AtomicI64);

impl Clock for Ticks {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed).unsigned_abs())
    }
}

pub(crate) async fn start(tls: bool, accounts: Accounts) -> Mailsim {
    let clock = Arc::new(Ticks(AtomicI64::new(1_772_409_845_000_000)));
    let mut config = Config::new(clock);
    config.tls = tls;
    config.accounts = accounts;
    Mailsim::start(config).await.unwrap()
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

pub(crate) struct Client(BufReader<Box<dyn Stream>>);

impl Client {
    /// Connects by TLS and reads the greeting.
    pub(crate) async fn connect(sim: &Mailsim) -> Self {
        let stream = TcpStream::connect(sim.addr()).await.unwrap();
        let config = certs::client_config(sim.ca_pem()).unwrap();
        let name = "localhost".try_into().unwrap();
        let connector = tokio_rustls::TlsConnector::from(config);
        Self::greeted(Box::new(connector.connect(name, stream).await.unwrap())).await
    }

    /// Connects in plaintext and reads the greeting.
    pub(crate) async fn connect_plain(sim: &Mailsim) -> Self {
        Self::greeted(Box::new(TcpStream::connect(sim.addr()).await.unwrap())).await
    }

    async fn greeted(stream: Box<dyn Stream>) -> Self {
        let mut client = Self(BufReader::new(stream));
        let greeting = client.line().await;
        assert!(
            greeting.starts_with("* OK [CAPABILITY IMAP4rev1 "),
            "{greeting}"
        );
        client
    }

    pub(crate) async fn login(&mut self, user: &str) {
        let answer = self.command(&format!("LOGIN {user} secret")).await;
        assert!(answer.starts_with("t OK"), "{answer}");
    }

    /// Sends a command with the tag `t`; all lines up to its answer.
    pub(crate) async fn command(&mut self, command: &str) -> String {
        self.send(&format!("t {command}\r\n")).await;
        self.until("t ").await
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
        self.0.flush().await.unwrap();
    }

    /// All lines up to and with the first that starts so.
    pub(crate) async fn until(&mut self, start: &str) -> String {
        let mut answer = String::new();
        loop {
            let line = self.line().await;
            answer.push_str(&line);
            answer.push_str("\r\n");
            if line.starts_with(start) {
                return answer;
            }
        }
    }

    pub(crate) async fn line(&mut self) -> String {
        let mut line = String::new();
        let read = tokio::time::timeout(Duration::from_secs(10), self.0.read_line(&mut line));
        let read = read.await.expect("the server says nothing").unwrap();
        assert!(read > 0, "the server hung up");
        line.trim_end_matches(['\r', '\n']).to_owned()
    }

    /// Waits for the server to hang up.
    pub(crate) async fn is_closed(&mut self) -> bool {
        let mut line = String::new();
        let read = tokio::time::timeout(Duration::from_secs(10), self.0.read_line(&mut line));
        matches!(read.await, Ok(Ok(0) | Err(_)))
    }
}
