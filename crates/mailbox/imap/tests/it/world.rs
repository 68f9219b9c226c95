//! A registry with one tenant, the mailboxes, and what tests ask of them.

use pushmail_credentials::Credentials;
use pushmail_domain::{
    Account, AccountId, Authentication, Clock as _, ContentLevel, Endpoint, Entropy as _,
    EventScope, Secret, Security, TenantId, UpstreamSpec,
};
use pushmail_mailbox::{About, Mailbox as _, Part, ReadError, Wanted};
use pushmail_mailbox_imap::budget::Bounded;
use pushmail_mailbox_imap::{Config, Deps, ImapMailbox, build};
use pushmail_registry::{Accounts as _, NewAccount, Tenant, Tenants as _};
use pushmail_registry_sql::SqlRegistry;
use pushmail_runtime::Lifecycle;
use pushmail_seal::{MasterKey, TenantKeys};
use pushmail_testkit::{MockClock, SeededEntropy};
use pushmail_upstream::dial::Dialer;
use pushmail_upstream::egress::EgressGuard;
use pushmail_upstream::tls;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const CONFIG: Config = Config {
    largest_message: 8 * 1024 * 1024,
    largest_text: 1024 * 1024,
    sessions: 4,
    sessions_per_account: 2,
    answer_within: Duration::from_secs(20),
    idle: Duration::from_secs(30),
};

pub(crate) struct World {
    pub(crate) mailbox: ImapMailbox,
    pub(crate) registry: SqlRegistry,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) tenant: TenantId,
    keys: TenantKeys,
    pub(crate) entropy: Arc<SeededEntropy>,
    clock: MockClock,
    _folder: tempfile::TempDir,
}

impl World {
    /// Mailboxes that trust this authority.
    pub(crate) async fn new(ca_pem: Option<&str>, config: Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ca_file = folder.path().join("ca.pem");
        std::fs::write(&ca_file, ca_pem.unwrap_or_default()).unwrap();
        let tls = tls::client_config(ca_pem.map(|_| ca_file.as_path())).unwrap();
        let entropy = Arc::new(SeededEntropy::new(7));
        let clock = MockClock::new();
        let master = Arc::new(MasterKey::generate(&*entropy));
        let registry = SqlRegistry::open(&folder.path().join("registry.db")).await;
        let registry = registry.unwrap();
        let tenant = TenantId::random(&*entropy);
        let keys = TenantKeys::generate(&*entropy);
        let row = Tenant {
            id: tenant,
            name: "test".to_owned(),
            keys: keys.wrap(&master, tenant, &*entropy),
            created_at: clock.now(),
        };
        registry.create_tenant(row, None).await.unwrap();
        let lifecycle = Lifecycle::new();
        let shared = Arc::new(registry.clone());
        let deps = Deps {
            credentials: Arc::new(Credentials::new(shared, master, entropy.clone())),
            dialer: Arc::new(Dialer::new(EgressGuard::unrestricted(), tls)),
            budget: Arc::new(Bounded::new(config.sessions, config.sessions_per_account)),
            client: ("pushmail".to_owned(), "test".to_owned()),
            lifecycle: lifecycle.clone(),
        };
        Self {
            mailbox: build(config, deps),
            registry,
            lifecycle,
            tenant,
            keys,
            entropy,
            clock,
            _folder: folder,
        }
    }

    pub(crate) async fn account(
        &self,
        user: &str,
        authentication: Authentication,
        (addr, security): (SocketAddr, Security),
    ) -> Account {
        let id = AccountId::random(&*self.entropy);
        let host = match security {
            Security::Plaintext => "127.0.0.1",
            Security::Tls | Security::StartTls => "localhost",
        };
        let account = NewAccount {
            id,
            address: user.to_owned(),
            upstream: UpstreamSpec {
                protocol: pushmail_domain::Protocol::Imap,
                endpoint: Endpoint {
                    host: host.to_owned(),
                    port: addr.port(),
                    security,
                },
                user: user.to_owned(),
            },
            credential: self
                .keys
                .credentials()
                .seal(id, &authentication, &*self.entropy),
            selection: vec!["INBOX".to_owned()],
            content: ContentLevel::Preview,
            events: EventScope::New,
            created_at: self.clock.now(),
        };
        let made = self.registry.create_account(self.tenant, account, None);
        made.await.unwrap()
    }

    /// Reads on from `wanted.offset` in one call: what is known of the part, and its bytes.
    pub(crate) async fn read(
        &self,
        account: &Account,
        wanted: Wanted,
        most: usize,
    ) -> Result<(About, Vec<u8>), ReadError> {
        let mut reading = self.mailbox.open(account, &wanted).await?;
        let about = reading.about().clone();
        let mut all = Vec::new();
        loop {
            let piece = reading.next(most).await?;
            assert!(piece.bytes.len() <= most, "{} bytes", piece.bytes.len());
            all.extend(piece.bytes);
            if !piece.more {
                assert_eq!(piece.size, Some(wanted.offset + all.len() as u64));
                return Ok((about, all));
            }
        }
    }

    /// Reads by one call for each piece, as a device does that asks on.
    pub(crate) async fn read_on(
        &self,
        account: &Account,
        mut wanted: Wanted,
        most: usize,
    ) -> (usize, Vec<u8>) {
        let (mut calls, mut all) = (0, Vec::new());
        loop {
            let mut reading = self.mailbox.open(account, &wanted).await.unwrap();
            let piece = reading.next(most).await.unwrap();
            calls += 1;
            wanted.offset += piece.bytes.len() as u64;
            all.extend(piece.bytes);
            if !piece.more {
                return (calls, all);
            }
        }
    }

    /// So many bytes that look like chance.
    pub(crate) fn bytes(&self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.entropy.fill(&mut bytes);
        bytes
    }
}

pub(crate) fn password(text: &str) -> Authentication {
    Authentication::Password(Secret::new(text.to_owned()))
}

/// The part of a message in the INBOX.
pub(crate) fn wanted(uid: u32, part: Part) -> Wanted {
    Wanted {
        item: None,
        folder: "INBOX".to_owned(),
        uid_validity: None,
        uid,
        part,
        offset: 0,
    }
}

pub(crate) fn section(text: &str) -> Part {
    Part::Section(text.parse().unwrap())
}
