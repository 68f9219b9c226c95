//! What all connections share, and the loop that accepts them.

use crate::accounts::Accounts;
use crate::mailbox::{Announcement, Mailbox};
use crate::session::Session;
use pushmail_domain::Clock;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

pub(crate) struct Server {
    pub(crate) accounts: Accounts,
    pub(crate) clock: Arc<dyn Clock>,
    /// How many connections are in IDLE.
    pub(crate) idling: watch::Sender<usize>,
    mailboxes: Mutex<HashMap<String, Arc<Mailbox>>>,
    announcements: Mutex<Vec<Announcement>>,
    stop: CancellationToken,
    /// Ends the connections of now; replaced when it fires. A child of `stop`.
    connections: Mutex<CancellationToken>,
}

impl Server {
    pub(crate) fn new(accounts: Accounts, clock: Arc<dyn Clock>, stop: CancellationToken) -> Self {
        Self {
            connections: Mutex::new(stop.child_token()),
            stop,
            accounts,
            clock,
            idling: watch::Sender::new(0),
            mailboxes: Mutex::default(),
            announcements: Mutex::default(),
        }
    }

    /// The user's mailbox, made at first sight.
    pub(crate) fn mailbox(&self, user: &str) -> Arc<Mailbox> {
        let mut mailboxes = lock(&self.mailboxes);
        if let Some(mailbox) = mailboxes.get(user) {
            return Arc::clone(mailbox);
        }
        let mailbox = Arc::new(Mailbox::new(user));
        mailboxes.insert(user.to_owned(), Arc::clone(&mailbox));
        mailbox
    }

    pub(crate) fn total_messages(&self) -> usize {
        let mailboxes = lock(&self.mailboxes);
        mailboxes.values().map(|mailbox| mailbox.count()).sum()
    }

    /// Notes that an EXISTS of `count` is about to be written.
    pub(crate) fn announce(&self, mailbox: &Mailbox, count: usize) {
        let announced = mailbox.announce(count, self.clock.now());
        if !announced.is_empty() {
            lock(&self.announcements).extend(announced);
        }
    }

    pub(crate) fn take_announcements(&self) -> Vec<Announcement> {
        std::mem::take(&mut *lock(&self.announcements))
    }

    pub(crate) fn disconnect_all(&self) {
        std::mem::replace(&mut *lock(&self.connections), self.stop.child_token()).cancel();
    }

    fn connection_token(&self) -> CancellationToken {
        lock(&self.connections).clone()
    }
}

/// Counts one connection as idling for as long as it lives.
pub(crate) struct Idling<'a>(&'a watch::Sender<usize>);

impl<'a> Idling<'a> {
    pub(crate) fn enter(count: &'a watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count)
    }
}

impl Drop for Idling<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// Accepts connections until the server is stopped.
pub(crate) async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, server: Arc<Server>) {
    loop {
        let accepted = tokio::select! {
            biased;
            () = server.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let token = server.connection_token();
                let connection = serve(stream, tls.clone(), Arc::clone(&server));
                tokio::spawn(async move { token.run_until_cancelled(connection).await });
            }
            Err(error) => {
                // Out of descriptors, most likely: wait for some to be closed.
                tracing::warn!(%error, "the simulated mail server cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, tls: Option<TlsAcceptor>, server: Arc<Server>) {
    let served = async {
        stream.set_nodelay(true)?;
        match tls {
            None => Session::new(stream, server).run().await,
            Some(acceptor) => {
                let stream = acceptor.accept(stream).await?;
                // On the heap: a parked task then costs what it holds, not the largest state.
                Box::pin(Session::new(stream, server).run()).await
            }
        }
    };
    if let Err(error) = served.await {
        tracing::debug!(%error, "a connection to the simulated mail server ended");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
