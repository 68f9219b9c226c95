//! Everything around a watcher: mail server, event log, registry, one tenant.

mod backups;
mod told;

pub(crate) use backups::Store;
pub(crate) use told::{LIVE, Told, told};

use crate::faulty::Faulty;
use crate::watcher::{PATIENCE, Watcher};
use futures::StreamExt as _;
use pushmail_domain::{
    Account, AccountId, Authentication, Clock, Content, ContentLevel, DesiredState, Endpoint,
    EventScope, FolderId, Protocol, Secret, Security, Shard, TenantId, UpstreamSpec,
};
use pushmail_eventlog::{EventLog, Stored, Tail, codec};
use pushmail_eventlog_embedded::{Config as LogConfig, EmbeddedLog};
use pushmail_leases::Leases;
use pushmail_leases_embedded::{Config as LeaseConfig, EmbeddedLeases};
use pushmail_mailsim::{Accounts as Logins, Config as MailConfig, Credentials, Mailsim, message};
use pushmail_pacer::{Pacer, SeenDevices, Workers};
use pushmail_pacer_embedded::{EmbeddedDevices, EmbeddedPacer};
use pushmail_registry::{
    Accounts as _, Checkpoints as _, NewAccount, Registry, ShardCheckpoint, Tenant, Tenants as _,
};
use pushmail_registry_sql::SqlRegistry;
use pushmail_runtime::{Lifecycle, Readiness, Telemetry};
use pushmail_seal::{MasterKey, TenantKeys};
use pushmail_testkit::{MockClock, SeededEntropy};
use pushmail_upstream::backoff::BackoffConfig;
use pushmail_upstream::breaker::{BreakerConfig, Breakers};
use pushmail_upstream::budget::{self, BudgetConfig, LoginBudget};
use pushmail_upstream::dial::Dialer;
use pushmail_upstream::egress::{EgressConfig, EgressGuard};
use pushmail_upstream::lot::{Lot, LotConfig};
use pushmail_upstream::tls;
use pushmail_watcher::fleet::FleetConfig;
use pushmail_watcher::fold::Continuity;
use pushmail_watcher::sweep::SweepConfig;
use pushmail_watcher::{Config, Deps};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::timeout;

pub(crate) const PASSWORD: &str = "secret";
/// What anybody may show instead.
pub(crate) const TOKEN: &str = "ya29.token";
const LOG: &str = "events.db";
const REGISTRY: &str = "registry.db";

/// As by default, in times that a test can wait for.
const BREAKERS: BreakerConfig = BreakerConfig {
    window: Duration::from_secs(5),
    min_logins: 10,
    failing_percent: 20,
    open: Duration::from_millis(100),
    open_cap: Duration::from_millis(400),
};

