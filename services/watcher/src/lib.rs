//! The watcher: owns shards, keeps one upstream connection per account, appends what it sees.
//!
//! Data flows one way: registry feed -> `shard` (fence, fold) -> `account` (connect, drive) ->
//! `announcer` (change to event) -> `publisher` (append) -> `checkpoint` (flush).

mod account;
mod announcer;
mod chain;
mod checkpoint;
mod connecting;
mod feed;
pub mod fold;
mod keep_alives;
mod memory;
mod publisher;
mod rejections;
mod retries;
mod shard;
mod shards;
mod standings;

use pushmail_credentials::Credentials;
use pushmail_domain::{Clock, Entropy, WorkerId};
use pushmail_eventlog::EventLog;
use pushmail_registry::Registry;
use pushmail_runtime::{Latch, Lifecycle, Telemetry};
use pushmail_seal::MasterKey;
use pushmail_upstream::backoff::BackoffConfig;
use pushmail_upstream::breaker::Breakers;
use pushmail_upstream::budget::LoginBudget;
use pushmail_upstream::dial::Dialer;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// How the watcher works.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// At most this many accounts connect and log in at the same time; at least 1. One tenant's
    /// accounts have at most a quarter of it, but always 1.
    pub connecting: usize,
    /// Cursors are flushed to the registry this often; at most 1 s late (invariant 1).
    #[serde(with = "pushmail_runtime::config::duration")]
    pub checkpoint_interval: Duration,
    /// The registry's feed is read at least this often, nudged or not.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub feed_interval: Duration,
    /// How long to wait before a failed account is tried again.
    pub backoff: BackoffConfig,
    /// Breaks a rule on purpose, so that the ledger test can prove that it would notice.
    #[cfg(feature = "plant")]
    #[serde(skip)]
    pub plant: Option<Plant>,
}

/// A rule broken on purpose.
#[cfg(feature = "plant")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plant {
    /// Flushes the cursor before the event is durable.
    CursorFirst,
    /// Starts from the checkpoint without folding the log.
    SkipFold,
    /// Folds the log without what it says of accounts' memory.
    SkipMemoryFold,
    /// Folds the log without what events about folders say of cursors.
    ForgetCursorStep,
}

impl Config {
    #[cfg(feature = "plant")]
    pub(crate) fn cursor_first(&self) -> bool {
        self.plant == Some(Plant::CursorFirst)
    }

    #[cfg(feature = "plant")]
    pub(crate) fn skip_fold(&self) -> bool {
        self.plant == Some(Plant::SkipFold)
    }

    /// Takes out of an event that is folded what a planted fault forgets.
    #[cfg(feature = "plant")]
    pub(crate) fn forget(&self, event: &mut pushmail_domain::Event) {
        use pushmail_domain::EventKind;
        match (self.plant, &event.kind) {
            (Some(Plant::SkipMemoryFold), _) => event.cursor.recalls.clear(),
            (
                Some(Plant::ForgetCursorStep),
                EventKind::FolderCreated { .. }
                | EventKind::FolderRenamed { .. }
                | EventKind::FolderDeleted { .. }
                | EventKind::FolderReset { .. },
            ) => event.cursor = pushmail_domain::CursorStep::default(),
            _ => {}
        }
    }

    #[cfg(not(feature = "plant"))]
    #[expect(
        clippy::unused_self,
        reason = "the planted build asks the configuration"
    )]
    pub(crate) const fn skip_fold(&self) -> bool {
        false
    }
}

/// What the watcher works with.
pub struct Deps {
    /// Accounts and checkpoints.
    pub registry: Arc<dyn Registry>,
    /// Where events go.
    pub log: Arc<dyn EventLog>,
    /// Opens tenants' keys.
    pub master: Arc<MasterKey>,
    /// Makes connections, under the egress guard.
    pub dialer: Arc<Dialer>,
    /// Which logins are held back because their provider fails.
    pub breakers: Arc<Breakers>,
    /// How many connections and logins there may be. Everything that logs in to upstreams shares it.
    pub budget: Arc<LoginBudget>,
    /// What the gateway calls itself towards mail servers: name and version.
    pub client: (String, String),
    /// Metrics and traces.
    pub telemetry: Telemetry,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// Start and stop.
    pub lifecycle: Lifecycle,
    /// Rung when accounts changed in the registry.
    pub nudge: Arc<Notify>,
    /// Released when every shard with accounts is held. A shard that cannot be taken keeps it; the
    /// accounts of the others run meanwhile.
    pub ready: Latch,
}

/// What the watcher's parts share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) worker: WorkerId,
    pub(crate) registry: Arc<dyn Registry>,
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) credentials: Credentials,
    pub(crate) dialer: Arc<Dialer>,
    pub(crate) breakers: Arc<Breakers>,
    pub(crate) budget: Arc<LoginBudget>,
    pub(crate) client: (String, String),
    pub(crate) telemetry: Telemetry,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) connecting: connecting::Connecting,
    pub(crate) keep_alives: keep_alives::KeepAlives,
}

/// Starts the watcher's tasks under the lifecycle; they end when it drains.
pub fn build(config: Config, deps: Deps) {
    let shared = Arc::new(Shared {
        worker: WorkerId::random(&*deps.entropy),
        credentials: Credentials::new(deps.registry.clone(), deps.master, deps.entropy.clone()),
        connecting: connecting::Connecting::new(config.connecting),
        keep_alives: keep_alives::KeepAlives::default(),
        config,
        registry: deps.registry,
        log: deps.log,
        dialer: deps.dialer,
        breakers: deps.breakers,
        budget: deps.budget,
        client: deps.client,
        telemetry: deps.telemetry,
        clock: deps.clock,
        entropy: deps.entropy,
        lifecycle: deps.lifecycle.clone(),
    });
    deps.lifecycle
        .spawn("watcher.feed", feed::follow(shared, deps.nudge, deps.ready));
}
