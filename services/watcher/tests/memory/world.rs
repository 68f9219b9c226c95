//! A watcher whose accounts are a real server's.

use pushmail_domain::{
    AccountId, Authentication, Clock as _, ContentLevel, Endpoint, EventScope, Secret, Security,
    Shard, TenantId, UpstreamSpec,
};
use pushmail_eventlog_embedded::{Config as LogConfig, EmbeddedLog};
use pushmail_leases_embedded::{Config as LeaseConfig, EmbeddedLeases};
use pushmail_mailsim::message;
use pushmail_pacer::Workers;
use pushmail_pacer_embedded::{EmbeddedDevices, EmbeddedPacer};
use pushmail_registry::{Accounts as _, NewAccount, Tenant, Tenants as _};
use pushmail_registry_sql::SqlRegistry;
use pushmail_runtime::{Lifecycle, Outcome, Readiness, Telemetry};
use pushmail_seal::{MasterKey, TenantKeys};
use pushmail_testkit::server::PASSWORD;
use pushmail_testkit::{Dovecot, MockClock, SeededEntropy};
use pushmail_upstream::backoff::BackoffConfig;
use pushmail_upstream::breaker::{BreakerConfig, Breakers};
use pushmail_upstream::budget::{self, BudgetConfig, LoginBudget};
use pushmail_upstream::dial::Dialer;
use pushmail_upstream::egress::{EgressConfig, EgressGuard};
use pushmail_upstream::lot::{Lot, LotConfig};
use pushmail_upstream::tls;
use pushmail_watcher::fleet::FleetConfig;
use pushmail_watcher::sweep::SweepConfig;
use pushmail_watcher::{Config, Deps};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

/// What takes longer has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Nothing comes to pass in the test because of this.
const NEVER: Duration = Duration::from_secs(24 * 3600);

pub(crate) struct World<'a> {
    dovecot: &'a Dovecot,
    domain: &'a str,
    events: EventScope,
    clock: Arc<MockClock>,
    entropy: Arc<SeededEntropy>,
    registry: SqlRegistry,
    tenant: TenantId,
    keys: TenantKeys,
    lifecycle: Lifecycle,
    telemetry: Telemetry,
    nudge: Arc<Notify>,
    /// Of the breakers.
    logins_clock: Arc<MockClock>,
    accounts: usize,
    /// How many may be connected.
    room: usize,
    folder: TempDir,
}

impl<'a> World<'a> {
    /// A watcher without accounts. They will have mailboxes of this domain, and so many may be connected.
    pub(crate) async fn new(
        dovecot: &'a Dovecot,
        domain: &'a str,
        events: EventScope,
        room: usize,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let registry = SqlRegistry::open(&folder.path().join("registry.db")).await;
        let entropy = Arc::new(SeededEntropy::new(1));
        let world = Self {
            dovecot,
            domain,
            events,
            clock: Arc::default(),
            registry: registry.unwrap(),
            tenant: TenantId::random(&*entropy),
            keys: TenantKeys::generate(&*entropy),
            entropy,
            lifecycle: Lifecycle::new(),
            telemetry: Telemetry::disabled(),
            nudge: Arc::default(),
            logins_clock: Arc::default(),
            accounts: 0,
            room,
            folder,
        };
        world.start().await;
        world
    }

    async fn start(&self) {
        let master = Arc::new(MasterKey::generate(&*self.entropy));
        let tenant = Tenant {
            id: self.tenant,
            name: "test".to_owned(),
            keys: self.keys.wrap(&master, self.tenant, &*self.entropy),
            created_at: self.clock.now(),
        };
        self.registry.create_tenant(tenant, None).await.unwrap();
        let readiness = Readiness::new();
        pushmail_watcher::build(config(), self.deps(master, &readiness));
        timeout(PATIENCE, readiness.wait()).await.unwrap();
    }

    fn deps(&self, master: Arc<MasterKey>, readiness: &Readiness) -> Deps {
        let workers = Workers::default();
        let breakers = Breakers::new(
            BreakerConfig::default(),
            self.logins_clock.clone(),
            self.entropy.clone(),
            self.telemetry.clone(),
        );
        Deps {
            registry: Arc::new(self.registry.clone()),
            log: Arc::new(open_log(self.folder.path(), &self.clock)),
            leases: Arc::new(EmbeddedLeases::new(
                LeaseConfig::default(),
                self.clock.clone(),
            )),
            heart: tokio::runtime::Handle::current(),
            master,
            devices: Arc::new(EmbeddedDevices::new(self.clock.clone())),
            budget: Arc::new(self.budget(&workers)),
            workers,
            dialer: dialer(self.dovecot, self.folder.path()),
            lot: Arc::new(Lot::start(one_thread(), self.clock.clone()).unwrap()),
            breakers: Arc::new(breakers),
            client: ("pushmail".to_owned(), "test".to_owned()),
            telemetry: self.telemetry.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            lifecycle: self.lifecycle.clone(),
            nudge: self.nudge.clone(),
            ready: readiness.latch("watcher"),
        }
    }

