//! A session that waits for its client without a task.

use super::Session;
use crate::connection;
use crate::line::{Line, Waiting};
use crate::park::{Call, Guest};
use bytes::BytesMut;
use mio::net::TcpStream;
use std::io;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A session that waits.
struct Parked {
    session: Session<Waiting>,
    /// Ends the connection.
    token: CancellationToken,
}

impl Guest for Parked {
    fn socket(&mut self) -> &mut TcpStream {
        &mut self.session.stream.socket
    }

    fn deadline(&self) -> Option<Instant> {
        self.session.deadline()
    }

    fn is_over(&self) -> bool {
        self.token.is_cancelled()
    }

    fn go_on(self: Box<Self>, call: Call, runtime: &Handle) {
        let Self { session, token } = *self;
        drop(runtime.spawn(connection::resume(session, token, call)));
    }
}

impl Session<Line> {
    /// Parks it: it is quiet. The token ends its connection.
    ///
    /// # Errors
    /// If its socket cannot be waited for: the session is gone.
    pub(crate) fn park(self, token: CancellationToken) -> io::Result<()> {
        let Some(owner) = &self.owner else {
            return Err(io::Error::other("nobody logged in"));
        };
        let (user, seat, seen) = (Arc::clone(&owner.user), owner.seat, owner.seen);
        let server = Arc::clone(&self.server);
        let session = self.over(Line::into_waiting)?;
        let parked = Parked { session, token };
        server.park.put(seat, Box::new(parked))?;
        user.mailbox.parked(seat, seen);
        Ok(())
    }
}

impl Session<Waiting> {
    /// Goes on because of this call.
    ///
    /// # Errors
    /// If the runtime does not take its socket: the session is gone.
    pub(crate) fn resumed(self, call: Call) -> io::Result<Session<Line>> {
        let mut session = self.over(Line::from_waiting)?;
        session.called = call == Call::Input;
        Ok(session)
    }
}

impl<S> Session<S> {
    /// The same session over another form of its connection. Its buffers are empty, and given back.
    fn over<T>(self, form: impl FnOnce(S) -> io::Result<T>) -> io::Result<Session<T>> {
        Ok(Session {
            stream: form(self.stream)?,
            server: self.server,
            framer: self.framer,
            input: BytesMut::new(),
            output: Vec::new(),
            owner: self.owner,
            selected: self.selected,
            enabled: self.enabled,
            notify: self.notify,
            idle: self.idle,
            alive: self.alive,
            called: self.called,
            identified: self.identified,
            frozen: self.frozen,
            ended: self.ended,
        })
    }
}
