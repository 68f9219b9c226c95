//! A gateway on a port of its own, and what tests need to feed it.

use pushmail_delivery::{Config, Deps, build};
use pushmail_domain::{
    AccountId, Arrival, Content, ContentLevel, CursorStep, DeviceId, DeviceToken, Endpoint,
    Entropy, Epoch, Event, EventId, EventKind, EventScope, FolderId, MessageContent, MessageKey,
    Secret, Security, Shard, TenantId, Timestamp, UpstreamSpec, WorkerId,
};
use pushmail_eventlog::{EventLog, codec};
use pushmail_eventlog_embedded::EmbeddedLog;
use pushmail_pacer_embedded::EmbeddedDevices;
use pushmail_proto::v1::device_gateway_client::DeviceGatewayClient;
use pushmail_proto::v1::{self, connect_request, connect_response::Frame};
use pushmail_registry::{
    Accounts as _, Device, Devices as _, NewAccount, Registry, Tenant, Tenants as _,
};
use pushmail_registry_sql::SqlRegistry;
use pushmail_runtime::{Lifecycle, Outcome, SystemClock, SystemEntropy, Telemetry};
use pushmail_seal::{MasterKey, TenantKeys};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::transport::{Channel, Server};
use tonic::{Request, Status, Streaming};

/// Far longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn config() -> Config {
    Config {
        heartbeat: Duration::from_secs(30),
        session_queue: 1024,
        unacked: 1024,
        max_sessions: 100,
        compare_interval: Duration::from_secs(60),
        drain_spread: Duration::from_secs(5),
        drain_grace: Duration::from_millis(100),
    }
}

/// What outlives a gateway: its log, registry and master key.
pub(crate) struct World {
    pub(crate) log: Arc<EmbeddedLog>,
    pub(crate) registry: Arc<SqlRegistry>,
    master: Arc<MasterKey>,
    _folder: TempDir,
}

/// A running gateway.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    pub(crate) telemetry: Telemetry,
    pub(crate) lifecycle: Lifecycle,
}

/// Half of every limit.
struct Middle;

impl Entropy for Middle {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
        if let Some(last) = bytes.last_mut() {
            *last = 0x80;
        }
    }
}

/// A tenant and its keys.
pub(crate) struct Owner {
    pub(crate) id: TenantId,
    keys: TenantKeys,
}