pub(crate) struct World {
    pub(crate) sim: Mailsim,
    pub(crate) registry: SqlRegistry,
    pub(crate) log: Arc<Faulty>,
    pub(crate) tenant: TenantId,
    keys: TenantKeys,
    master: Arc<MasterKey>,
    pub(crate) dialer: Arc<Dialer>,
    pub(crate) clock: Arc<MockClock>,
    entropy: Arc<SeededEntropy>,
    logins: Arc<AtomicUsize>,
    mails: AtomicUsize,
    folder: TempDir,
    /// Of the watchers that are started from now on.
    pub(crate) budget: BudgetConfig,
    /// The tokens that watchers share.
    pub(crate) pacer: Arc<dyn Pacer>,
    /// Whose devices are there.
    pub(crate) devices: Arc<dyn SeenDevices>,
    /// How many workers the last heartbeat showed.
    pub(crate) workers: Workers,
    /// The table of leases that watchers share; without one, each has its own and owns everything.
    pub(crate) fleet: Option<Arc<dyn Leases>>,
    /// Where their heartbeats come from.
    pub(crate) heart: Handle,
    /// Of the watchers that are started from now on.
    pub(crate) beat_interval: Duration,
    /// Of the watchers that are started from now on.
    pub(crate) isolated_after: Duration,
    /// Of the watchers that are started from now on.
    pub(crate) sweep_interval: Duration,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_mail(|_| ()).await
    }

    /// The same, with a mail server of other settings.
    pub(crate) async fn with_mail(set: impl FnOnce(&mut MailConfig)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(MockClock::new());
        let entropy = Arc::new(SeededEntropy::new(1));
        let logins = Arc::new(AtomicUsize::new(0));
        let sim = start_mail_server(&clock, &logins, set).await;
        let master = Arc::new(MasterKey::generate(&*entropy));
        let tenant = TenantId::random(&*entropy);
        let keys = TenantKeys::generate(&*entropy);
        let registry = open_registry(folder.path()).await;
        let world = Self {
            log: open_log(folder.path(), &clock),
            dialer: dialer(&sim, folder.path()),
            sim,
            registry,
            tenant,
            keys,
            master,
            entropy,
            logins,
            mails: AtomicUsize::new(0),
            folder,
            // The clock stands still: what is used up does not come back.
            budget: BudgetConfig {
                logins_per_account: 10_000,
                logins_per_provider: 10_000,
                ..BudgetConfig::default()
            },
            pacer: Arc::new(EmbeddedPacer::new(clock.clone())),
            devices: Arc::new(EmbeddedDevices::new(clock.clone())),
            workers: Workers::default(),
            clock,
            fleet: None,
            heart: Handle::current(),
            beat_interval: Duration::from_secs(60),
            isolated_after: FleetConfig::default().isolated_after,
            sweep_interval: Duration::from_secs(3600),
        };
        world.create_tenant().await;
        world
    }

    async fn create_tenant(&self) {
        let row = Tenant {
            id: self.tenant,
            name: "test".to_owned(),
            keys: self.keys.wrap(&self.master, self.tenant, &*self.entropy),
            created_at: self.clock.now(),
        };
        self.registry.create_tenant(row, None).await.unwrap();
    }

    /// From now on everything is about another tenant.
    pub(crate) async fn change_tenant(&mut self) {
        self.tenant = TenantId::random(&*self.entropy);
        self.keys = TenantKeys::generate(&*self.entropy);
        self.create_tenant().await;
    }

    /// Starts a watcher and waits until it holds its shards.
    pub(crate) async fn watch(&self) -> Watcher {
        self.watch_flushing(Duration::from_millis(20)).await
    }

    /// The same, with another pause between flushes of cursors.
    pub(crate) async fn watch_flushing(&self, checkpoint_interval: Duration) -> Watcher {
        let registry = Arc::new(self.registry.clone());
        let (watcher, readiness) = self.start(registry, checkpoint_interval);
        timeout(PATIENCE, readiness.wait()).await.unwrap();
        watcher
    }

    /// Starts a watcher on this registry and does not wait for it.
    pub(crate) fn start(
        &self,
        registry: Arc<dyn Registry>,
        checkpoint_interval: Duration,
    ) -> (Watcher, Readiness) {
        let watcher = Watcher {
            lifecycle: Lifecycle::new(),
            telemetry: Telemetry::disabled(),
            nudge: Arc::new(Notify::new()),
        };
        let readiness = Readiness::new();
        let second = Duration::from_secs(1);
        let config = Config {
            connecting: 4,
            checkpoint_interval,
            feed_interval: Duration::from_secs(60),
            fleet: FleetConfig {
                beat_interval: self.beat_interval,
                isolated_after: self.isolated_after,
                ..FleetConfig::default()
            },
            sweep: SweepConfig {
                interval: self.sweep_interval,
                ..SweepConfig::default()
            },
            backoff: BackoffConfig {
                base: second,
                cap: second,
            },
            #[cfg(feature = "plant")]
            plant: None,
        };
        let breakers = Breakers::new(
            BREAKERS,
            self.clock.clone(),
            self.entropy.clone(),
            watcher.telemetry.clone(),
        );
        let budget = budget::Deps {
            pacer: self.pacer.clone(),
            workers: self.workers.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            telemetry: watcher.telemetry.clone(),
        };
        let deps = Deps {
            breakers: Arc::new(breakers),
            budget: Arc::new(LoginBudget::new(self.budget.clone(), budget)),
            devices: self.devices.clone(),
            workers: self.workers.clone(),
            registry,
            log: self.log.clone(),
            leases: self.leases(),
            heart: self.heart.clone(),
            master: self.master.clone(),
            dialer: self.dialer.clone(),
            lot: Arc::new(
                Lot::start(
                    LotConfig {
                        threads: 1,
                        ..LotConfig::default()
                    },
                    self.clock.clone(),
                )
                .unwrap(),
            ),
            client: ("pushmail".to_owned(), "test".to_owned()),
            telemetry: watcher.telemetry.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            lifecycle: watcher.lifecycle.clone(),
            nudge: watcher.nudge.clone(),
            ready: readiness.latch("watcher"),
        };
        pushmail_watcher::build(config, deps);
        (watcher, readiness)
    }

    /// The table of the watchers that are started from now on: shared, or each its own, as if tables
    /// lied to all of them.
    fn leases(&self) -> Arc<dyn Leases> {
        match &self.fleet {
            Some(leases) => leases.clone(),
            None => Arc::new(EmbeddedLeases::new(
                LeaseConfig::default(),
                self.clock.clone(),
            )),
        }
    }

    /// An account of the mail simulator.
    pub(crate) async fn account(&self, user: &str) -> AccountId {
        let id = AccountId::random(&*self.entropy);
        self.register(id, user, PASSWORD, (self.sim.addr(), Security::Tls))
            .await;
        id
    }

    /// So many accounts of the mail simulator that share a shard: `user0`, `user1`, …
    pub(crate) async fn accounts_of_one_shard(&self, count: usize) -> Vec<AccountId> {
        let shard = Shard::new(7).unwrap();
        let mut accounts = Vec::new();
        while accounts.len() < count {
            let id = AccountId::random(&*self.entropy);
            if Shard::of(id) == shard {
                let user = format!("user{}", accounts.len());
                self.register(id, &user, PASSWORD, (self.sim.addr(), Security::Tls))
                    .await;
                accounts.push(id);
            }
        }
        accounts
    }

    /// An account at this server, with this password.
    pub(crate) async fn account_at(
        &self,
        password: &str,
        server: (SocketAddr, Security),
    ) -> AccountId {
        let id = AccountId::random(&*self.entropy);
        self.register(id, "ann", password, server).await;
        id
    }

    /// The account of this user at this server, with the right password.
    pub(crate) async fn user_at(&self, user: &str, addr: SocketAddr) -> AccountId {
        let id = AccountId::random(&*self.entropy);
        self.register(id, user, PASSWORD, (addr, Security::Plaintext))
            .await;
        id
    }

    /// The id of an account that is to be registered.
    pub(crate) fn new_id(&self) -> AccountId {
        AccountId::random(&*self.entropy)
    }

    pub(crate) async fn register(
        &self,
        id: AccountId,
        user: &str,
        password: &str,
        (addr, security): (SocketAddr, Security),
    ) {
        let server = (Protocol::Imap, addr, security);
        let password = Authentication::Password(Secret::new(password.to_owned()));
        self.register_at(id, user, password, server).await;
    }

    /// The same at a server that speaks this.
    pub(crate) async fn register_at(
        &self,
        id: AccountId,
        user: &str,
        credential: Authentication,
        (protocol, addr, security): (Protocol, SocketAddr, Security),
    ) {
        let endpoint = Endpoint {
            host: addr.ip().to_string(),
            port: addr.port(),
            security,
        };
        let account = NewAccount {
            id,
            address: format!("{user}@example.org"),
            upstream: UpstreamSpec {
                protocol,
                endpoint,
                user: user.to_owned(),
            },
            credential: self
                .keys
                .credentials()
                .seal(id, &credential, &*self.entropy),
            selection: vec!["INBOX".to_owned()],
            content: ContentLevel::Preview,
            events: EventScope::New,
            created_at: self.clock.now(),
        };
        self.registry
            .create_account(self.tenant, account, None)
            .await
            .unwrap();
    }

    pub(crate) async fn set_desired(&self, account: AccountId, desired: DesiredState) -> Account {
        self.registry
            .set_desired(self.tenant, account, desired)
            .await
            .unwrap()
    }

    /// A new mail for the user; its UID.
    pub(crate) fn deliver(&self, user: &str) -> u32 {
        let number = self.mails.fetch_add(1, Ordering::SeqCst);
        self.sim.deliver(user, message(number as u64, user)).uid
    }

    /// How many times anybody tried to log in to the mail simulator.
    pub(crate) fn logins(&self) -> usize {
        self.logins.load(Ordering::SeqCst)
    }

    pub(crate) async fn events(&self, account: AccountId) -> Vec<Stored> {
        self.log
            .read_account(self.tenant, account, 0, 10_000)
            .await
            .unwrap()
    }

    /// Waits until the account's events are as wanted; gives them.
    pub(crate) async fn events_when(
        &self,
        account: AccountId,
        wanted: impl Fn(&[Stored]) -> bool,
    ) -> Vec<Stored> {
        let Tail { follow, mut live } = self.log.live().await.unwrap();
        follow.add(Shard::of(account)).await.unwrap();
        let waiting = async {
            loop {
                let events = self.events(account).await;
                if wanted(&events) {
                    return events;
                }
                live.next().await;
            }
        };
        match timeout(PATIENCE, waiting).await {
            Ok(events) => events,
            Err(_) => panic!("not as wanted: {:?}", told(&self.events(account).await)),
        }
    }

    /// Waits until the account has told as much as this; it must have told exactly this, and no version is missing.
    pub(crate) async fn expect(&self, account: AccountId, expected: &[Told]) -> Vec<Stored> {
        let events = self.expect_after_a_lie(account, expected).await;
        let mut records = Continuity::after(0);
        let steps = events.iter().map(|stored| &stored.event.cursor);
        steps.for_each(|step| records.meet(step));
        assert!(records.missing().is_empty(), "{records:?}");
        events
    }

    /// The same where the log lacks what it has acknowledged.
    pub(crate) async fn expect_after_a_lie(
        &self,
        account: AccountId,
        expected: &[Told],
    ) -> Vec<Stored> {
        let events = self
            .events_when(account, |events| events.len() >= expected.len())
            .await;
        assert_eq!(told(&events), expected);
        assert_eq!(self.log.surplus_records().await.unwrap(), []);
        let versions = events.iter().map(|stored| stored.event.cursor.version);
        assert!(versions.is_sorted_by(|before, after| before < after));
        events
    }

    /// What the event says as the reason of a state.
    pub(crate) fn detail(&self, stored: &Stored) -> String {
        let event = &stored.event;
        let plain = self
            .keys
            .content()
            .open(event.id, event.account, &event.content)
            .unwrap();
        match codec::decode_content(&plain).unwrap() {
            Content::State { detail } => detail,
            content => panic!("no state: {content:?}"),
        }
    }

    pub(crate) async fn checkpoint(&self, account: AccountId) -> ShardCheckpoint {
        self.registry.load_shard(Shard::of(account)).await.unwrap()
    }
}

