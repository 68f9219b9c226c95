//! Runs a [`Flow`] over a [`Connection`].

use crate::dial::Connection;
use crate::flow::{Change, Flow, Moment, Output};
use async_trait::async_trait;
use pushmail_domain::{Clock, Endpoint, Fault, FaultKind};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

/// At most this many bytes are read at once, and handed to the flow in one call.
const SCRATCH: usize = 16 * 1024;

/// At most this many changes are handed to the sink at once.
pub const MAX_BATCH: usize = 64;

/// A server that takes no bytes for this long is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a goodbye may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// The runtime's timers stand still while the machine is paused and the [`Clock`] does not, so that
/// deadlines are looked at no more seldom than this.
const MAX_SLEEP: Duration = Duration::from_secs(60);

/// Takes what a flow saw.
#[async_trait]
pub trait Sink: Send {
    /// Takes 1 to [`MAX_BATCH`] changes, in order. Until it returns nothing more is read from the
    /// server, and a stop waits for it: it has to end by itself.
    ///
    /// # Errors
    ///
    /// Ends the connection with that fault. The changes count as not taken.
    async fn accept(&mut self, changes: Vec<Change>) -> Result<(), Fault>;
}

/// How a connection ended.
#[derive(Debug)]
pub enum Ended {
    /// Something went wrong, or the server closed.
    Fault(Fault),
    /// As asked, by the token.
    Stopped,
}

impl From<Fault> for Ended {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Runs `flow` over `connection` until it ends or `stop` is cancelled, then closes the connection.
///
/// Changes that one read brought reach the sink in one call. While the flow is parked no buffer is held.
pub async fn drive(
    flow: &mut dyn Flow,
    connection: Connection,
    sink: &mut dyn Sink,
    clock: &dyn Clock,
    stop: &CancellationToken,
) -> Ended {
    let mut driver = Driver {
        flow,
        sink,
        clock,
        stop,
        endpoint: connection.endpoint().clone(),
        connection: Some(connection),
        scratch: Vec::new(),
        parked: false,
        ticked: None,
    };
    let ended = driver.run().await;
    driver.close().await;
    ended
}

struct Driver<'a> {
    flow: &'a mut dyn Flow,
    sink: &'a mut dyn Sink,
    clock: &'a dyn Clock,
    stop: &'a CancellationToken,
    endpoint: Endpoint,
    /// `None` after a failed start of TLS.
    connection: Option<Connection>,
    scratch: Vec<u8>,
    parked: bool,
    /// The deadline of the last tick, so that a flow that keeps it is not ticked without end.
    ticked: Option<Duration>,
}

/// What a wait brought.
enum Woken {
    Time,
    Read(io::Result<usize>),
}

