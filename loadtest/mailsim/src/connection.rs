//! A connection's way: accepted, served by a task, parked, served again.

use crate::line::Line;
use crate::park::{Call, Parked};
use crate::server::Server;
use crate::session::Session;
use rustls::ServerConfig;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Accepts connections until the server is stopped.
pub(crate) async fn accept(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    server: Arc<Server>,
) {
    loop {
        let accepted = tokio::select! {
            biased;
            () = server.stopped() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let begun = begin(stream, tls.clone(), Arc::clone(&server));
                let token = server.connection_token();
                drop(tokio::spawn(async move { serve(begun, &token).await }));
            }
            Err(error) => {
                // Out of descriptors, most likely: wait for some to be closed.
                tracing::warn!(%error, "the simulated mail server cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Brings TLS up, if it is wanted.
async fn begin(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    server: Arc<Server>,
) -> io::Result<Session<Line>> {
    stream.set_nodelay(true)?;
    let line = match tls {
        None => Line::plain(stream),
        Some(config) => Line::secured(stream, config).await?,
    };
    Ok(Session::new(line, server))
}

/// Serves a connection that was parked.
pub(crate) async fn resume(parked: Box<Parked>, call: Call) {
    let Parked { session, token } = *parked;
    serve(async { session.resumed(call) }, &token).await;
}

/// Serves a connection until it ends or can be parked.
async fn serve(
    session: impl Future<Output = io::Result<Session<Line>>>,
    token: &CancellationToken,
) {
    let served = async {
        // On the heap: a task then costs what it holds, not the largest state.
        match Box::pin(session.await?.converse()).await? {
            Some(session) => session.park(token.clone()),
            None => Ok(()),
        }
    };
    if let Some(Err(error)) = token.run_until_cancelled(served).await {
        tracing::debug!(%error, "a connection to the simulated mail server ended");
    }
}
