//! The tenant of a world, its accounts, and the shards that they are in.

use crate::chance::Chance;
use crate::clock::START;
use pushmail_domain::{
    Account, AccountId, AccountStatus, ContentLevel, DesiredState, Endpoint, EventScope, Security,
    Shard, TenantId, Timestamp, UpstreamSpec,
};
use pushmail_registry::Tenant;
use pushmail_runtime::SystemClock;
use pushmail_runtime::Telemetry;
use pushmail_seal::{MasterKey, TenantKeys};
use pushmail_upstream::dial::Dialer;
use pushmail_upstream::egress::EgressGuard;
use pushmail_upstream::lot::{Lot, LotConfig};
use pushmail_upstream::tls;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// The shards of every world, in three streams.
const SHARDS: [u16; 12] = [0, 1, 2, 3, 256, 257, 258, 259, 512, 513, 514, 515];
/// How many accounts there are.
const ACCOUNTS: usize = 9;
/// How many accounts a world chooses from, by shard.
const CHOICE: usize = 2;
const TENANT: TenantId = TenantId::from_bytes([7; 16]);

/// Accounts of each shard: found by trying, once for all worlds.
static CHOICES: LazyLock<BTreeMap<Shard, Vec<AccountId>>> = LazyLock::new(|| {
    let shards: Vec<Shard> = SHARDS.into_iter().filter_map(Shard::new).collect();
    let mut choices: BTreeMap<Shard, Vec<AccountId>> = BTreeMap::new();
    let chance = Chance::new(1);
    while choices.values().map(Vec::len).sum::<usize>() < SHARDS.len() * CHOICE {
        let account = AccountId::random(&chance);
        let shard = Shard::of(account);
        if shards.contains(&shard) {
            let known = choices.entry(shard).or_default();
            if known.len() < CHOICE {
                known.push(account);
            }
        }
    }
    choices
});

static MASTER: LazyLock<Arc<MasterKey>> =
    LazyLock::new(|| Arc::new(MasterKey::generate(&Chance::new(2))));

static KEYS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let chance = Chance::new(3);
    TenantKeys::generate(&chance).wrap(&MASTER, TENANT, &chance)
});

static DIALER: LazyLock<Arc<Dialer>> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "without certificates no test of this project runs"
    )]
    let tls = tls::client_config(None).expect("the system's certificates can be read");
    Arc::new(Dialer::new(EgressGuard::unrestricted(), tls))
});

/// And nothing is in it.
static LOT: LazyLock<Arc<Lot>> = LazyLock::new(|| {
    let lot = Lot::start(
        LotConfig {
            threads: 1,
            ..LotConfig::default()
        },
        Arc::new(SystemClock),
    );
    Arc::new(lot.expect("the system gives a thread"))
});

/// Counts for all worlds, and nobody looks.
static TELEMETRY: LazyLock<Telemetry> = LazyLock::new(Telemetry::disabled);

/// Who there is in a world.
pub(crate) struct People {
    pub(crate) accounts: Vec<AccountId>,
    pub(crate) shards: Arc<[Shard]>,
}

/// Some accounts: shards have none, one or two.
pub(crate) fn some(chance: &Chance) -> People {
    let mut all: Vec<AccountId> = CHOICES.values().flatten().copied().collect();
    let chosen = (0..ACCOUNTS).map(|_| all.swap_remove(chance.index(all.len())));
    People {
        accounts: chosen.collect(),
        shards: SHARDS.into_iter().filter_map(Shard::new).collect(),
    }
}

/// The key under which tenants' keys are wrapped.
pub(crate) fn master() -> Arc<MasterKey> {
    MASTER.clone()
}

/// What a watcher has to have.
pub(crate) fn dialer() -> Arc<Dialer> {
    DIALER.clone()
}

/// What a watcher has to have, too.
pub(crate) fn lot() -> Arc<Lot> {
    LOT.clone()
}

/// What a watcher counts with.
pub(crate) fn telemetry() -> Telemetry {
    TELEMETRY.clone()
}

impl People {
    pub(crate) fn tenant(&self) -> Tenant {
        Tenant {
            id: TENANT,
            name: "simulated".to_owned(),
            keys: KEYS.clone(),
            created_at: Timestamp::default(),
        }
    }

    pub(crate) fn rows(&self) -> Vec<Account> {
        let numbered = (1..).zip(&self.accounts);
        numbered.map(|(version, id)| row(version, *id)).collect()
    }
}

fn row(version: u64, id: AccountId) -> Account {
    Account {
        id,
        tenant: TENANT,
        address: String::new(),
        upstream: UpstreamSpec {
            protocol: pushmail_domain::Protocol::Imap,
            endpoint: Endpoint {
                host: "mail.example".to_owned(),
                port: 993,
                security: Security::Tls,
            },
            user: String::new(),
        },
        selection: vec!["INBOX".to_owned()],
        folders: Vec::new(),
        listed: false,
        content: ContentLevel::Signal,
        events: EventScope::New,
        desired: DesiredState::Active,
        status: AccountStatus::default(),
        version,
        created_at: START,
    }
}