/// A mailbox whose shard is ours.
pub(crate) struct Mailbox {
    pub(crate) account: AccountId,
    tenant: TenantId,
    keys: TenantKeys,
    epoch: Epoch,
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = pushmail_eventlog_embedded::Config::new(folder.path().join("events.db"));
        let log = EmbeddedLog::open(log, Arc::new(SystemClock), None).unwrap();
        let registry = SqlRegistry::open(&folder.path().join("registry.db"))
            .await
            .unwrap();
        Self {
            log: Arc::new(log),
            registry: Arc::new(registry),
            master: Arc::new(MasterKey::generate(&SystemEntropy)),
            _folder: folder,
        }
    }

    pub(crate) async fn owner(&self) -> Owner {
        let entropy = SystemEntropy;
        let keys = TenantKeys::generate(&entropy);
        let id = TenantId::random(&entropy);
        let tenant = Tenant {
            id,
            name: "a tenant".into(),
            keys: keys.wrap(&self.master, id, &entropy),
            created_at: Timestamp::from_micros(1),
        };
        self.registry.create_tenant(tenant, None).await.unwrap();
        Owner { id, keys }
    }

    pub(crate) async fn mailbox(&self, owner: &Owner) -> Mailbox {
        let entropy = SystemEntropy;
        let account = AccountId::random(&entropy);
        let new = NewAccount {
            id: account,
            address: "me@example.org".into(),
            upstream: UpstreamSpec {
                protocol: pushmail_domain::Protocol::Imap,
                endpoint: Endpoint {
                    host: "imap.example.org".into(),
                    port: 993,
                    security: Security::Tls,
                },
                user: "me".into(),
            },
            credential: vec![1],
            selection: vec!["INBOX".to_owned()],
            events: EventScope::New,
            content: ContentLevel::Preview,
            created_at: Timestamp::from_micros(1),
        };
        self.registry
            .create_account(owner.id, new, None)
            .await
            .unwrap();
        let worker = WorkerId::random(&entropy);
        let taken = self.log.take(Shard::of(account), worker).await.unwrap();
        Mailbox {
            account,
            tenant: owner.id,
            keys: owner.keys.clone(),
            epoch: taken.epoch,
        }
    }

    /// A device of these mailboxes, and its token.
    pub(crate) async fn device(&self, owner: &Owner, mailboxes: &[&Mailbox]) -> DeviceToken {
        let id = DeviceId::random(&SystemEntropy);
        let device = Device {
            id,
            tenant: owner.id,
            name: "a phone".into(),
            accounts: mailboxes.iter().map(|mailbox| mailbox.account).collect(),
            created_at: Timestamp::from_micros(1),
        };
        self.registry.create_device(device, None).await.unwrap();
        let token = DeviceToken::mint(owner.id, id, &SystemEntropy);
        self.registry
            .set_token(owner.id, id, token.hash())
            .await
            .unwrap();
        token
    }

    /// Logs mails with these UIDs, and a subject that tells them apart.
    pub(crate) async fn mails(&self, to: &Mailbox, uids: impl IntoIterator<Item = u32>) {
        let events: Vec<_> = uids.into_iter().map(|uid| to.mail(uid, "")).collect();
        for chunk in events.chunks(100) {
            self.append(to, chunk.to_vec()).await;
        }
    }

    pub(crate) async fn append(&self, to: &Mailbox, events: Vec<Event>) {
        let shard = Shard::of(to.account);
        self.log.append(shard, to.epoch, events).await.unwrap();
    }

    pub(crate) async fn serve(&self, config: Config) -> Gateway {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.serve_on(listener, config)
    }

    pub(crate) fn serve_on(&self, listener: TcpListener, config: Config) -> Gateway {
        self.start(listener, config, |_| {})
    }

    /// Serves, with another registry in the place of its own.
    pub(crate) async fn serve_asking(
        &self,
        registry: Arc<dyn Registry>,
        config: Config,
    ) -> Gateway {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.start(listener, config, |deps| deps.registry = registry)
    }

    /// Serves beside other processes; what is left to chance takes the middle.
    pub(crate) async fn serve_among_others(&self, config: Config) -> Gateway {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.start(listener, config, |deps| {
            deps.has_others = true;
            deps.entropy = Arc::new(Middle);
        })
    }

    fn start(
        &self,
        listener: TcpListener,
        config: Config,
        change: impl FnOnce(&mut Deps),
    ) -> Gateway {
        let address = listener.local_addr().unwrap();
        let (telemetry, lifecycle) = (Telemetry::disabled(), Lifecycle::new());
        let mut deps = Deps {
            registry: self.registry.clone(),
            log: self.log.clone(),
            devices: Arc::new(EmbeddedDevices::new(Arc::new(SystemClock))),
            master: self.master.clone(),
            telemetry: telemetry.clone(),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            lifecycle: lifecycle.clone(),
            has_others: false,
        };
        change(&mut deps);
        let server = Server::builder().add_service(build(config, deps).gateway);
        let draining = lifecycle.draining();
        lifecycle.spawn("test.server", async move {
            let incoming = TcpListenerStream::new(listener);
            let drained = draining.cancelled_owned();
            server
                .serve_with_incoming_shutdown(incoming, drained)
                .await
                .unwrap();
        });
        Gateway {
            address,
            telemetry,
            lifecycle,
        }
    }
}

impl Mailbox {
    /// The announcement of a mail with this UID, whose preview is `preview`.
    pub(crate) fn mail(&self, uid: u32, preview: &str) -> Event {
        let message = MessageKey {
            folder: FolderId::of_name(self.account, "INBOX", 0),
            uid_validity: 1,
            uid,
        };
        let id = EventId::of_message(self.account, message);
        let content = Content::Message(Box::new(MessageContent {
            subject: format!("mail {uid}"),
            preview: preview.to_owned(),
            ..MessageContent::default()
        }));
        let plain = codec::encode_content(&content);
        let entropy = SystemEntropy;
        Event {
            id,
            tenant: self.tenant,
            account: self.account,
            kind: EventKind::MessageNew {
                message,
                arrival: Arrival::Delivered,
            },
            cursor: CursorStep::default(),
            detected_at: Timestamp::from_micros(1),
            fetched_at: Timestamp::from_micros(2),
            content: self.keys.content().seal(id, self.account, &plain, &entropy),
            trace: None,
        }
    }
}

