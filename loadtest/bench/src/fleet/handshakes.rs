//! As many connections to the mail server as a takeover makes, with nothing around them.

use crate::rig::CONNECTING;
use crate::rig::operator::PASSWORD;
use anyhow::Context as _;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use pushmail_domain::Clock as _;
use pushmail_mailsim::{Mailsim, certs};
use pushmail_runtime::SystemClock;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;

type Connection = BufStream<TlsStream<TcpStream>>;

/// How long TCP, TLS and LOGIN take for all users, as many at the same time as a watcher allows itself.
/// All stay connected until the last one is.
pub(super) async fn measure(server: &Mailsim, users: &[String]) -> anyhow::Result<Duration> {
    let connector = TlsConnector::from(certs::client_config(server.ca_pem())?);
    let begun = SystemClock.elapsed();
    let logins = stream::iter(users).map(|user| login(server, &connector, user));
    let connections: Vec<Connection> = logins.buffer_unordered(CONNECTING).try_collect().await?;
    let took = SystemClock.elapsed().saturating_sub(begun);
    drop(connections);
    Ok(took)
}

async fn login(
    server: &Mailsim,
    connector: &TlsConnector,
    user: &str,
) -> anyhow::Result<Connection> {
    let stream = TcpStream::connect(server.addr()).await?;
    stream.set_nodelay(true)?;
    let name = ServerName::try_from("localhost")?;
    let mut stream = BufStream::new(connector.connect(name, stream).await?);
    let login = format!("a LOGIN {user} {PASSWORD}\r\n");
    stream.write_all(login.as_bytes()).await?;
    stream.flush().await?;
    let mut line = String::new();
    while !line.starts_with("a ") {
        line.clear();
        let read = stream.read_line(&mut line).await?;
        anyhow::ensure!(read > 0, "the connection ended");
    }
    line.starts_with("a OK").then_some(stream).context(line)
}
