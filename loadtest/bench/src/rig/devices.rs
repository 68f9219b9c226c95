//! Devices: the project's own client, many of them, in this process.

use super::PATIENCE;
use super::process::Process;
use anyhow::Context as _;
use async_trait::async_trait;
use pushmail_device::{
    BackoffConfig, Config, Deps, Handler, HandlerError, MemoryStore, Notice, Received, run,
};
use pushmail_domain::{Secret, Timestamp};
use pushmail_proto::v1::event::Kind;
use pushmail_proto::{convert, v1};
use pushmail_runtime::{SystemClock, SystemEntropy};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A mail that came to a device, for the first time.
pub(crate) struct Came {
    /// Its Message-ID without brackets.
    pub(crate) message_id: String,
    /// When the gateway learned of it.
    pub(crate) detected_at: Timestamp,
    /// When the gateway had read its head.
    pub(crate) fetched_at: Timestamp,
    /// When the log took its event.
    pub(crate) logged_at: Timestamp,
    pub(crate) received_at: Timestamp,
}

/// What a device has to say.
enum Said {
    Connected,
    Came(Came),
    Gap,
}

/// Devices that are connected; they leave when this is dropped.
pub(crate) struct Devices {
    said: mpsc::UnboundedReceiver<Said>,
    /// How often a device was told that events may be missing.
    pub(crate) gaps: u64,
    _running: JoinSet<()>,
    _stop: DropGuard,
}

impl Devices {
    /// A device for each token, spread evenly over the processes; all are connected when this returns.
    pub(crate) async fn connect(tokens: &[String], to: &[Process]) -> anyhow::Result<Self> {
        let stop = CancellationToken::new();
        let (sender, said) = mpsc::unbounded_channel();
        let mut running = JoinSet::new();
        for (token, process) in tokens.iter().zip(to.iter().cycle()) {
            let config = Config {
                endpoint: format!("http://{}", process.grpc()),
                ca_pem: None,
                token: Secret::new(token.clone()),
                backoff: BackoffConfig::default(),
            };
            let (mut device, stop) = (Device(sender.clone()), stop.clone());
            running.spawn(async move {
                let deps = Deps {
                    clock: Arc::new(SystemClock),
                    entropy: Arc::new(SystemEntropy),
                };
                let store = Box::new(MemoryStore::default());
                if let Err(error) = run(config, deps, store, &mut device, stop).await {
                    eprintln!("a device gave up: {error}");
                }
            });
        }
        let mut devices = Self {
            said,
            gaps: 0,
            _running: running,
            _stop: stop.drop_guard(),
        };
        for _ in tokens {
            while !matches!(devices.next().await?, Said::Connected) {}
        }
        Ok(devices)
    }

    /// The next mail that came to any of them.
    pub(crate) async fn mail(&mut self) -> anyhow::Result<Came> {
        loop {
            match self.next().await? {
                Said::Came(came) => return Ok(came),
                Said::Gap => self.gaps += 1,
                Said::Connected => {}
            }
        }
    }

    async fn next(&mut self) -> anyhow::Result<Said> {
        let next = tokio::time::timeout(PATIENCE, self.said.recv()).await;
        next.context("devices wait in vain")?
            .context("all devices gave up")
    }
}

struct Device(mpsc::UnboundedSender<Said>);

#[async_trait]
impl Handler for Device {
    async fn event(&mut self, received: Received) -> Result<(), HandlerError> {
        let v1::Event {
            detected_at,
            fetched_at,
            logged_at,
            kind,
            ..
        } = received.event;
        let time = |at: Option<_>| at.as_ref().and_then(convert::timestamp_from);
        if let Some(Kind::MessageNew(new)) = kind
            && !received.duplicate
        {
            drop(self.0.send(Said::Came(Came {
                message_id: new.message.unwrap_or_default().message_id,
                detected_at: time(detected_at).unwrap_or_default(),
                fetched_at: time(fetched_at).unwrap_or_default(),
                logged_at: time(logged_at).unwrap_or_default(),
                received_at: received.received_at,
            })));
        }
        Ok(())
    }

    fn notice(&mut self, notice: Notice) {
        let said = match notice {
            Notice::Connected { .. } => Said::Connected,
            Notice::Gap { .. } => Said::Gap,
            Notice::Disconnected { .. } => return,
        };
        drop(self.0.send(said));
    }
}
