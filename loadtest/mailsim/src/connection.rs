//! An IMAP connection's way: served by a task, parked, served again.

use crate::line::{Line, Waiting};
use crate::listen::Newcomer;
use crate::park::Call;
use crate::server::Server;
use crate::session::Session;
use std::io;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Serves a connection that is new.
pub(crate) async fn begin(newcomer: Newcomer, server: Arc<Server>) {
    let Newcomer { stream, tls, token } = newcomer;
    let begun = async { Ok(Session::new(Line::open(stream, tls).await?, server)) };
    serve(begun, &token).await;
}

/// Serves a connection that was parked.
pub(crate) async fn resume(session: Session<Waiting>, token: CancellationToken, call: Call) {
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
