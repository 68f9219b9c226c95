//! Devices that connect again whatever happens.

use anyhow::Context as _;
use pushmail_device::{
    BackoffConfig, ClientError, Config, Deps, Handler, MemoryStore, Received, run,
};
use pushmail_domain::Secret;
use pushmail_proto::v1::event::Kind;
use pushmail_runtime::{SystemClock, SystemEntropy};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};

const BACKOFF: BackoffConfig = BackoffConfig {
    base: Duration::from_millis(100),
    cap: Duration::from_secs(1),
};

/// Where devices connect to.
#[derive(Debug, Clone)]
pub struct Place {
    /// Delivery's, or a balancer's before it: `http://…` or `https://…`.
    pub endpoint: String,
    /// The authority that is trusted, with `https`.
    pub ca_pem: Option<String>,
}

/// Devices, which end when this is dropped.
pub struct Devices {
    running: JoinSet<Result<(), ClientError>>,
    stop: CancellationToken,
    _stop: DropGuard,
}

impl Default for Devices {
    fn default() -> Self {
        let stop = CancellationToken::new();
        Self {
            running: JoinSet::new(),
            _stop: stop.clone().drop_guard(),
            stop,
        }
    }
}

impl Devices {
    /// Starts one more, which tells `handler` what it sees.
    pub fn add(&mut self, token: String, at: &Place, mut handler: impl Handler + 'static) {
        let config = Config {
            endpoint: at.endpoint.clone(),
            ca_pem: at.ca_pem.clone().map(String::into_bytes),
            token: Secret::new(token),
            backoff: BACKOFF,
        };
        let deps = Deps {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
        };
        let stop = self.stop.clone();
        self.running.spawn(async move {
            let store = Box::new(MemoryStore::default());
            run(config, deps, store, &mut handler, stop).await
        });
    }

    /// # Errors
    ///
    /// If a device gave up.
    pub fn check(&mut self) -> anyhow::Result<()> {
        match self.running.try_join_next() {
            None => Ok(()),
            Some(ended) => {
                ended?.context("a device gave up")?;
                anyhow::bail!("a device ended")
            }
        }
    }
}

/// The mail that an event announces, if it does: its Message-ID, without the brackets.
pub fn new_mail(received: &Received) -> Option<String> {
    match &received.event.kind {
        Some(Kind::MessageNew(new)) => {
            let message = new.message.as_ref()?;
            Some(message.message_id.trim_matches(['<', '>']).to_owned())
        }
        _ => None,
    }
}