impl Driver<'_> {
    async fn run(&mut self) -> Ended {
        loop {
            if let Err(ended) = self.turn().await {
                return ended;
            }
        }
    }

    async fn turn(&mut self) -> Result<(), Ended> {
        self.settle().await?;
        if self.tick_if_due() {
            return Ok(());
        }
        match self.wait().await? {
            Woken::Time => Ok(()),
            Woken::Read(Ok(0)) => self.closed(None).await,
            Woken::Read(Ok(length)) => {
                self.parked = false;
                connected(&mut self.connection)?.acknowledge_at_once();
                let at = self.moment();
                self.flow.receive(&self.scratch[..length], at);
                Ok(())
            }
            Woken::Read(Err(error)) if is_close(&error) => self.closed(Some(error)).await,
            Woken::Read(Err(error)) => Err(broken(&self.endpoint, error).into()),
        }
    }

    /// Does what the flow wants done, until it wants no more.
    async fn settle(&mut self) -> Result<(), Ended> {
        let mut batch = Vec::new();
        while let Some(output) = self.flow.next_output() {
            if let Output::Change(change) = output {
                batch.push(change);
                if batch.len() == MAX_BATCH {
                    self.hand_over(&mut batch).await?;
                }
                continue;
            }
            self.hand_over(&mut batch).await?;
            match output {
                Output::Send(bytes) => self.send(Zeroizing::new(bytes)).await?,
                Output::StartTls => self.start_tls().await?,
                Output::Park => self.parked = true,
                Output::Finished(fault) => return Err(fault.into()),
                Output::Change(_) => {}
            }
        }
        self.hand_over(&mut batch).await
    }

    async fn hand_over(&mut self, batch: &mut Vec<Change>) -> Result<(), Ended> {
        if batch.is_empty() {
            return Ok(());
        }
        Ok(self.sink.accept(std::mem::take(batch)).await?)
    }

    async fn send(&mut self, bytes: Zeroizing<Vec<u8>>) -> Result<(), Ended> {
        self.parked = false;
        let connection = connected(&mut self.connection)?;
        let write = async {
            connection.write_all(&bytes).await?;
            connection.flush().await?;
            connection.acknowledge_at_once();
            Ok(())
        };
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Ended::Stopped),
            written = timeout(WRITE_TIMEOUT, write) => match written {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(broken(&self.endpoint, error).into()),
                Err(elapsed) => Err(silent(&self.endpoint).caused_by(elapsed).into()),
            },
        }
    }

    async fn start_tls(&mut self) -> Result<(), Ended> {
        let plain = self.connection.take().ok_or_else(gone)?;
        let secured = tokio::select! {
            biased;
            () = self.stop.cancelled() => return Err(Ended::Stopped),
            secured = plain.start_tls() => secured?,
        };
        self.connection = Some(secured);
        let at = self.moment();
        self.flow.secured(at);
        Ok(())
    }

    fn tick_if_due(&mut self) -> bool {
        let at = self.moment();
        let due = self
            .flow
            .deadline()
            .filter(|deadline| *deadline <= at.elapsed && self.ticked != Some(*deadline));
        if due.is_some() {
            self.ticked = due;
            self.flow.tick(at);
        }
        due.is_some()
    }

    async fn wait(&mut self) -> Result<Woken, Ended> {
        let elapsed = self.clock.elapsed();
        let pause = match self.flow.deadline() {
            Some(deadline) if deadline > elapsed => (deadline - elapsed).min(MAX_SLEEP),
            _ => MAX_SLEEP,
        };
        let connection = connected(&mut self.connection)?;
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Ended::Stopped),
            read = read(connection, &mut self.scratch, self.parked) => Ok(Woken::Read(read)),
            () = sleep(pause) => Ok(Woken::Time),
        }
    }

    /// The server closed: what the flow still has to say comes first.
    async fn closed(&mut self, error: Option<io::Error>) -> Result<(), Ended> {
        let at = self.moment();
        self.flow.closed(at);
        self.settle().await?;
        let endpoint = &self.endpoint;
        let fault = Fault::new(
            FaultKind::Closed,
            format!("{endpoint} closed the connection"),
        );
        Err(match error {
            Some(error) => fault.caused_by(error),
            None => fault,
        }
        .into())
    }

    /// Says goodbye (close_notify, FIN) as far as the server lets us.
    async fn close(&mut self) {
        if let Some(connection) = &mut self.connection
            && let Ok(Err(error)) = timeout(CLOSE_TIMEOUT, connection.shutdown()).await
        {
            tracing::trace!(endpoint = %self.endpoint, %error, "the connection was closed without a goodbye");
        }
    }

    fn moment(&self) -> Moment {
        Moment {
            now: self.clock.now(),
            elapsed: self.clock.elapsed(),
        }
    }
}

/// Reads into `scratch`, which is allocated only while there may be something to read.
async fn read(
    connection: &mut Connection,
    scratch: &mut Vec<u8>,
    parked: bool,
) -> io::Result<usize> {
    loop {
        scratch.resize(SCRATCH, 0);
        if !parked {
            return connection.read(scratch).await;
        }
        // What TLS already holds decrypted makes no socket readable: it has to be asked for first.
        if let Poll::Ready(read) = read_now(connection, scratch).await {
            return read;
        }
        *scratch = Vec::new();
        connection.readable().await?;
    }
}

async fn read_now(connection: &mut Connection, scratch: &mut [u8]) -> Poll<io::Result<usize>> {
    poll_fn(|cx| {
        let mut into = ReadBuf::new(scratch);
        let polled = Pin::new(&mut *connection).poll_read(cx, &mut into);
        Poll::Ready(polled.map_ok(|()| into.filled().len()))
    })
    .await
}

fn connected(connection: &mut Option<Connection>) -> Result<&mut Connection, Fault> {
    connection.as_mut().ok_or_else(gone)
}

fn gone() -> Fault {
    Fault::new(FaultKind::Internal, "the connection was used after its end")
}

/// Ends that many servers cause on purpose: no close_notify, or a reset instead of a FIN.
fn is_close(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
    )
}

fn silent(endpoint: &Endpoint) -> Fault {
    Fault::new(FaultKind::Timeout, format!("{endpoint} stopped answering"))
}

fn broken(endpoint: &Endpoint, error: io::Error) -> Fault {
    let fault = match error.kind() {
        _ if is_close(&error) => Fault::new(
            FaultKind::Closed,
            format!("{endpoint} closed the connection"),
        ),
        io::ErrorKind::TimedOut => silent(endpoint),
        io::ErrorKind::InvalidData => Fault::new(
            FaultKind::Tls,
            format!("TLS with {endpoint} broke: {error}"),
        ),
        _ => Fault::new(
            FaultKind::Unreachable,
            format!("the connection to {endpoint} broke: {error}"),
        ),
    };
    fault.caused_by(error)
}

#[cfg(test)]
mod tests;
