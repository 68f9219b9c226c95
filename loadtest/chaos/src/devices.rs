//! The devices: the project's own client, many of them, in this process.

use crate::history::{History, Seen};
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
use tokio_util::sync::{CancellationToken, DropGuard};

/// Devices that connect again whatever happens, through a balancer.
pub(crate) struct Devices {
    running: JoinSet<Result<(), pushmail_device::ClientError>>,
    _stop: DropGuard,
}

impl Devices {
    /// One device for each token.
    pub(crate) fn start(tokens: Vec<String>, balancer: SocketAddr, history: &Arc<History>) -> Self {
        let stop = CancellationToken::new();
        let mut running = JoinSet::new();
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
            let mut device = Device(Arc::clone(history));
            let stop = stop.clone();
            running.spawn(async move {
                let store = Box::new(MemoryStore::default());
                pushmail_device::run(config, deps, store, &mut device, stop).await
            });
        }
        let _stop = stop.drop_guard();
        Self { running, _stop }
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

struct Device(Arc<History>);

#[async_trait]
impl Handler for Device {
    async fn event(&mut self, received: Received) -> Result<(), HandlerError> {
        let mail = match received.event.kind {
            Some(Kind::MessageNew(new)) => new.message.map(|message| bare(&message.message_id)),
            _ => None,
        };
        self.0.saw(Seen::Event {
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
            Notice::Gap { account, .. } => self.0.saw(Seen::Gap { account }),
            Notice::Connected { accounts, .. } => self.0.connected(accounts),
            Notice::Disconnected { .. } => {}
        }
    }
}

/// A Message-ID without its brackets.
fn bare(message_id: &str) -> String {
    message_id.trim_matches(['<', '>']).to_owned()
}
