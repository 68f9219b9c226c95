//! A way from one part to another that a test can cut, stall, or hold publishes back on.

mod frames;
mod hold;
mod pump;

pub use hold::{Answer, Late};

use hold::Hold;
use pump::Way;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// How long a target may take to accept.
const CONNECT: Duration = Duration::from_secs(2);

/// What happens to the bytes on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// They pass.
    Pass,
    /// They wait, in both directions: connections stay, new ones are accepted, and nothing is heard.
    Stall,
    /// Connections end, and new ones end at once.
    Refuse,
}

/// A TCP proxy on a loopback port. Dropping it ends its connections.
pub struct Proxy {
    addr: SocketAddr,
    mode: watch::Sender<Mode>,
    hold: Arc<Hold>,
    accepting: AbortHandle,
}

impl Proxy {
    /// A proxy to the first of the targets that accepts, beginning with another one each time. Needs
    /// a tokio runtime.
    ///
    /// # Panics
    /// When no loopback port is free.
    pub async fn start(targets: Vec<SocketAddr>) -> Self {
        Self::with(targets, false).await
    }

    /// The same for NATS without TLS, whose publishes can be held back.
    ///
    /// # Panics
    /// As [`Proxy::start`].
    pub async fn of_nats(target: SocketAddr) -> Self {
        Self::with(vec![target], true).await
    }

    async fn with(targets: Vec<SocketAddr>, reads_nats: bool) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("a loopback port is free");
        let addr = listener.local_addr().expect("a listener has an address");
        let (mode, modes) = watch::channel(Mode::Pass);
        let hold = Arc::new(Hold::default());
        let way = Way {
            modes,
            hold: Arc::clone(&hold),
            reads_nats,
        };
        let accepting = tokio::spawn(accept(listener, targets, way)).abort_handle();
        Self {
            addr,
            mode,
            hold,
            accepting,
        }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What happens from now on.
    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// From now on keeps back what clients publish to subjects that begin with this; all else passes.
    pub fn hold(&self, subjects: &str) {
        self.hold.begin(subjects);
    }

    /// How many publishes are held back.
    pub fn held(&self) -> usize {
        self.hold.count()
    }

    /// Forgets what is held back, and holds no more.
    pub fn discard(&self) {
        self.hold.end();
    }

    /// Sends on what is held back, in order and on the connections on which it came, and holds no
    /// more; then waits, for so long at most, for the server's answers.
    pub async fn release(&self, patience: Duration) -> Vec<Late> {
        self.hold.release(patience).await
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, targets: Vec<SocketAddr>, way: Way) {
    let turn = Arc::new(AtomicUsize::new(0));
    let targets = Arc::new(targets);
    // Ends its tasks when this one is aborted.
    let mut connections = JoinSet::new();
    loop {
        let Ok((client, _)) = listener.accept().await else {
            continue;
        };
        while connections.try_join_next().is_some() {}
        let (targets, turn, way) = (Arc::clone(&targets), Arc::clone(&turn), way.clone());
        connections.spawn(async move {
            way.clone()
                .until_refused(connect(client, &targets, &turn, way))
                .await;
        });
    }
}

async fn connect(client: TcpStream, targets: &[SocketAddr], turn: &AtomicUsize, way: Way) {
    way.clone().passing().await;
    let first = turn.fetch_add(1, Ordering::Relaxed);
    for step in 0..targets.len() {
        let target = targets[(first + step) % targets.len()];
        if let Ok(Ok(server)) = tokio::time::timeout(CONNECT, TcpStream::connect(target)).await {
            pump::both(client, server, way).await;
            return;
        }
    }
}
