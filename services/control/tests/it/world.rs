//! A running control service, and what tests ask of it.

use pushmail_control::{Config, Deps, admin_key, build};
use pushmail_domain::{
    Account, AccountId, Arrival, Clock as _, Content, CursorStep, Event, EventId, EventKind,
    FolderId, MessageContent, MessageKey, Secret, Shard, TenantId, WorkerId,
};
use pushmail_eventlog::{TenantLog, codec};
use pushmail_eventlog_embedded::EmbeddedLog;
use pushmail_leases_embedded::{Config as LeaseConfig, EmbeddedLeases};
use pushmail_mailbox::Mailbox;
use pushmail_proto::v1 as pb;
use pushmail_proto::v1::{
    accounts_client::AccountsClient, devices_client::DevicesClient, events_client::EventsClient,
    fleet_client::FleetClient, messages_client::MessagesClient, tenants_client::TenantsClient,
};
use pushmail_registry::Registry;
use pushmail_registry_sql::SqlRegistry;
use pushmail_runtime::{Lifecycle, SystemClock, SystemEntropy, Telemetry};
use pushmail_seal::{ContentKey, MasterKey, unwrap_content_key};
use pushmail_upstream::egress::{EgressConfig, EgressGuard};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Status};

/// A valid id of each kind that nothing has.
pub(crate) const NO_TENANT: &str = "ten_00000000000000000000000000";
pub(crate) const NO_ACCOUNT: &str = "acc_00000000000000000000000000";
pub(crate) const NO_DEVICE: &str = "dev_00000000000000000000000000";

pub(crate) struct World {
    pub(crate) channel: Channel,
    pub(crate) key: Secret<String>,
    pub(crate) sql: SqlRegistry,
    pub(crate) registry: Arc<dyn Registry>,
    pub(crate) log: Arc<dyn TenantLog>,
    pub(crate) leases: Arc<EmbeddedLeases>,
    pub(crate) master: Arc<MasterKey>,
    pub(crate) nudge: Arc<Notify>,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) telemetry: Telemetry,
    pub(crate) entropy: Arc<SystemEntropy>,
    _directory: TempDir,
}

impl World {
    /// A service that refuses addresses that are not public.
    pub(crate) async fn start() -> Self {
        Self::with(EgressConfig::default(), Config::default()).await
    }

    pub(crate) async fn with(egress: EgressConfig, config: Config) -> Self {
        Self::reading(egress, config, Arc::new(Nobodys)).await
    }

    /// A service that reads messages from there.
    pub(crate) async fn reading(
        egress: EgressConfig,
        config: Config,
        mailbox: Arc<dyn Mailbox>,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(SystemClock);
        let entropy = Arc::new(SystemEntropy);
        let sql = open_registry(&directory).await;
        let registry: Arc<dyn Registry> = Arc::new(sql.clone());
        let log: Arc<dyn TenantLog> = Arc::new(open_log(&directory));
        let key = admin_key::ensure(&*registry, &*entropy).await.unwrap();
        let world = Self {
            channel: Endpoint::from_static("http://127.0.0.1:1").connect_lazy(),
            key: key.expect("a new registry has no key"),
            sql,
            registry,
            log,
            leases: Arc::new(EmbeddedLeases::new(LeaseConfig::default(), clock.clone())),
            master: Arc::new(MasterKey::generate(&*entropy)),
            nudge: Arc::new(Notify::new()),
            lifecycle: Lifecycle::new(),
            telemetry: Telemetry::disabled(),
            entropy,
            _directory: directory,
        };
        let deps = Deps {
            registry: world.registry.clone(),
            subscriptions: Arc::new(world.sql.clone()),
            log: world.log.clone(),
            leases: world.leases.clone(),
            mailbox,
            master: world.master.clone(),
            guard: Arc::new(EgressGuard::public_only(egress)),
            telemetry: world.telemetry.clone(),
            clock,
            entropy: world.entropy.clone(),
            lifecycle: world.lifecycle.clone(),
            nudge: world.nudge.clone(),
        };
        world.serve(config, deps).await
    }

    async fn serve(mut self, config: Config, deps: Deps) -> Self {
        let mut routes = tonic::service::Routes::builder();
        build(config, deps).await.unwrap().register(&mut routes);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::builder().add_routes(routes.routes());
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        self.channel = endpoint.connect().await.unwrap();
        self
    }

    pub(crate) fn tenants(&self) -> TenantsClient<Channel> {
        TenantsClient::new(self.channel.clone())
    }

    pub(crate) fn accounts(&self) -> AccountsClient<Channel> {
        AccountsClient::new(self.channel.clone())
    }

    pub(crate) fn devices(&self) -> DevicesClient<Channel> {
        DevicesClient::new(self.channel.clone())
    }

    pub(crate) fn events(&self) -> EventsClient<Channel> {
        EventsClient::new(self.channel.clone())
    }

    pub(crate) fn fleet(&self) -> FleetClient<Channel> {
        FleetClient::new(self.channel.clone())
    }

    pub(crate) fn messages(&self) -> MessagesClient<Channel> {
        MessagesClient::new(self.channel.clone())
    }

