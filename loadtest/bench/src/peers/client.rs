//! Mailboxes watched as programs on async-imap do it: a task for each connection.

use crate::child;
use crate::clients::{Connect, Connected};
use crate::rig::CONNECTING;
use crate::rig::operator::PASSWORD;
use anyhow::Context as _;
use async_imap::Client;
use clap::Args;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinSet, block_in_place};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::HandshakeKind;
use tokio_rustls::rustls::pki_types::ServerName;

/// Connections by async-imap and tokio-rustls, led by lines on standard input, until that ends.
#[derive(Debug, Args)]
pub(crate) struct PeerClientArgs {}

pub(crate) fn run(_: &PeerClientArgs) -> anyhow::Result<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    // On a task, so that it may block.
    runtime.block_on(async { tokio::spawn(serve()).await })??;
    Ok(true)
}

async fn serve() -> anyhow::Result<()> {
    child::say(&())?;
    let handle = tokio::runtime::Handle::current();
    block_in_place(|| {
        let mut connected = JoinSet::new();
        for order in child::orders() {
            connected.abort_all();
            let resumed;
            (connected, resumed) = handle.block_on(connect(&order?))?;
            child::say(&Connected { resumed })?;
        }
        Ok(())
    })
}

/// The tasks of the connections, all in IDLE, and how many of these resumed a TLS session.
async fn connect(order: &Connect) -> anyhow::Result<(JoinSet<anyhow::Result<()>>, usize)> {
    let connectors: Vec<TlsConnector> = order.tls()?.into_iter().map(TlsConnector::from).collect();
    let (parked, mut all_parked) = mpsc::unbounded_channel();
    let gate = Arc::new(Semaphore::new(CONNECTING));
    let mut tasks = JoinSet::new();
    for (at, user) in order.each() {
        let (connector, port) = (connectors[at].clone(), order.places[at].port);
        let (parked, gate) = (parked.clone(), gate.clone());
        tasks.spawn(async move {
            let permit = gate.acquire_owned().await?;
            let stream = TcpStream::connect(("127.0.0.1", port)).await?;
            stream.set_nodelay(true)?;
            let name = ServerName::try_from("localhost")?;
            let stream = connector.connect(name, stream).await?;
            let is_resumed = stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed);
            let mut client = Client::new(stream);
            client.read_response().await?.context("no greeting")?;
            let session = client.login(&user, PASSWORD).await;
            let mut session = session.map_err(|(error, _)| error)?;
            session.select("INBOX").await?;
            let mut idle = session.idle();
            idle.init().await?;
            drop(permit);
            parked.send(is_resumed)?;
            let (news, _stop) = idle.wait();
            news.await?;
            Ok(())
        });
    }
    let mut resumed = 0;
    for _ in 0..order.count {
        tokio::select! {
            Some(is_resumed) = all_parked.recv() => resumed += usize::from(is_resumed),
            Some(ended) = tasks.join_next() => anyhow::bail!("a connection ended: {:?}", ended?),
        }
    }
    Ok((tasks, resumed))
}
