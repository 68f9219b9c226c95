//! The devices: the project's own client, many of them, in this process.

use crate::history::{History, Parted, Seen};
use anyhow::Context as _;
use async_trait::async_trait;
use pushmail_device::{
    BackoffConfig, Config, Deps, Handler, HandlerError, MemoryStore, Notice, Received,
};
use pushmail_domain::Secret;
use pushmail_proto::v1::event::Kind;
use pushmail_runtime::{SystemClock, SystemEntropy};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Why a session ended, as the client says it, if the gateway sent the device away.
const SENT_AWAY: &str = "the gateway asked to connect again";

/// Devices that connect again whatever happens, through a balancer.
pub(crate) struct Devices {
    running: JoinSet<Result<(), pushmail_device::ClientError>>,
    history: Arc<History>,
    stop: CancellationToken,
    _stop: DropGuard,
}

impl Devices {
    /// One device for each token.
    pub(crate) fn start(tokens: Vec<String>, balancer: SocketAddr, history: &Arc<History>) -> Self {
        let stop = CancellationToken::new();
        let mut devices = Self {
            running: JoinSet::new(),
            history: Arc::clone(history),
            _stop: stop.clone().drop_guard(),
            stop,
        };
        devices.add(tokens, balancer);
        devices
    }

    /// One more for each token, through this balancer.
    pub(crate) fn add(&mut self, tokens: Vec<String>, balancer: SocketAddr) {
        for token in tokens {
            let config = Config {
                endpoint: format!("http://{balancer}"),
                ca_pem: None,
                token: Secret::new(token),
                backoff: BackoffConfig {
                    base: Duration::from_millis(100),
                    cap: Duration::from_secs(1),
                },
            };
            let deps = Deps {
                clock: Arc::new(SystemClock),
                entropy: Arc::new(SystemEntropy),
            };
            let mut device = Device {
                history: Arc::clone(&self.history),
                session: Session::None,
            };
            let stop = self.stop.clone();
            self.running.spawn(async move {
                let store = Box::new(MemoryStore::default());
                pushmail_device::run(config, deps, store, &mut device, stop).await
            });
        }
    }

    /// An error if a device gave up.
    pub(crate) fn check(&mut self) -> anyhow::Result<()> {
        match self.running.try_join_next() {
            None => Ok(()),
            Some(ended) => {
                ended?.context("a device gave up")?;
                anyhow::bail!("a device ended")
            }
        }
    }
}

struct Device {
    history: Arc<History>,
    session: Session,
}

/// Whether a device has a session.
enum Session {
    /// It never had one.
    None,
    Open,
    /// Not any more.
    Gone(Instant),
}

impl Device {
    fn opened(&mut self) {
        if let Session::Gone(since) = self.session {
            self.history.was_without(since.elapsed());
        }
        self.session = Session::Open;
    }

    fn ended(&mut self, why: &str) {
        let was_open = matches!(self.session, Session::Open);
        if was_open {
            self.session = Session::Gone(Instant::now());
        }
        self.history.parted(match (why == SENT_AWAY, was_open) {
            (true, _) => Parted::SentAway,
            (false, true) => Parted::Broken,
            (false, false) => Parted::Refused,
        });
    }
}

#[async_trait]
impl Handler for Device {
    async fn event(&mut self, received: Received) -> Result<(), HandlerError> {
        let mail = match received.event.kind {
            Some(Kind::MessageNew(new)) => new.message.map(|message| bare(&message.message_id)),
            _ => None,
        };
        self.history.saw(Seen::Event {
            account: received.event.account,
            event: received.event.id,
            sequence: received.sequence,
            mail,
            again: received.duplicate,
        });
        Ok(())
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Gap { account, .. } => self.history.saw(Seen::Gap { account }),
            Notice::Connected { accounts, .. } => {
                self.opened();
                self.history.connected(accounts);
            }
            Notice::Disconnected { why, .. } => self.ended(&why),
        }
    }
}

/// A Message-ID without its brackets.
fn bare(message_id: &str) -> String {
    message_id.trim_matches(['<', '>']).to_owned()
}
