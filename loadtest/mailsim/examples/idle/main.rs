//! What an idle connection takes: `cargo run --release --example idle -- [CONNECTIONS [PROFILE|eas [plain]]]`.
//!
//! A server in a process of its own; clients that log in, EXAMINE INBOX and IDLE, each a user of its own; with `eas`,
//! clients that provision, synchronise their inbox and wait by Ping. Prints the
//! server's own memory (`RssAnon`) per connection: over all of them, and between the first half and the second, which leaves
//! out what the server takes once.

mod eas;
mod imap;
mod server;

use pushmail_domain::{Clock, Timestamp};
use server::Server;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// How many clients log in at the same time.
const AT_ONCE: usize = 16;

/// No time passes.
pub(crate) struct Still;

/// What is spoken.
pub(crate) enum Protocol {
    /// IMAP, as this profile has it.
    Imap(String),
    /// ActiveSync.
    Eas,
}

impl Protocol {
    pub(crate) fn of(name: &str) -> Self {
        match name {
            "eas" => Self::Eas,
            profile => Self::Imap(profile.to_owned()),
        }
    }
}

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(0)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["serve", protocol, encrypted] => server::serve(protocol, *encrypted == "true").await,
        args => {
            let count = args.first().map_or(Ok(4000), |count| count.parse())?;
            let protocol = args.get(1).unwrap_or(&"plain");
            measure(count, protocol, args.get(2) != Some(&"plain")).await
        }
    }
}

async fn measure(count: usize, protocol: &str, encrypted: bool) -> anyhow::Result<()> {
    let mut server = Server::start(protocol, encrypted).await?;
    let mut clients = Vec::new();
    let empty = server.memory()?;
    idle(&server, protocol, &mut clients, count / 2).await?;
    server.wait_idling(count / 2).await?;
    let half = server.memory()?;
    idle(&server, protocol, &mut clients, count).await?;
    server.wait_idling(count).await?;
    let all = server.memory()?;
    println!(
        "{count} connections, {protocol}, TLS {encrypted}: {} bytes each, {} bytes each of the second half",
        (all - empty) / count,
        all.saturating_sub(half) / (count - count / 2),
    );
    Ok(())
}

/// Connects until there are `count` clients.
async fn idle(
    server: &Server,
    protocol: &str,
    clients: &mut Vec<Box<dyn Stream>>,
    count: usize,
) -> anyhow::Result<()> {
    while clients.len() < count {
        let first = clients.len();
        let users = first..count.min(first + AT_ONCE);
        let tasks: Vec<_> = users
            .map(|user| {
                let (protocol, connector) = (Protocol::of(protocol), server.connector.clone());
                tokio::spawn(connect(user, protocol, server.port, connector))
            })
            .collect();
        for task in tasks {
            clients.push(task.await??);
        }
    }
    Ok(())
}

async fn connect(
    user: usize,
    protocol: Protocol,
    port: u16,
    connector: Option<tokio_rustls::TlsConnector>,
) -> anyhow::Result<Box<dyn Stream>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let mut stream: Box<dyn Stream> = match connector {
        None => Box::new(stream),
        Some(connector) => Box::new(connector.connect("localhost".try_into()?, stream).await?),
    };
    let user = format!("user{user}@tenant1.test");
    match protocol {
        Protocol::Eas => eas::wait(&mut stream, &user).await?,
        Protocol::Imap(_) => imap::wait(&mut stream, &user).await?,
    }
    Ok(stream)
}
