//! One account whose changes are made by hand, with a real log and a real registry.

use crate::announcer::Announcer;
use crate::connecting::Connecting;
use crate::fleet::{FleetConfig, Leased, Turns};
use crate::shard::Fenced;
use crate::shards::Shards;
use crate::{Config, Shared, checkpoint};
use pushmail_credentials::Credentials;
use pushmail_domain::{
    Account, AccountId, Arrival, Clock as _, Content, ContentLevel, Endpoint, EventScope, Fault,
    Folder, FolderCursor, FolderId, ItemData, MessageKey, Security, Shard, SyncCursor, TenantId,
    Timestamp, UpstreamSpec, WorkerId,
};
use pushmail_eventlog::{Stored, codec};
use pushmail_eventlog_embedded::{Config as LogConfig, EmbeddedLog};
use pushmail_leases_embedded::{Config as LeaseConfig, EmbeddedLeases};
use pushmail_pacer::Workers;
use pushmail_pacer_embedded::{EmbeddedDevices, EmbeddedPacer};
use pushmail_registry::{AccountUpdate, Accounts as _, NewAccount, Tenant, Tenants as _};
use pushmail_registry_sql::SqlRegistry;
use pushmail_runtime::{Lifecycle, Telemetry};
use pushmail_seal::{MasterKey, TenantKeys};
use pushmail_testkit::{MockClock, SeededEntropy};
use pushmail_upstream::backoff::BackoffConfig;
use pushmail_upstream::breaker::{BreakerConfig, Breakers};
use pushmail_upstream::budget::{BudgetConfig, LoginBudget};
use pushmail_upstream::dial::Dialer;
use pushmail_upstream::driver::Sink as _;
use pushmail_upstream::egress::EgressGuard;
use pushmail_upstream::lot::{Lot, LotConfig};
use pushmail_upstream::{Change, ChangedFlags, NewMessage, Snapshot, Vanished, tls};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

pub(super) const VALIDITY: u32 = 7;
pub(super) const SEEN: &[&str] = &["\\Seen"];

pub(super) struct World {
    pub(super) clock: Arc<MockClock>,
    registry: SqlRegistry,
    shared: Arc<Shared>,
    shards: Arc<Shards>,
    keys: TenantKeys,
    tenant: TenantId,
    account: AccountId,
    announcer: Option<Announcer>,
    _folder: TempDir,
}

impl World {
    /// An account that is live: INBOX was read up to UID 9.
    pub(super) async fn live(events: EventScope) -> Self {
        let mut world = Self::new(events).await;
        let baseline = FolderCursor::starting(inbox().id, VALIDITY, 10);
        world.go_live(vec![inbox()], vec![baseline]).await;
        world
    }