impl Gateway {
    pub(crate) async fn client(&self) -> DeviceGatewayClient<Channel> {
        let endpoint = Channel::from_shared(format!("http://{}", self.address)).unwrap();
        DeviceGatewayClient::new(endpoint.connect().await.unwrap())
    }

    /// Opens a session with these resume tokens.
    pub(crate) async fn open(&self, token: &DeviceToken, resume: Vec<Vec<u8>>) -> Phone {
        let phone = self.dial(token).await;
        phone
            .send(connect_request::Frame::Hello(v1::Hello { resume }))
            .await;
        phone
    }

    /// Connects, and sends nothing yet.
    pub(crate) async fn dial(&self, token: &DeviceToken) -> Phone {
        self.try_dial(&format!("Bearer {}", token.expose()))
            .await
            .unwrap()
    }

    pub(crate) async fn try_dial(&self, authorization: &str) -> Result<Phone, Status> {
        let (requests, queue) = mpsc::channel(64);
        let mut request = Request::new(ReceiverStream::new(queue));
        let authorization = authorization.parse().unwrap();
        request
            .metadata_mut()
            .insert("authorization", authorization);
        let frames = self.client().await.connect(request).await?.into_inner();
        Ok(Phone { requests, frames })
    }

    pub(crate) async fn shut_down(&self) -> Outcome {
        self.lifecycle.shut_down(PATIENCE).await
    }
}

/// A device's side of a session, frame by frame.
pub(crate) struct Phone {
    requests: mpsc::Sender<v1::ConnectRequest>,
    frames: Streaming<v1::ConnectResponse>,
}

impl Phone {
    pub(crate) async fn send(&self, frame: connect_request::Frame) {
        let request = v1::ConnectRequest { frame: Some(frame) };
        self.requests.send(request).await.unwrap();
    }

    pub(crate) async fn ack(&self, resume: &[u8]) {
        let resume = resume.to_vec();
        self.send(connect_request::Frame::Ack(v1::Ack { resume }))
            .await;
    }

    /// The next frame; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<Frame>, Status> {
        let next = tokio::time::timeout(PATIENCE, self.frames.message()).await;
        let response = next.expect("a frame comes in time")?;
        Ok(response.map(|response| response.frame.unwrap()))
    }

    pub(crate) async fn frame(&mut self) -> Frame {
        self.next().await.unwrap().expect("the stream goes on")
    }

    /// The status that ends the stream, after whatever frames.
    pub(crate) async fn refusal(&mut self) -> Status {
        loop {
            match self.next().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the stream ended without a status"),
                Err(status) => return status,
            }
        }
    }

    /// The frames until the first Pong, without it.
    pub(crate) async fn opening(&mut self) -> (Vec<Frame>, v1::Pong) {
        let mut frames = Vec::new();
        loop {
            match self.frame().await {
                Frame::Pong(pong) => return (frames, pong),
                frame => frames.push(frame),
            }
        }
    }

    /// The next event, which no Reset comes before.
    pub(crate) async fn event(&mut self) -> v1::EventFrame {
        loop {
            match self.frame().await {
                Frame::Event(event) => return event,
                Frame::Reset(reset) => panic!("unexpected {reset:?}"),
                _ => {}
            }
        }
    }

    /// The UIDs of the next `count` events.
    pub(crate) async fn uids(&mut self, count: usize) -> Vec<u32> {
        let mut uids = Vec::new();
        for _ in 0..count {
            uids.push(uid(&self.event().await));
        }
        uids
    }
}

/// The UID of the mail that an event announces.
pub(crate) fn uid(frame: &v1::EventFrame) -> u32 {
    message(frame).uid
}

pub(crate) fn message(frame: &v1::EventFrame) -> &v1::MessageNew {
    match frame.event.as_ref().and_then(|event| event.kind.as_ref()) {
        Some(v1::event::Kind::MessageNew(message)) => message,
        other => panic!("not a message: {other:?}"),
    }
}

pub(crate) fn token(text: &DeviceToken) -> Secret<String> {
    Secret::new(text.expose().to_owned())
}