    fn budget(&self, workers: &Workers) -> LoginBudget {
        // The clock stands still: what is used up does not come back.
        let config = BudgetConfig {
            logins_per_provider: 10_000,
            // A tenth of all is for sessions.
            connections_per_host: u32::try_from(self.room * 10 / 9).unwrap(),
            ..BudgetConfig::default()
        };
        let deps = budget::Deps {
            pacer: Arc::new(EmbeddedPacer::new(self.clock.clone())),
            workers: workers.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            telemetry: self.telemetry.clone(),
        };
        LoginBudget::new(config, deps)
    }

    /// So many more accounts, all live when this returns.
    pub(crate) async fn add(&mut self, count: usize) {
        // The breakers remember a provider's last logins: those before are forgotten, and make room for these.
        let window = BreakerConfig::default().window;
        self.logins_clock.advance(2 * window);
        self.register_more(count).await;
        let live = format!("pushmail_accounts{{phase=\"live\"}} {}", self.accounts);
        let waiting = async {
            while !self.telemetry.render().lines().any(|line| line == live) {
                sleep(Duration::from_millis(50)).await;
            }
        };
        if timeout(PATIENCE, waiting).await.is_err() {
            panic!("not {live}: {}", self.telemetry.render());
        }
    }

    /// So many more accounts, which may have to wait.
    pub(crate) async fn register_more(&mut self, count: usize) {
        for _ in 0..count {
            self.accounts += 1;
            let user = format!("user{}@{}", self.accounts, self.domain);
            self.dovecot.deliver(&user, &message(1, &user));
            self.register(user).await;
        }
        self.nudge.notify_one();
    }

    async fn register(&self, user: String) {
        let id = self.id();
        let addr = self.dovecot.imaps_addr();
        let password = Authentication::Password(Secret::new(PASSWORD.to_owned()));
        let credentials = self.keys.credentials();
        let account = NewAccount {
            id,
            address: user.clone(),
            upstream: UpstreamSpec {
                protocol: pushmail_domain::Protocol::Imap,
                endpoint: Endpoint {
                    host: addr.ip().to_string(),
                    port: addr.port(),
                    security: Security::Tls,
                },
                user,
            },
            credential: credentials.seal(id, &password, &*self.entropy),
            selection: vec!["INBOX".to_owned()],
            content: ContentLevel::Preview,
            events: self.events,
            created_at: self.clock.now(),
        };
        let created = self.registry.create_account(self.tenant, account, None);
        created.await.unwrap();
    }

    /// A new account's, in the same shard as all others: what a shard takes is not an account's.
    fn id(&self) -> AccountId {
        let shard = Shard::new(7).unwrap();
        let mut ids = std::iter::repeat_with(|| AccountId::random(&*self.entropy));
        ids.find(|id| Shard::of(*id) == shard).unwrap()
    }

    /// Ends the watcher as a signal would.
    pub(crate) async fn drain(self) {
        assert_eq!(self.lifecycle.shut_down(PATIENCE).await, Outcome::Clean);
    }
}

fn config() -> Config {
    Config {
        connecting: 16,
        checkpoint_interval: Duration::from_millis(20),
        feed_interval: NEVER,
        fleet: FleetConfig {
            beat_interval: NEVER,
            ..FleetConfig::default()
        },
        sweep: SweepConfig {
            interval: NEVER,
            ..SweepConfig::default()
        },
        backoff: BackoffConfig {
            base: Duration::from_secs(1),
            cap: Duration::from_secs(1),
        },
        #[cfg(feature = "plant")]
        plant: None,
    }
}

fn one_thread() -> LotConfig {
    LotConfig {
        threads: 1,
        ..LotConfig::default()
    }
}

/// Without a dedupe window: what the log remembers is not the watcher's.
fn open_log(folder: &Path, clock: &Arc<MockClock>) -> EmbeddedLog {
    let mut config = LogConfig::new(folder.join("events.db"));
    config.dedupe_window = Duration::ZERO;
    EmbeddedLog::open(config, clock.clone(), None).unwrap()
}

fn dialer(dovecot: &Dovecot, folder: &Path) -> Arc<Dialer> {
    let authority = folder.join("ca.pem");
    std::fs::write(&authority, dovecot.ca_pem()).unwrap();
    let allow = vec!["127.0.0.0/8".parse().unwrap()];
    Arc::new(Dialer::new(
        EgressGuard::public_only(EgressConfig { allow }),
        tls::client_config(Some(&authority)).unwrap(),
    ))
}
