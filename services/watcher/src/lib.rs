//! The watcher: owns shards, keeps one upstream connection per account, appends what it sees.
//!
//! Data flows one way: leases (`fleet`) and the registry's feed (`owner`) -> `shard` (fence, fold) ->
//! `account` (connect, drive) ->
//! `announcer` (change to event) -> `publisher` (append) -> `checkpoint` (flush).

mod account;
mod announcer;
mod chain;
mod checkpoint;
mod connecting;
mod devices;
pub mod fleet;
pub mod fold;
mod generation;
mod keep_alives;
mod memory;
mod owner;
mod publisher;
mod rejections;
mod retries;
mod shard;
mod shards;
mod shown;
mod standings;
mod starting;
mod surroundings;
pub mod sweep;

pub use surroundings::{Mailboxes, Surroundings};

use fleet::{FleetConfig, Leased, Progress, Turns};
use pushmail_credentials::Credentials;
use pushmail_domain::{Clock, Entropy, WorkerId};
use pushmail_eventlog::EventLog;
use pushmail_leases::Leases;
use pushmail_pacer::{SeenDevices, Workers};
use pushmail_registry::Registry;
use pushmail_runtime::{Latch, Lifecycle, Telemetry};
use pushmail_seal::MasterKey;
use pushmail_upstream::backoff::BackoffConfig;
use pushmail_upstream::breaker::Breakers;
use pushmail_upstream::budget::LoginBudget;
use pushmail_upstream::dial::Dialer;
use pushmail_upstream::lot::Lot;
use serde::Deserialize;
use shards::Shards;
use std::sync::Arc;
use std::time::Duration;
use sweep::SweepConfig;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

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
    /// The worker as a member of a fleet.
    pub fleet: FleetConfig,
    /// How the log is read again behind the cursors.
    pub sweep: SweepConfig,
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
    /// Lets ActiveSync go on with a new key before the log has what its window brought.
    EarlySynckey,
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

    #[cfg(feature = "plant")]
    pub(crate) fn early_synckey(&self) -> bool {
        self.plant == Some(Plant::EarlySynckey)
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
    /// Which shards are for this worker.
    pub leases: Arc<dyn Leases>,
    /// Opens tenants' keys.
    pub master: Arc<MasterKey>,
    /// Where heartbeats come from: a runtime of their own, so that they do not wait behind accounts, however many.
    pub heart: Handle,
    /// Whose devices are there: they are connected first.
    pub devices: Arc<dyn SeenDevices>,
    /// Where to say how many workers there are.
    pub workers: Workers,
    /// Makes connections, under the egress guard.
    pub dialer: Arc<Dialer>,
    /// Holds the connections.
    pub lot: Arc<Lot>,
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
    /// Released when every shard that is leased to this worker and has accounts is owned. A shard that
    /// cannot be taken keeps it; the accounts of the others run meanwhile.
    pub ready: Latch,
}

/// What the watcher's parts share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) worker: WorkerId,
    pub(crate) registry: Arc<dyn Registry>,
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) leases: Arc<dyn Leases>,
    pub(crate) devices: Arc<dyn SeenDevices>,
    pub(crate) workers: Workers,
    pub(crate) credentials: Credentials,
    pub(crate) dialer: Arc<Dialer>,
    pub(crate) lot: Arc<Lot>,
    pub(crate) breakers: Arc<Breakers>,
    pub(crate) budget: Arc<LoginBudget>,
    pub(crate) client: (String, String),
    pub(crate) telemetry: Telemetry,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) connecting: connecting::Connecting,
    pub(crate) keep_alives: keep_alives::KeepAlives,
    /// Cancelled when this worker owns no shard any more. Not by the drain: then shards are handed over.
    pub(crate) owning: CancellationToken,
    pub(crate) turns: Turns,
    pub(crate) starting: starting::Starting,
    /// How many accounts may be told at the same time what their flows saw.
    pub(crate) hearing: Arc<Semaphore>,
    /// Where accounts' tasks run: they are started by the lot's threads.
    pub(crate) runtime: Handle,
    /// Whether that runtime gets on.
    pub(crate) progress: Progress,
    pub(crate) leased: Leased,
    pub(crate) surroundings: Surroundings,
}

/// So many accounts are told at the same time what their flows saw; the others' flows wait.
const HEARING: usize = 1024;

/// Starts the watcher's tasks under the lifecycle; they end when it drains.
pub fn build(config: Config, deps: Deps) {
    build_in(Surroundings::default(), config, deps);
}

/// The same in other surroundings: what a simulation starts.
pub fn build_in(surroundings: Surroundings, config: Config, deps: Deps) {
    let shared = Arc::new(Shared {
        worker: WorkerId::random(&*deps.entropy),
        credentials: Credentials::new(deps.registry.clone(), deps.master, deps.entropy.clone()),
        connecting: connecting::Connecting::new(config.connecting),
        keep_alives: keep_alives::KeepAlives::default(),
        owning: deps.lifecycle.stopping().child_token(),
        turns: Turns::default(),
        starting: starting::Starting::new(config.connecting),
        hearing: Arc::new(Semaphore::new(HEARING)),
        runtime: Handle::current(),
        progress: Progress::new(),
        leased: Leased::default(),
        surroundings,
        config,
        registry: deps.registry,
        log: deps.log,
        leases: deps.leases,
        devices: deps.devices,
        workers: deps.workers,
        dialer: deps.dialer,
        lot: deps.lot,
        breakers: deps.breakers,
        budget: deps.budget,
        client: deps.client,
        telemetry: deps.telemetry,
        clock: deps.clock,
        entropy: deps.entropy,
        lifecycle: deps.lifecycle.clone(),
    });
    deps.lifecycle
        .spawn("watcher", run(shared, deps.heart, deps.nudge, deps.ready));
}

/// Runs the worker until it drains: in the end every account has stopped, then the last cursors are
/// flushed, then the fleet is told.
async fn run(shared: Arc<Shared>, heart: Handle, nudge: Arc<Notify>, ready: Latch) {
    let shards = Arc::new(Shards::default());
    let (stopped, flushed) = (CancellationToken::new(), CancellationToken::new());
    let keeper = fleet::keep(shared.clone(), shards.clone(), flushed.clone());
    let lifecycle = shared.lifecycle.clone();
    lifecycle.spawn_on(&heart, "watcher.leases", keeper);
    let progress = fleet::keep_progressing(shared.clone(), flushed.clone());
    lifecycle.spawn("watcher.progress", progress);
    lifecycle.spawn(
        "watcher.sweep",
        sweep::keep_sweeping(shared.clone(), shards.clone()),
    );
    let flusher = checkpoint::keep_flushing(shared.clone(), shards.clone(), stopped.clone());
    let flushing = lifecycle.spawn("watcher.checkpoint", async move {
        // Tells the keeper even if this task panics.
        let _flushed = flushed.drop_guard();
        flusher.await;
    });
    {
        // Tells the flusher even if this task panics.
        let _stopped = stopped.drop_guard();
        owner::own(shared, shards, nudge, ready).await;
    }
    drop(flushing.await);
}