/// The id of the account's INBOX, first seen with this UIDVALIDITY.
pub(crate) fn folder_of(account: AccountId, uid_validity: u32) -> FolderId {
    FolderId::of_name(account, "INBOX", uid_validity)
}

async fn start_mail_server(
    clock: &Arc<MockClock>,
    logins: &Arc<AtomicUsize>,
    set: impl FnOnce(&mut MailConfig),
) -> Mailsim {
    let logins = Arc::clone(logins);
    let mut config = MailConfig::new(clock.clone());
    config.accounts = Logins::checked_by(move |_, shown| {
        logins.fetch_add(1, Ordering::SeqCst);
        [Credentials::Password(PASSWORD), Credentials::Token(TOKEN)].contains(&shown)
    });
    set(&mut config);
    Mailsim::start(config).await.unwrap()
}

fn dialer(sim: &Mailsim, folder: &Path) -> Arc<Dialer> {
    let authority = folder.join("ca.pem");
    std::fs::write(&authority, sim.ca_pem()).unwrap();
    let allow = vec!["127.0.0.0/8".parse().unwrap()];
    let guard = EgressGuard::public_only(EgressConfig { allow });
    Arc::new(Dialer::new(
        guard,
        tls::client_config(Some(&authority)).unwrap(),
    ))
}

/// Without a dedupe window, so that nothing but the watcher itself prevents a second record.
fn open_log(folder: &Path, clock: &Arc<MockClock>) -> Arc<Faulty> {
    let mut config = LogConfig::new(folder.join(LOG));
    config.dedupe_window = Duration::ZERO;
    Arc::new(Faulty::new(
        EmbeddedLog::open(config, clock.clone(), None).unwrap(),
    ))
}

async fn open_registry(folder: &Path) -> SqlRegistry {
    SqlRegistry::open(&folder.join(REGISTRY)).await.unwrap()
}
