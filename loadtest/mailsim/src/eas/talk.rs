//! What is said on a connection.

use super::answer::Answer;
use super::dispatch::{Outcome, dispatch};
use super::pending::Pending;
use super::request::Request;
use super::sleeper::Sleeper;
use super::visitor::Visitor;
use crate::line::Line;
use crate::listen::Newcomer;
use crate::server::Server;
use bytes::BytesMut;
use std::io;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A connection that a task serves.
pub(super) struct Talk {
    pub(super) line: Line,
    pub(super) server: Arc<Server>,
    /// Ends the connection.
    pub(super) token: CancellationToken,
    pub(super) input: BytesMut,
    pub(super) visitor: Option<Visitor>,
}

/// Serves a connection that is new.
pub(crate) async fn serve(newcomer: Newcomer, server: Arc<Server>) {
    let Newcomer { stream, tls, token } = newcomer;
    let ends = token.clone();
    let served = async {
        let line = Line::open(stream, tls).await?;
        let talk = Talk {
            line,
            server,
            token,
            input: BytesMut::new(),
            visitor: None,
        };
        Box::pin(talk.go_on()).await
    };
    // On the heap: a task of this size leaves holes that nothing else fills.
    until(&ends, Box::pin(served)).await;
}

/// Serves a connection until it ends, or is to.
pub(super) async fn until(token: &CancellationToken, served: impl Future<Output = io::Result<()>>) {
    if let Some(Err(error)) = token.run_until_cancelled(served).await {
        tracing::debug!(%error, "a connection to the simulated ActiveSync server ended");
    }
}

impl Talk {
    /// Answers requests until either side ends the connection, or until one has to wait.
    pub(super) async fn go_on(mut self) -> io::Result<()> {
        while let Some(request) = self.next_request().await? {
            let keep_alive = request.keep_alive;
            match dispatch(&self.server, &mut self.visitor, &request) {
                Outcome::Say(answer) => {
                    if !self.say(answer, keep_alive).await? {
                        break;
                    }
                }
                Outcome::Wait(pending) => return self.wait(pending),
                Outcome::Hang => self.hang().await?,
            }
        }
        self.line.shutdown().await
    }

    /// Sends the answer that was waited for, and answers requests.
    pub(super) async fn go_on_after(mut self, answer: Answer, keep_alive: bool) -> io::Result<()> {
        match self.say(answer, keep_alive).await? {
            true => self.go_on().await,
            false => self.line.shutdown().await,
        }
    }

    /// Sends an answer; whether another request may follow.
    async fn say(&mut self, mut answer: Answer, keep_alive: bool) -> io::Result<bool> {
        answer.close |= !keep_alive;
        let bytes = answer.encode(self.server.eas.config.chunked);
        self.line.write_all(&bytes).await?;
        Ok(!answer.close && !answer.hang_up)
    }

    /// Goes to sleep until there is an answer.
    fn wait(self, pending: Pending) -> io::Result<()> {
        Sleeper::of(self, pending)?.map_or(Ok(()), Sleeper::park)
    }

    /// Says nothing more, and hears until the client hangs up.
    async fn hang(&mut self) -> io::Result<()> {
        while self.line.read(&mut self.input).await? {
            self.input.clear();
        }
        Ok(())
    }

    /// The next request; none when the client says nothing more, or nothing that can be understood.
    async fn next_request(&mut self) -> io::Result<Option<Request>> {
        loop {
            match Request::take(&mut self.input) {
                Ok(Some(request)) => return Ok(Some(request)),
                Ok(None) => {}
                Err(status) => {
                    self.say(Answer::last(status), false).await?;
                    return Ok(None);
                }
            }
            // What waits for a request holds no memory for it.
            if self.input.is_empty() {
                self.input = BytesMut::new();
            }
            if !self.line.read(&mut self.input).await? {
                return Ok(None);
            }
        }
    }
}
