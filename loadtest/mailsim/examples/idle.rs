//! What an idle connection takes: `cargo run --release --example idle -- [CONNECTIONS [PROFILE [plain]]]`.
//!
//! A server in a process of its own; clients that log in, EXAMINE INBOX and IDLE, each a user of its own. Prints the
//! server's own memory (`RssAnon`) per connection: over all of them, and between the first half and the second, which leaves
//! out what the server takes once.

use anyhow::{Context as _, bail};
use pushmail_domain::{Clock, Timestamp};
use pushmail_mailsim::{Config, Mailsim, Profile, certs};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, Lines,
};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// How many clients log in at the same time.
const AT_ONCE: usize = 16;

/// No time passes.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(0)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["serve", profile, encrypted] => serve(profile, *encrypted == "true").await,
        args => {
            let count = args.first().map_or(Ok(4000), |count| count.parse())?;
            let profile = args.get(1).unwrap_or(&"plain");
            measure(count, profile, args.get(2) != Some(&"plain")).await
        }
    }
}

/// Plays the server until standard input ends. A line asks how many connections are in IDLE.
async fn serve(profile: &str, encrypted: bool) -> anyhow::Result<()> {
    let mut config = Config::new(Arc::new(Still));
    config.profile = Profile::named(profile).context("no such profile")?;
    config.tls = encrypted;
    config.command_log = 0;
    let sim = Mailsim::start(config).await?;
    println!("{}", sim.addr().port());
    println!("{}\0", sim.ca_pem());
    tokio::task::block_in_place(|| {
        for asked in std::io::stdin().lines() {
            asked?;
            println!("{}", sim.idling());
        }
        Ok(())
    })
}

async fn measure(count: usize, profile: &str, encrypted: bool) -> anyhow::Result<()> {
    let mut server = Server::start(profile, encrypted).await?;
    let mut clients = Vec::new();
    let empty = server.memory()?;
    idle(&server, &mut clients, count / 2).await?;
    server.wait_idling(count / 2).await?;
    let half = server.memory()?;
    idle(&server, &mut clients, count).await?;
    server.wait_idling(count).await?;
    let all = server.memory()?;
    println!(
        "{count} connections, profile {profile}, TLS {encrypted}: {} bytes each, {} bytes each of the second half",
        (all - empty) / count,
        all.saturating_sub(half) / (count - count / 2),
    );
    Ok(())
}

/// A server in a process of its own.
struct Server {
    port: u16,
    connector: Option<tokio_rustls::TlsConnector>,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    process: Child,
}

impl Server {
    async fn start(profile: &str, encrypted: bool) -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["serve", profile, &encrypted.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let input = process.stdin.take().context("no input")?;
        let mut output = BufReader::new(process.stdout.take().context("no output")?);
        let (mut port, mut pem) = (String::new(), Vec::new());
        output.read_line(&mut port).await?;
        output.read_until(0, &mut pem).await?;
        output.read_line(&mut String::new()).await?;
        pem.pop();
        let tls = certs::client_config(std::str::from_utf8(&pem)?)?;
        Ok(Self {
            port: port.trim().parse()?,
            connector: encrypted.then(|| tls.into()),
            input,
            output: output.lines(),
            process,
        })
    }

    async fn wait_idling(&mut self, count: usize) -> anyhow::Result<()> {
        loop {
            self.input.write_all(b"\n").await?;
            let idling = self.output.next_line().await?;
            if idling.context("the server ended")?.parse::<usize>()? >= count {
                return Ok(());
            }
        }
    }

    /// How many bytes of memory of its own it has.
    fn memory(&self) -> anyhow::Result<usize> {
        let pid = self.process.id().context("the server ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let kib = line.and_then(|line| line.split_whitespace().next());
        Ok(kib.context("no RssAnon")?.parse::<usize>()? * 1024)
    }
}

/// Connects until there are `count` clients.
async fn idle(
    server: &Server,
    clients: &mut Vec<Box<dyn Stream>>,
    count: usize,
) -> anyhow::Result<()> {
    while clients.len() < count {
        let first = clients.len();
        let users = first..count.min(first + AT_ONCE);
        let tasks: Vec<_> = users
            .map(|user| tokio::spawn(connect(user, server.port, server.connector.clone())))
            .collect();
        for task in tasks {
            clients.push(task.await??);
        }
    }
    Ok(())
}

async fn connect(
    user: usize,
    port: u16,
    connector: Option<tokio_rustls::TlsConnector>,
) -> anyhow::Result<Box<dyn Stream>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let mut stream: Box<dyn Stream> = match connector {
        None => Box::new(stream),
        Some(connector) => Box::new(connector.connect("localhost".try_into()?, stream).await?),
    };
    expect(&mut stream, "* OK").await?;
    let login = format!("a LOGIN user{user}@tenant1.test secret\r\n");
    for (command, answer) in [
        (login.as_str(), "a OK"),
        ("b EXAMINE INBOX\r\n", "b OK"),
        ("c IDLE\r\n", "+ "),
    ] {
        stream.write_all(command.as_bytes()).await?;
        expect(&mut stream, answer).await?;
    }
    Ok(stream)
}

/// Reads until a line starts so.
async fn expect(stream: &mut Box<dyn Stream>, start: &str) -> anyhow::Result<()> {
    let mut text = String::new();
    let mut buffer = [0; 1024];
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            bail!("the server hung up");
        }
        text.push_str(std::str::from_utf8(&buffer[..length])?);
        let whole = text.ends_with("\r\n");
        if whole && text.lines().any(|line| line.starts_with(start)) {
            return Ok(());
        }
    }
}