    pub(super) async fn new(events: EventScope) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(MockClock::new());
        let entropy = Arc::new(SeededEntropy::new(1));
        let registry = SqlRegistry::open(&folder.path().join("registry.db")).await;
        let registry = registry.unwrap();
        let log = LogConfig::new(folder.path().join("events.db"));
        let log = Arc::new(EmbeddedLog::open(log, clock.clone(), None).unwrap());
        let master = Arc::new(MasterKey::generate(&*entropy));
        let keys = TenantKeys::generate(&*entropy);
        let tenant = TenantId::random(&*entropy);
        let row = Tenant {
            id: tenant,
            name: "test".to_owned(),
            keys: keys.wrap(&master, tenant, &*entropy),
            created_at: clock.now(),
        };
        registry.create_tenant(row, None).await.unwrap();
        let account = AccountId::random(&*entropy);
        let made = registry.create_account(tenant, new_account(account, events), None);
        made.await.unwrap();
        let workers = Workers::default();
        let budget = pushmail_upstream::budget::Deps {
            pacer: Arc::new(EmbeddedPacer::new(clock.clone())),
            workers: workers.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            telemetry: Telemetry::disabled(),
        };
        let shared = Arc::new(Shared {
            devices: Arc::new(EmbeddedDevices::new(clock.clone())),
            workers,
            config: config(),
            worker: WorkerId::random(&*entropy),
            registry: Arc::new(registry.clone()),
            log,
            leases: Arc::new(EmbeddedLeases::new(LeaseConfig::default(), clock.clone())),
            owning: CancellationToken::new(),
            turns: Turns::default(),
            starting: crate::starting::Starting::new(1),
            hearing: Arc::new(Semaphore::new(1)),
            runtime: Handle::current(),
            progress: crate::Progress::new(),
            leased: Leased::default(),
            surroundings: crate::Surroundings::default(),
            credentials: Credentials::new(Arc::new(registry.clone()), master, entropy.clone()),
            dialer: Arc::new(Dialer::new(
                EgressGuard::unrestricted(),
                tls::client_config(None).unwrap(),
            )),
            lot: Arc::new(
                Lot::start(
                    LotConfig {
                        threads: 1,
                        ..LotConfig::default()
                    },
                    clock.clone(),
                )
                .unwrap(),
            ),
            client: ("pushmail".to_owned(), "test".to_owned()),
            telemetry: Telemetry::disabled(),
            clock: clock.clone(),
            entropy,
            lifecycle: Lifecycle::new(),
            connecting: Connecting::new(1),
            keep_alives: crate::keep_alives::KeepAlives::default(),
            breakers: Arc::new(Breakers::new(
                BreakerConfig::default(),
                clock.clone(),
                Arc::new(SeededEntropy::new(1)),
                Telemetry::disabled(),
            )),
            budget: Arc::new(LoginBudget::new(BudgetConfig::default(), budget)),
        });
        let mut world = Self {
            clock,
            registry,
            shared,
            shards: Arc::default(),
            keys,
            tenant,
            account,
            announcer: None,
            _folder: folder,
        };
        world.own().await;
        world
    }

    /// Takes the shard, as a new owner: what was not flushed has to come from the log.
    pub(super) async fn own(&mut self) {
        let fenced = Fenced::new(&self.shared, Shard::of(self.account)).await;
        let owned = fenced.unwrap().own(&self.shared).await.unwrap();
        self.shards.insert(owned.clone());
        let account = self.registered().await;
        let (shared, keys) = (self.shared.clone(), Arc::new(self.keys.clone()));
        self.announcer = Some(Announcer::new(shared, owned, account, keys));
    }

    /// Stores the checkpoint.
    pub(super) async fn flush(&self) {
        checkpoint::flush(&self.shared, &self.shards).await;
    }

    /// The account as the registry has it.
    pub(super) async fn registered(&self) -> Account {
        let account = self.registry.account(self.tenant, self.account).await;
        account.unwrap().unwrap()
    }

    /// Changes the account, which starts anew.
    pub(super) async fn update(&mut self, update: AccountUpdate) {
        let (tenant, account) = (self.tenant, self.account);
        let updated = self.registry.update_account(tenant, account, update);
        updated.await.unwrap();
        self.own().await;
    }

    pub(super) async fn try_accept(&mut self, changes: Vec<Change>) -> Result<(), Fault> {
        self.announcer.as_mut().unwrap().accept(changes).await
    }

    pub(super) async fn accept(&mut self, changes: Vec<Change>) {
        self.try_accept(changes).await.unwrap();
    }

    pub(super) async fn go_live(&mut self, folders: Vec<Folder>, baselines: Vec<FolderCursor>) {
        let live = Change::Live {
            folders,
            baselines,
            syncs: Vec::new(),
            missing: Vec::new(),
            left_out: 0,
        };
        self.accept(vec![live]).await;
    }

    /// How far the folder was read.
    pub(super) fn cursor(&self, folder: FolderId) -> Option<FolderCursor> {
        let announcer = self.announcer.as_ref().unwrap();
        let standing = announcer.shard.standings.get(self.account);
        standing.cursor.folder(folder)
    }

    /// How far the folder was read, or the list of folders, by the server's key.
    pub(super) fn sync(&self, folder: Option<FolderId>) -> Option<SyncCursor> {
        let announcer = self.announcer.as_ref().unwrap();
        let standing = announcer.shard.standings.get(self.account);
        standing.cursor.sync(folder).cloned()
    }

    /// The account's events but for the first, which says `live`.
    pub(super) async fn events(&self) -> Vec<Stored> {
        let log = &self.shared.log;
        let events = log.read_account(self.tenant, self.account, 0, 1000).await;
        events.unwrap().split_off(1)
    }

    /// The same in words: type, then what it is about.
    pub(super) async fn told(&self) -> Vec<String> {
        let events = self.events().await;
        events.iter().map(|stored| self.describe(stored)).collect()
    }

    fn describe(&self, stored: &Stored) -> String {
        let event = &stored.event;
        let key = self.keys.content();
        let plain = key.open(event.id, event.account, &event.content).unwrap();
        let what = match codec::decode_content(&plain).unwrap() {
            Content::Message(mail) => format!(" {} {}", mail.folder, mail.message_id),
            Content::Flags(flags) => format!(" {}", flags.join(" ")),
            Content::Folder(names) if names.old_name.is_empty() => format!(" {}", names.name),
            Content::Folder(names) => format!(" {} -> {}", names.old_name, names.name),
            Content::State { detail } => format!(" {detail}"),
            Content::Nothing => String::new(),
            Content::Item(item) => match item.data {
                ItemData::Message(mail) => format!(" {} {}", item.server_id, mail.message_id),
                ItemData::Marks(marks) => format!(" {} {marks:?}", item.server_id),
                _ => format!(" {}", item.server_id),
            },
        };
        let uid = match event.kind {
            pushmail_domain::EventKind::MessageNew { message, .. }
            | pushmail_domain::EventKind::MessageFlags { message }
            | pushmail_domain::EventKind::MessageDeleted { message } => format!(" {}", message.uid),
            _ => String::new(),
        };
        format!("{}{uid}{what}", event.kind.name())
            .trim_end()
            .to_owned()
    }
}

