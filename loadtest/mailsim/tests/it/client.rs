//! A client that sends text and reads lines.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of tests: its failure is the failure of the test"
)]

use pushmail_domain::{Clock, Timestamp};
use pushmail_mailsim::{Accounts, Config, Mailsim, Profile, certs};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
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

/// In plaintext, with a log of 256 commands.
fn config() -> Config {
    let clock = Arc::new(Ticks(AtomicI64::new(1_772_409_845_000_000)));
    let mut config = Config::new(clock);
    config.tls = false;
    config.command_log = 256;
    config
}

pub(crate) async fn start(tls: bool, accounts: Accounts) -> Mailsim {
    let mut config = config();
    config.tls = tls;
    config.accounts = accounts;
    Mailsim::start(config).await.unwrap()
}

/// A server that plays this profile, in plaintext; everyone's password is `secret`.
pub(crate) async fn play(profile: &str) -> Mailsim {
    play_with(profile, |_| {}).await
}

/// The same, with another configuration.
pub(crate) async fn play_with(profile: &str, change: impl FnOnce(&mut Config)) -> Mailsim {
    let mut config = config();
    config.profile = Profile::named(profile).unwrap();
    change(&mut config);
    Mailsim::start(config).await.unwrap()
}

/// A client of this server that is logged in.
pub(crate) async fn logged_in(sim: &Mailsim, user: &str) -> Client {
    let mut client = Client::connect_plain(sim).await;
    client.login(user).await;
    client
}

/// Tokio's time, which stands still but for [`StoppedTime::pass`]. Without the blocking task it would
/// jump whenever all tasks wait, even for the network.
pub(crate) struct StoppedTime {
    _until_dropped: std::sync::mpsc::Sender<()>,
}

impl StoppedTime {
    pub(crate) fn new() -> Self {
        let (_until_dropped, receiver) = std::sync::mpsc::channel::<()>();
        drop(tokio::task::spawn_blocking(move || receiver.recv()));
        tokio::time::pause();
        Self { _until_dropped }
    }

    /// Lets so many seconds pass, and a little: timers are rounded up to milliseconds.
    pub(crate) async fn pass(&self, seconds: u64) {
        tokio::time::advance(Duration::from_millis(seconds * 1000 + 1)).await;
    }
}

/// A client that speaks this version of TLS only.
pub(crate) fn only_with(
    version: &'static SupportedProtocolVersion,
    sim: &Mailsim,
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(sim.ca_pem().as_bytes()).unwrap();
    roots.add(authority).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap();
    Arc::new(config.with_root_certificates(roots).with_no_client_auth())
}

pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

pub(crate) struct Client(BufReader<Box<dyn Stream>>);

impl Client {
    /// Connects by TLS and reads the greeting.
    pub(crate) async fn connect(sim: &Mailsim) -> Self {
        let config = certs::client_config(sim.ca_pem()).unwrap();
        Self::connect_with(sim, config, "localhost").await
    }

    /// The same with this configuration, to a server of this name.
    pub(crate) async fn connect_with(
        sim: &Mailsim,
        config: Arc<ClientConfig>,
        name: &'static str,
    ) -> Self {
        let stream = TcpStream::connect(sim.addr()).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(config);
        let name = name.try_into().unwrap();
        Self::greeted(Box::new(connector.connect(name, stream).await.unwrap())).await
    }

    /// Connects in plaintext and reads the greeting.
    pub(crate) async fn connect_plain(sim: &Mailsim) -> Self {
        Self::greeted(Box::new(TcpStream::connect(sim.addr()).await.unwrap())).await
    }

    async fn greeted(stream: Box<dyn Stream>) -> Self {
        let mut client = Self(BufReader::new(stream));
        let greeting = client.line().await;
        assert!(greeting.starts_with("* OK "), "{greeting}");
        client
    }

    /// `C: …` is sent, `S: …` must come, line by line, as in the RFCs. `…` at the end of a line of the
    /// server stands for anything.
    pub(crate) async fn transcript(&mut self, transcript: &str) {
        for step in transcript
            .lines()
            .map(str::trim)
            .filter(|step| !step.is_empty())
        {
            if let Some(sent) = step.strip_prefix("C:") {
                self.send(&format!("{}\r\n", sent.trim_start())).await;
                continue;
            }
            let expected = step.strip_prefix("S:").unwrap().trim_start();
            let line = self.line().await;
            let fits = match expected.strip_suffix('…') {
                Some(start) => line.starts_with(start),
                None => line == expected,
            };
            assert!(fits, "expected {expected:?}, got {line:?}");
        }
    }

    /// Begins an IDLE with the tag `i`.
    pub(crate) async fn idle(&mut self) {
        self.transcript("C: i IDLE\n S: + idling").await;
    }

    /// Closes the sending side; all that the server sends until it hangs up.
    pub(crate) async fn rest(mut self) -> String {
        self.0.shutdown().await.unwrap();
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).await.unwrap();
        String::from_utf8_lossy(&rest).into_owned()
    }

    pub(crate) async fn login(&mut self, user: &str) {
        let answer = self.command(&format!("LOGIN {user} secret")).await;
        assert!(answer.contains("t OK"), "{answer}");
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

    /// Reads on; whether that was the end of the connection and not a line.
    pub(crate) async fn hung_up(&mut self) -> bool {
        let mut line = String::new();
        matches!(self.0.read_line(&mut line).await, Ok(0) | Err(_))
    }

    /// Waits for the server to hang up.
    pub(crate) async fn is_closed(&mut self) -> bool {
        let mut line = String::new();
        let read = tokio::time::timeout(Duration::from_secs(10), self.0.read_line(&mut line));
        matches!(read.await, Ok(Ok(0) | Err(_)))
    }
}
