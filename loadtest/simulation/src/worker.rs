//! A worker: the real watcher, started behind a gate and over links of its own.

use crate::chance::Chance;
use crate::gate::Gate;
use crate::network::{Link, Network, Service};
use crate::options::Plant;
use crate::{leases, log, mailbox, people, registry};
use pushmail_domain::{Clock, Shard};
use pushmail_leases_embedded::EmbeddedLeases;
use pushmail_pacer::Workers;
use pushmail_pacer_embedded::{EmbeddedDevices, EmbeddedPacer};
use pushmail_runtime::{Lifecycle, Pace as _, Readiness};
use pushmail_seal::MasterKey;
use pushmail_upstream::backoff::BackoffConfig;
use pushmail_upstream::breaker::{BreakerConfig, Breakers};
use pushmail_upstream::budget::{self, BudgetConfig, LoginBudget};
use pushmail_upstream::dial::Dialer;
use pushmail_watcher::fleet::FleetConfig;
use pushmail_watcher::sweep::SweepConfig;
use pushmail_watcher::{Config, Deps, Surroundings};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// What all workers of a world share.
pub(crate) struct Stage {
    pub(crate) chance: Arc<Chance>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) network: Arc<Network>,
    pub(crate) log: Arc<log::Server>,
    pub(crate) registry: Arc<registry::Server>,
    pub(crate) leases: Arc<EmbeddedLeases>,
    pub(crate) mailboxes: Arc<mailbox::World>,
    pub(crate) shards: Arc<[Shard]>,
    pub(crate) master: Arc<MasterKey>,
    /// Never used: there are no mail servers to be reached.
    pub(crate) dialer: Arc<Dialer>,
    pub(crate) plant: Option<Plant>,
}

/// A process.
pub(crate) struct Worker {
    pub(crate) gate: Arc<Gate>,
    pub(crate) lifecycle: Lifecycle,
}

/// What a worker is called in the table of leases.
pub(crate) fn name(index: usize) -> String {
    format!("worker-{index}")
}

impl Stage {
    /// Starts a worker.
    pub(crate) fn start(&self, index: usize) -> Worker {
        let gate = Arc::new(Gate::new(self.chance.clone()));
        let lifecycle = Lifecycle::paced(gate.clone());
        let link = |service| Link {
            network: self.network.clone(),
            worker: index,
            service,
        };
        let registry = registry::Adapter::new(self.registry.clone(), link(Service::Registry));
        let registry = Arc::new(registry);
        let log = link(Service::Log);
        let log = log::Adapter::new(self.log.clone(), log, registry.clone(), self.plant);
        let log = Arc::new(log);
        let refresh = Box::pin(log.clone().keep_fresh());
        tokio::spawn(gate.wrap("log.generations", refresh));
        let telemetry = people::telemetry();
        let breakers = BreakerConfig::default();
        let breakers = Breakers::new(
            breakers,
            self.clock.clone(),
            self.chance.clone(),
            telemetry.clone(),
        );
        let leases = leases::Adapter {
            table: self.leases.clone(),
            link: link(Service::Leases),
        };
        let budget = budget::Deps {
            pacer: Arc::new(EmbeddedPacer::new(self.clock.clone())),
            workers: Workers::default(),
            clock: self.clock.clone(),
            entropy: self.chance.clone(),
            telemetry: telemetry.clone(),
        };
        let deps = Deps {
            registry,
            log,
            leases: Arc::new(leases),
            heart: tokio::runtime::Handle::current(),
            master: self.master.clone(),
            dialer: self.dialer.clone(),
            lot: people::lot(),
            breakers: Arc::new(breakers),
            budget: Arc::new(LoginBudget::new(BudgetConfig::default(), budget)),
            devices: Arc::new(EmbeddedDevices::new(self.clock.clone())),
            workers: Workers::default(),
            client: ("pushmail".to_owned(), "simulated".to_owned()),
            telemetry,
            clock: self.clock.clone(),
            entropy: self.chance.clone(),
            lifecycle: lifecycle.clone(),
            nudge: Arc::new(Notify::new()),
            ready: Readiness::new().latch("watcher"),
        };
        let surroundings = Surroundings {
            mailboxes: Some(self.mailboxes.clone()),
            shards: self.shards.clone(),
        };
        pushmail_watcher::build_in(surroundings, config(index, self.plant), deps);
        Worker { gate, lifecycle }
    }
}

/// As by default, but for waits for mail servers, which are not what is looked at here.
fn config(index: usize, plant: Option<Plant>) -> Config {
    // What a broken rule loses is to be seen, not to be found again.
    let sweep_interval = match plant {
        Some(_) => Duration::from_secs(3600),
        None => Duration::from_secs(20),
    };
    Config {
        connecting: 64,
        checkpoint_interval: Duration::from_secs(1),
        feed_interval: Duration::from_secs(30),
        fleet: FleetConfig {
            name: name(index),
            ..FleetConfig::default()
        },
        sweep: SweepConfig {
            interval: sweep_interval,
            ..SweepConfig::default()
        },
        #[cfg(feature = "plant")]
        plant: None,
        backoff: BackoffConfig {
            base: Duration::from_secs(1),
            cap: Duration::from_secs(5),
        },
    }
}
