//! The devices: the project's own client, many of them, in this process.

use super::ledger::Ledger;
use anyhow::Context as _;
use async_trait::async_trait;
use pushmail_device::{
    BackoffConfig, Config, Deps, Handler, HandlerError, MemoryStore, Notice, Received,
};
use pushmail_domain::Secret;
use pushmail_proto::v1::event::Kind;
use pushmail_runtime::{SystemClock, SystemEntropy};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};

const BACKOFF: BackoffConfig = BackoffConfig {
    base: Duration::from_millis(100),
    cap: Duration::from_secs(1),
};

/// Devices that connect again whatever happens.
pub(super) struct Devices {
    running: JoinSet<Result<(), pushmail_device::ClientError>>,
    connected: Arc<AtomicUsize>,
    _stop: DropGuard,
}

impl Devices {
    /// One device for each token, at this endpoint, trusting this authority. If `forgets`, one event is not taken note of.
    pub(super) fn start(
        tokens: Vec<String>,
        endpoint: &str,
        ca_pem: &str,
        ledger: &Arc<Ledger>,
        forgets: bool,
    ) -> Self {
        let stop = CancellationToken::new();
        let connected = Arc::<AtomicUsize>::default();
        let forgets = Arc::new(AtomicBool::new(forgets));
        let mut running = JoinSet::new();
        for token in tokens {
            let config = Config {
                endpoint: endpoint.to_owned(),
                ca_pem: Some(ca_pem.as_bytes().to_vec()),
                token: Secret::new(token),
                backoff: BACKOFF,
            };
            let deps = Deps {
                clock: Arc::new(SystemClock),
                entropy: Arc::new(SystemEntropy),
            };
            let mut device = Device {
                ledger: Arc::clone(ledger),
                connected: Arc::clone(&connected),
                forgets: Arc::clone(&forgets),
                has_connected: false,
            };
            let stop = stop.clone();
            running.spawn(async move {
                let store = Box::new(MemoryStore::default());
                pushmail_device::run(config, deps, store, &mut device, stop).await
            });
        }
        Self {
            running,
            connected,
            _stop: stop.drop_guard(),
        }
    }

    /// How many have connected at least once.
    pub(super) fn connected(&self) -> usize {
        self.connected.load(Ordering::Relaxed)
    }

    /// An error if a device gave up.
    pub(super) fn check(&mut self) -> anyhow::Result<()> {
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
    ledger: Arc<Ledger>,
    connected: Arc<AtomicUsize>,
    forgets: Arc<AtomicBool>,
    has_connected: bool,
}

#[async_trait]
impl Handler for Device {
    async fn event(&mut self, received: Received) -> Result<(), HandlerError> {
        let mail = match received.event.kind {
            Some(Kind::MessageNew(new)) => new.message.map(|message| {
                let bare = message.message_id.trim_matches(['<', '>']);
                bare.to_owned()
            }),
            _ => None,
        };
        if mail.is_some() && self.forgets.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        self.ledger.saw(received.event.id, received.duplicate, mail);
        Ok(())
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Gap { .. } => self.ledger.reset(),
            Notice::Connected { .. } if !self.has_connected => {
                self.has_connected = true;
                self.connected.fetch_add(1, Ordering::Relaxed);
            }
            Notice::Connected { .. } | Notice::Disconnected { .. } => {}
        }
    }
}