    /// The request with the admin key.
    pub(crate) fn ask<M>(&self, message: M) -> Request<M> {
        with_key(message, &format!("Bearer {}", self.key.expose()))
    }

    pub(crate) async fn tenant(&self, name: &str) -> String {
        let request = self.ask(pb::CreateTenantRequest {
            name: name.into(),
            request_id: String::new(),
        });
        let reply = self.tenants().create_tenant(request).await.unwrap();
        reply.into_inner().tenant.unwrap().id
    }

    pub(crate) async fn create_account(
        &self,
        request: pb::CreateAccountRequest,
    ) -> Result<pb::Account, Status> {
        let reply = self.accounts().create_account(self.ask(request)).await?;
        Ok(reply.into_inner().account.unwrap())
    }

    pub(crate) async fn account(&self, tenant: &str) -> pb::Account {
        self.create_account(new_account(tenant)).await.unwrap()
    }

    /// Logs that many new messages of the account, after those it has: "mail 1", "mail 2", ...
    pub(crate) async fn append(&self, account: &Account, count: u32) {
        let shard = Shard::of(account.id);
        let worker = WorkerId::random(&*self.entropy);
        let taken = self.log.take(shard, worker).await.unwrap();
        let had = self.log.newest_of_account(account.tenant, account.id, 1000);
        let had = u32::try_from(had.await.unwrap().len()).unwrap();
        let key = self.content_key(account.tenant).await;
        let events = (had + 1..=had + count)
            .map(|uid| self.message(account, uid, &key))
            .collect();
        self.log.append(shard, taken.epoch, events).await.unwrap();
    }

    /// The tenant's subscriptions, as the API lists them.
    pub(crate) async fn subscriptions(&self, tenant: &str) -> Vec<pb::Subscription> {
        let request = self.ask(pb::ListSubscriptionsRequest {
            tenant: tenant.into(),
        });
        let reply = self.events().list_subscriptions(request).await.unwrap();
        reply.into_inner().subscriptions
    }

    async fn content_key(&self, tenant: TenantId) -> ContentKey {
        let wrapped = self.registry.tenant(tenant).await.unwrap().unwrap().keys;
        unwrap_content_key(&wrapped, &self.master, tenant).unwrap()
    }

    fn message(&self, account: &Account, uid: u32, key: &ContentKey) -> Event {
        let message = MessageKey {
            folder: FolderId::of_name(account.id, "INBOX", 1),
            uid_validity: 1,
            uid,
        };
        let id = EventId::of_message(account.id, message);
        let content = Content::Message(Box::new(MessageContent {
            subject: format!("mail {uid}"),
            ..MessageContent::default()
        }));
        let plain = codec::encode_content(&content);
        Event {
            id,
            tenant: account.tenant,
            account: account.id,
            kind: EventKind::MessageNew {
                message,
                arrival: Arrival::Delivered,
            },
            cursor: CursorStep {
                version: uid.into(),
                ..CursorStep::default()
            },
            detected_at: SystemClock.now(),
            fetched_at: SystemClock.now(),
            content: key.seal(id, account.id, &plain, &*self.entropy),
            trace: None,
        }
    }

    /// The account as the registry has it.
    pub(crate) async fn stored(&self, account: &pb::Account) -> Account {
        let tenant: TenantId = account.tenant.parse().unwrap();
        let id: AccountId = account.id.parse().unwrap();
        let found = self.registry.account(tenant, id).await.unwrap();
        found.expect("the account exists")
    }
}

/// Mailboxes that nobody asks for anything.
struct Nobodys;

#[tonic::async_trait]
impl Mailbox for Nobodys {
    async fn open(
        &self,
        _: &Account,
        _: &pushmail_mailbox::Wanted,
    ) -> Result<Box<dyn pushmail_mailbox::Reading>, pushmail_mailbox::ReadError> {
        panic!("nobody asked for a message")
    }
}

pub(crate) fn with_key<M>(message: M, authorization: &str) -> Request<M> {
    let mut request = Request::new(message);
    let value = authorization.parse().unwrap();
    request.metadata_mut().insert("authorization", value);
    request
}

/// A valid request for an account at a public host.
pub(crate) fn new_account(tenant: &str) -> pb::CreateAccountRequest {
    pb::CreateAccountRequest {
        tenant: tenant.into(),
        address: "ann@example.org".into(),
        eas: None,
        imap: Some(pb::ImapUpstream {
            host: "imap.example.org".into(),
            port: 993,
            security: pb::Security::Tls.into(),
            user: "ann".into(),
        }),
        credential: Some(pb::create_account_request::Credential::Password(
            "hunter2 hunter2".into(),
        )),
        folders: Vec::new(),
        content: 0,
        events: 0,
        request_id: String::new(),
    }
}

async fn open_registry(directory: &TempDir) -> SqlRegistry {
    let path = directory.path().join("registry.db");
    SqlRegistry::open(&path).await.unwrap()
}

fn open_log(directory: &TempDir) -> EmbeddedLog {
    let config = pushmail_eventlog_embedded::Config::new(directory.path().join("events.db"));
    EmbeddedLog::open(config, Arc::new(SystemClock), None).unwrap()
}