fn config() -> Config {
    let second = Duration::from_secs(1);
    Config {
        connecting: 1,
        checkpoint_interval: second,
        feed_interval: second,
        fleet: FleetConfig::default(),
        sweep: crate::sweep::SweepConfig::default(),
        backoff: BackoffConfig {
            base: second,
            cap: second,
        },
        #[cfg(feature = "plant")]
        plant: None,
    }
}

fn new_account(id: AccountId, events: EventScope) -> NewAccount {
    NewAccount {
        id,
        address: "ann@example.org".to_owned(),
        upstream: UpstreamSpec {
            protocol: pushmail_domain::Protocol::Imap,
            endpoint: Endpoint {
                host: "imap.example.org".to_owned(),
                port: 993,
                security: Security::Tls,
            },
            user: "ann".to_owned(),
        },
        credential: vec![1],
        selection: vec!["*".to_owned()],
        content: ContentLevel::Preview,
        events,
        created_at: Timestamp::from_micros(1),
    }
}

pub(super) fn inbox() -> Folder {
    folder(1, "INBOX")
}

pub(super) fn folder(number: u8, name: &str) -> Folder {
    Folder::new(FolderId::from_bytes([number; 16]), name)
}

pub(super) fn key(folder: &Folder, uid: u32) -> MessageKey {
    MessageKey {
        folder: folder.id,
        uid_validity: VALIDITY,
        uid,
    }
}

/// A mail that came just now, whose Message-ID is `<id@x>`.
pub(super) fn mail(key: MessageKey, id: &str) -> NewMessage {
    let head = format!("Message-ID: <{id}@x>\r\nSubject: hello\r\n\r\nHello");
    NewMessage {
        key,
        arrival: Arrival::Delivered,
        internal_date: None,
        size: head.len() as u64,
        flags: Vec::new(),
        provider_message_id: String::new(),
        head: head.into_bytes(),
        unreadable: false,
        noticed_at: Timestamp::from_micros(1_772_409_600_000_000),
        fetched_at: Timestamp::from_micros(1_772_409_600_000_000),
    }
}

pub(super) fn message(message: NewMessage) -> Change {
    Change::Message(Box::new(message))
}

pub(super) fn flags(key: MessageKey, flags: &[&str], mod_seq: Option<u64>) -> Change {
    Change::Flags(Box::new(ChangedFlags {
        key,
        flags: texts(flags),
        mod_seq,
        noticed_at: Timestamp::from_micros(2),
    }))
}

pub(super) fn vanished(folder: &Folder, uids: &[(u32, u32)]) -> Change {
    Change::Vanished(Box::new(Vanished {
        folder: folder.id,
        uid_validity: VALIDITY,
        uids: uids.to_vec(),
        noticed_at: Timestamp::from_micros(2),
    }))
}

/// All that INBOX holds.
pub(super) fn snapshot(messages: &[(u32, &[&str])]) -> Change {
    let messages = messages.iter();
    Change::Snapshot(Box::new(Snapshot {
        folder: inbox().id,
        uid_validity: VALIDITY,
        messages: messages.map(|(uid, flags)| (*uid, texts(flags))).collect(),
        all: true,
        noticed_at: Timestamp::from_micros(2),
    }))
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}
