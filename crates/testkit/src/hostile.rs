//! An IMAP server that means harm.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The most bytes that one connection is sent before the server itself ends it.
pub const MAX_SENT: u64 = 64 * 1024 * 1024;
/// The longest that a connection lasts before the server itself ends it.
pub const MAX_TIME: Duration = Duration::from_secs(30);

/// What the server does to its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// A line that does not end.
    EndlessLine,
    /// A stream of short untagged answers that does not end.
    EndlessAnswers,
    /// A FETCH answer with a literal of 4 GiB less one byte, and its bytes.
    HugeLiteral,
    /// A literal whose size is no 64-bit number.
    OverflowingLiteral,
    /// Deep nesting: a list that opens and opens.
    DeepNesting,
    /// NUL bytes inside a line.
    Nul,
    /// Tagged answers to commands that nobody gave.
    WrongTags,
    /// Answers sent together with the OK to STARTTLS, before TLS begins (CVE-2011-0411).
    DataBeforeStarttls,
    /// One byte every 20 ms, and no line end.
    SlowDrip,
    /// Nothing at all.
    Silence,
    /// Hangs up.
    Close,
    /// Bytes that are not IMAP.
    Garbage,
}

/// When the server begins to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Greeting,
    Starttls,
    /// At the first EXAMINE or SELECT.
    Open,
}

/// A running hostile server, in plaintext on a loopback port. Ends when dropped.
pub struct Hostile {
    addr: SocketAddr,
    sent: Arc<AtomicU64>,
    closed: watch::Receiver<usize>,
    server: JoinHandle<()>,
}

impl Hostile {
    /// A server that misbehaves from its greeting on ([`Behaviour::DataBeforeStarttls`]: at
    /// STARTTLS).
    ///
    /// # Panics
    /// When no loopback port can be had.
    pub async fn start(behaviour: Behaviour) -> Self {
        let moment = match behaviour {
            Behaviour::DataBeforeStarttls => Moment::Starttls,
            _ => Moment::Greeting,
        };
        Self::begin(behaviour, moment).await
    }

    /// A server that is polite, takes any login, and misbehaves when a folder is opened.
    ///
    /// # Panics
    /// When no loopback port can be had.
    pub async fn start_after_login(behaviour: Behaviour) -> Self {
        Self::begin(behaviour, Moment::Open).await
    }

