//! Where clients come from.

use crate::server::Server;
use rustls::ServerConfig;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// A client that has connected.
pub(crate) struct Newcomer {
    pub(crate) stream: TcpStream,
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// Ends the connection.
    pub(crate) token: CancellationToken,
}

/// Accepts connections until the server is stopped, and gives each to `serve`.
pub(crate) async fn accept<F>(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    server: Arc<Server>,
    serve: impl Fn(Newcomer, Arc<Server>) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        let accepted = tokio::select! {
            biased;
            () = server.stopped() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let (tls, token) = (tls.clone(), server.connection_token());
                let newcomer = Newcomer { stream, tls, token };
                drop(tokio::spawn(serve(newcomer, Arc::clone(&server))));
            }
            Err(error) => {
                // Out of descriptors, most likely: wait for some to be closed.
                tracing::warn!(%error, "the simulated mail server cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}