    async fn begin(behaviour: Behaviour, moment: Moment) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a free loopback port for the hostile server");
        let addr = listener
            .local_addr()
            .expect("a bound socket has an address");
        let sent = Arc::new(AtomicU64::new(0));
        let (close, closed) = watch::channel(0);
        let count = Arc::clone(&sent);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (count, close) = (Arc::clone(&count), close.clone());
                tokio::spawn(async move {
                    let connection = Connection::new(stream, count);
                    let served = connection.serve(behaviour, moment);
                    // Either way the connection is over, which is all that is promised.
                    drop(tokio::time::timeout(MAX_TIME, served).await);
                    close.send_modify(|closed| *closed += 1);
                });
            }
        });
        Self {
            addr,
            sent,
            closed,
            server,
        }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// How many bytes all clients were sent so far, as far as their sockets took them.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Waits until at least this many connections have ended.
    pub async fn wait_closed(&self, connections: usize) {
        let mut closed = self.closed.clone();
        let waited = closed.wait_for(|closed| *closed >= connections).await;
        assert!(waited.is_ok(), "the hostile server stopped");
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Connection {
    stream: BufReader<TcpStream>,
    sent: Arc<AtomicU64>,
    left: u64,
}

impl Connection {
    fn new(stream: TcpStream, sent: Arc<AtomicU64>) -> Self {
        Self {
            stream: BufReader::new(stream),
            sent,
            left: MAX_SENT,
        }
    }

    async fn serve(mut self, behaviour: Behaviour, moment: Moment) -> std::io::Result<()> {
        if moment == Moment::Greeting {
            return self.misbehave(behaviour, "*").await;
        }
        self.send(b"* OK [CAPABILITY IMAP4rev1 STARTTLS IDLE SASL-IR AUTH=PLAIN] welcome\r\n")
            .await?;
        loop {
            let mut line = String::new();
            let read = (&mut self.stream).take(65_536).read_line(&mut line).await?;
            let mut words = line.split_ascii_whitespace();
            let (Some(tag), Some(name)) = (words.next(), words.next()) else {
                if read == 0 {
                    return Ok(());
                }
                continue;
            };
            let name = name.to_ascii_uppercase();
            let due = match name.as_str() {
                "STARTTLS" => moment == Moment::Starttls,
                "EXAMINE" | "SELECT" => true,
                _ => false,
            };
            if due {
                return self.misbehave(behaviour, tag).await;
            }
            let untagged = match name.as_str() {
                "CAPABILITY" => "* CAPABILITY IMAP4rev1 STARTTLS IDLE SASL-IR AUTH=PLAIN\r\n",
                "ID" => "* ID NIL\r\n",
                _ => "",
            };
            self.send(format!("{untagged}{tag} OK done\r\n").as_bytes())
                .await?;
        }
    }

    async fn misbehave(&mut self, behaviour: Behaviour, tag: &str) -> std::io::Result<()> {
        match behaviour {
            Behaviour::EndlessLine => self.endless(b"* OK ", &[b'a'; 16_384]).await,
            Behaviour::EndlessAnswers => self.endless(b"", &b"* 1 EXISTS\r\n".repeat(1_000)).await,
            Behaviour::HugeLiteral => {
                let start = b"* 1 FETCH (UID 1 BODY[] {4294967295}\r\n";
                self.endless(start, &[b'a'; 16_384]).await
            }
            Behaviour::OverflowingLiteral => {
                let start = b"* 1 FETCH (UID 1 BODY[] {99999999999999999999999}\r\n";
                self.endless(start, &[b'a'; 16_384]).await
            }
            Behaviour::DeepNesting => self.endless(b"* 1 FETCH ", &[b'('; 16_384]).await,
            Behaviour::Nul => {
                self.send(b"* OK \0\0\0 hello\r\n* \0 EXISTS\r\n").await?;
                self.listen().await
            }
            Behaviour::WrongTags => {
                self.send(b"zz99 OK done\r\nzz98 NO never\r\n\r\n + \r\n")
                    .await?;
                self.listen().await
            }
            Behaviour::DataBeforeStarttls => {
                let text = format!(
                    "{tag} OK begin TLS now\r\n* PREAUTH injected\r\n{tag} OK injected\r\n"
                );
                self.send(text.as_bytes()).await?;
                self.listen().await
            }
            Behaviour::SlowDrip => loop {
                self.send(b"*").await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            },
            Behaviour::Silence => self.listen().await,
            Behaviour::Close => Ok(()),
            Behaviour::Garbage => {
                self.send(b"\x16\x03\x01\xff\xfe\x80 220 smtp HTTP/1.1 \xc3\x28\r\n\r\n\x00")
                    .await?;
                self.listen().await
            }
        }
    }

    /// Sends `start`, then `again` until the client or the limit ends it.
    async fn endless(&mut self, start: &[u8], again: &[u8]) -> std::io::Result<()> {
        self.send(start).await?;
        loop {
            self.send(again).await?;
        }
    }

    /// Reads until the client hangs up.
    async fn listen(&mut self) -> std::io::Result<()> {
        let mut bytes = [0; 1024];
        while self.stream.read(&mut bytes).await? > 0 {}
        Ok(())
    }

    async fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let size = bytes.len() as u64;
        self.left = match self.left.checked_sub(size) {
            Some(left) => left,
            None => return Err(std::io::Error::other("the limit of bytes is reached")),
        };
        self.stream.write_all(bytes).await?;
        self.sent.fetch_add(size, Ordering::Relaxed);
        Ok(())
    }
}
