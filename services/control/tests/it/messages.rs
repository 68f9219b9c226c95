//! Messages are handed out in bounded pieces, to those who may have them.

use crate::fields::fields;
use crate::world::{NO_ACCOUNT, NO_TENANT, World, with_key};
use pushmail_control::{Config, MessagesConfig};
use pushmail_domain::{Account, Folder, FolderId};
use pushmail_mailbox::{About, Mailbox, Part, Piece, ReadError, ReadErrorKind, Reading, Wanted};
use pushmail_proto::v1 as pb;
use pushmail_proto::v1::fetch_request::{Headers, Part as Asked, Raw, Text};
use pushmail_proto::v1::fetch_response::{About as Told, End, Item};
use pushmail_upstream::egress::EgressConfig;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

/// Mailboxes that hold one part of so many bytes, or fail.
struct Fake {
    size: usize,
    fails: Option<ReadErrorKind>,
    /// One permit for each piece that may be read.
    pieces: Semaphore,
    asked: Mutex<Vec<Wanted>>,
}

struct FakeReading {
    about: About,
    left: Vec<u8>,
    fake: Arc<Fake>,
}

struct Handle(Arc<Fake>);

#[tonic::async_trait]
impl Mailbox for Handle {
    async fn open(
        &self,
        _account: &Account,
        wanted: &Wanted,
    ) -> Result<Box<dyn Reading>, ReadError> {
        self.0.asked.lock().unwrap().push(wanted.clone());
        if let Some(kind) = self.0.fails {
            return Err(ReadError::new(kind, "said the mailbox"));
        }
        let all: Vec<u8> = (0..self.0.size).map(|at| at.to_le_bytes()[0]).collect();
        let from = usize::try_from(wanted.offset).unwrap().min(all.len());
        Ok(Box::new(FakeReading {
            about: About {
                uid_validity: 7,
                message_size: 1_000,
                content_type: "text/plain".to_owned(),
                charset: "utf-8".to_owned(),
                filename: "a.txt".to_owned(),
                size: None,
            },
            left: all[from..].to_vec(),
            fake: self.0.clone(),
        }))
    }
}

#[tonic::async_trait]
impl Reading for FakeReading {
    fn about(&self) -> &About {
        &self.about
    }

    async fn next(&mut self, most: usize) -> Result<Piece, ReadError> {
        self.fake.pieces.acquire().await.unwrap().forget();
        let bytes: Vec<u8> = self.left.drain(..most.min(self.left.len())).collect();
        let more = !self.left.is_empty();
        let size = (!more).then_some(self.fake.size as u64);
        Ok(Piece { bytes, more, size })
    }
}

struct Setup {
    world: World,
    fake: Arc<Fake>,
    tenant: String,
    account: String,
    folder: FolderId,
}

impl Setup {
    async fn new(size: usize, fails: Option<ReadErrorKind>, messages: MessagesConfig) -> Self {
        let fake = Arc::new(Fake {
            size,
            fails,
            pieces: Semaphore::new(1_000),
            asked: Mutex::default(),
        });
        let config = Config {
            messages,
            ..Config::default()
        };
        let mailbox = Arc::new(Handle(fake.clone()));
        let world = World::reading(EgressConfig::default(), config, mailbox).await;
        let tenant = world.tenant("acme").await;
        let made = world.account(&tenant).await;
        let stored = world.stored(&made).await;
        let folder = FolderId::of_name(stored.id, "INBOX", 7);
        let folders = [Folder::new(folder, "INBOX")];
        let found =
            world
                .registry
                .set_folders(stored.tenant, stored.id, &stored.selection, &folders);
        found.await.unwrap();
        Self {
            world,
            fake,
            tenant,
            account: made.id,
            folder,
        }
    }

    fn request(&self) -> pb::FetchRequest {
        pb::FetchRequest {
            server_id: String::new(),
            tenant: self.tenant.clone(),
            account: self.account.clone(),
            folder_id: self.folder.to_string(),
            uid_validity: 7,
            uid: 42,
            part: Some(Asked::Text(Text {})),
            offset: 0,
            limit: 0,
        }
    }

    async fn fetch(&self, request: pb::FetchRequest) -> Result<(Told, Vec<Vec<u8>>, End), Status> {
        self.call(self.world.ask(request)).await
    }

    /// The three things that an answer consists of, in their order.
    async fn call(
        &self,
        request: Request<pb::FetchRequest>,
    ) -> Result<(Told, Vec<Vec<u8>>, End), Status> {
        let mut stream = self.world.messages().fetch(request).await?.into_inner();
        let mut items = Vec::new();
        while let Some(answer) = stream.message().await? {
            items.push(answer.item.unwrap());
        }
        let Some(Item::End(end)) = items.pop() else {
            panic!("no end");
        };
        let mut items = items.into_iter();
        let Some(Item::About(about)) = items.next() else {
            panic!("no beginning");
        };
        let chunks = items.map(|item| match item {
            Item::Chunk(bytes) => bytes,
            other => panic!("{other:?} in the middle"),
        });
        Ok((about, chunks.collect(), end))
    }

    async fn device(&self, accounts: &[&str]) -> String {
        let request = self.world.ask(pb::CreateDeviceRequest {
            tenant: self.tenant.clone(),
            name: "phone".to_owned(),
            accounts: accounts.iter().map(|id| (*id).to_owned()).collect(),
            request_id: String::new(),
        });
        let made = self.world.devices().create_device(request).await.unwrap();
        let request = self.world.ask(pb::IssueDeviceTokenRequest {
            tenant: self.tenant.clone(),
            device: made.into_inner().device.unwrap().id,
        });
        let issued = self.world.devices().issue_device_token(request).await;
        format!("Bearer {}", issued.unwrap().into_inner().token)
    }
}

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details.error_info().unwrap().reason.clone()
}

#[tokio::test]
async fn an_answer_says_what_it_is_gives_bounded_chunks_and_says_where_it_ended() {
    let setup = Setup::new(
        250,
        None,
        MessagesConfig {
            largest_chunk: 100,
            bytes_per_call: 230,
            ..MessagesConfig::default()
        },
    )
    .await;
    let mut request = setup.request();
    request.limit = 1_000;
    let (about, chunks, end) = setup.fetch(request.clone()).await.unwrap();
    assert_eq!((about.uid_validity, about.message_size), (7, 1_000));
    assert_eq!(about.filename, "a.txt");
    // The most that one call gives, in the largest chunks.
    let sizes: Vec<usize> = chunks.iter().map(Vec::len).collect();
    assert_eq!(sizes, [100, 100, 30]);
    assert_eq!((end.next_offset, end.more, end.size), (230, true, None));
    request.offset = end.next_offset;
    let (_, rest, end) = setup.fetch(request.clone()).await.unwrap();
    assert_eq!(
        (end.next_offset, end.more, end.size),
        (250, false, Some(250))
    );
    let all: Vec<u8> = chunks.into_iter().chain(rest).flatten().collect();
    assert!(
        all.iter()
            .enumerate()
            .all(|(at, byte)| at.to_le_bytes()[0] == *byte)
    );
    request.limit = 10;
    request.offset = 5;
    let (_, chunks, end) = setup.fetch(request).await.unwrap();
    assert_eq!((chunks.concat().len(), end.next_offset), (10, 15));
    let asked = setup.fake.asked.lock().unwrap();
    assert_eq!(
        (asked[0].folder.as_str(), asked[0].uid_validity),
        ("INBOX", Some(7))
    );
    assert_eq!((asked[0].part.clone(), asked[2].offset), (Part::Text, 5));
}

#[tokio::test]
async fn the_first_look_is_two_kilobytes() {
    let setup = Setup::new(10_000, None, MessagesConfig::default()).await;
    let (_, chunks, end) = setup.fetch(setup.request()).await.unwrap();
    assert_eq!((chunks.concat().len(), end.more), (2_048, true));
}

#[tokio::test]
async fn every_wrong_field_is_told() {
    let setup = Setup::new(1, None, MessagesConfig::default()).await;
    let wrong = pb::FetchRequest {
        server_id: String::new(),
        tenant: "x".to_owned(),
        account: "x".to_owned(),
        folder_id: "INBOX".to_owned(),
        uid_validity: 0,
        uid: 0,
        part: None,
        offset: -1,
        limit: -1,
    };
    let refused = setup.fetch(wrong).await.unwrap_err();
    let all = [
        "tenant",
        "account",
        "folder_id",
        "uid",
        "part",
        "offset",
        "limit",
    ];
    assert_eq!(fields(&refused), all);
    let mut request = setup.request();
    request.part = Some(Asked::Section("1.0".to_owned()));
    assert_eq!(
        fields(&setup.fetch(request).await.unwrap_err()),
        ["section"]
    );
    for part in [Asked::Raw(Raw {}), Asked::Headers(Headers {})] {
        let mut request = setup.request();
        request.part = Some(part);
        setup.fetch(request).await.unwrap();
    }
}

#[tokio::test]
async fn why_a_message_cannot_be_read_is_told_by_code_and_reason() {
    use ReadErrorKind as K;
    for (kind, code, told) in [
        (K::Gone, Code::NotFound, "MESSAGE_NOT_FOUND"),
        (K::NoPart, Code::NotFound, "PART_NOT_FOUND"),
        (K::NoFolder, Code::NotFound, "FOLDER_NOT_FOUND"),
        (K::Reset, Code::FailedPrecondition, "UIDVALIDITY_CHANGED"),
        (K::Paused, Code::FailedPrecondition, "ACCOUNT_PAUSED"),
        (
            K::Credential,
            Code::FailedPrecondition,
            "CREDENTIAL_REJECTED",
        ),
        (K::TooLarge, Code::FailedPrecondition, "PART_TOO_LARGE"),
        (K::Upstream, Code::Unavailable, "UPSTREAM_REFUSED"),
        (K::TimedOut, Code::DeadlineExceeded, "UPSTREAM_TIMEOUT"),
        (K::Busy, Code::ResourceExhausted, "TOO_MANY_SESSIONS"),
        (K::Internal, Code::Unavailable, "MAILBOX_UNAVAILABLE"),
    ] {
        let setup = Setup::new(1, Some(kind), MessagesConfig::default()).await;
        let refused = setup.fetch(setup.request()).await.unwrap_err();
        assert_eq!(
            (refused.code(), refused.message()),
            (code, "said the mailbox")
        );
        assert_eq!(reason(&refused), told);
        let counted = format!("pushmail_fetches_total{{outcome=\"{}\"}} 1", kind.as_str());
        assert!(
            setup.world.telemetry.render().contains(&counted),
            "{counted}"
        );
    }
}

#[tokio::test]
async fn nobody_reads_what_is_not_theirs() {
    let setup = Setup::new(10, None, MessagesConfig::default()).await;
    let other = setup.world.tenant("other").await;
    let mut request = setup.request();
    request.tenant = other;
    let refused = setup.fetch(request).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::NotFound, "ACCOUNT_NOT_FOUND")
    );
    let mut request = setup.request();
    request.folder_id = "fld_00000000000000000000000000".to_owned();
    let refused = setup.fetch(request).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::NotFound, "FOLDER_NOT_FOUND")
    );
    assert!(setup.fake.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_device_reads_its_own_accounts_and_no_others() {
    let setup = Setup::new(10, None, MessagesConfig::default()).await;
    let second = setup.world.account(&setup.tenant).await.id;
    let token = setup.device(&[&setup.account]).await;
    let ask = |change: fn(&mut pb::FetchRequest)| {
        let mut request = setup.request();
        change(&mut request);
        with_key(request, &token)
    };
    setup.call(ask(|_| ())).await.unwrap();
    setup
        .call(ask(|request| request.tenant.clear()))
        .await
        .unwrap();
    let stranger = setup.call(ask(|request| request.tenant = NO_TENANT.to_owned()));
    assert_eq!(stranger.await.unwrap_err().code(), Code::NotFound);
    let mut request = setup.request();
    for account in [second.as_str(), NO_ACCOUNT] {
        request.account = account.to_owned();
        let refused = setup.call(with_key(request.clone(), &token)).await;
        assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    }
}

#[tokio::test]
async fn a_caller_without_key_or_token_is_refused_in_the_same_words() {
    let setup = Setup::new(10, None, MessagesConfig::default()).await;
    let token = setup.device(&[&setup.account]).await;
    let replaced = setup.device(&[&setup.account]).await;
    let mut messages = vec![
        setup
            .world
            .messages()
            .fetch(setup.request())
            .await
            .unwrap_err(),
    ];
    for shown in [
        format!("Bearer pmk_{}", "0".repeat(64)),
        token.replace("Bearer ", "Basic "),
        token[..token.len() - 1].to_owned(),
        format!(
            "{}{}",
            &token[..token.len() - 4],
            &replaced[replaced.len() - 4..]
        ),
        "Bearer ".to_owned(),
    ] {
        let refused = setup.call(with_key(setup.request(), &shown)).await;
        messages.push(refused.unwrap_err());
    }
    for refused in &messages {
        assert_eq!(refused.code(), Code::Unauthenticated);
        assert_eq!(refused.message(), messages[0].message());
    }
    assert!(setup.fake.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn no_more_calls_are_open_than_allowed_and_one_that_is_given_up_makes_room() {
    let setup = Setup::new(
        10_000,
        None,
        MessagesConfig {
            calls_per_account: 1,
            ..MessagesConfig::default()
        },
    )
    .await;
    setup.fake.pieces.forget_permits(1_000);
    let mut client = setup.world.messages();
    let open = client.fetch(setup.world.ask(setup.request())).await;
    let open = open.unwrap();
    let refused = setup.fetch(setup.request()).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert!(refused.message().contains("calls_per_account"), "{refused}");
    drop(open);
    let cancelled = "pushmail_fetches_total{outcome=\"cancelled\"} 1";
    let room = async {
        while !setup.world.telemetry.render().contains(cancelled) {
            tokio::task::yield_now().await;
        }
        setup.fake.pieces.add_permits(1_000);
        while setup.fetch(setup.request()).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    let limit = Duration::from_secs(20);
    tokio::time::timeout(limit, room).await.unwrap();
}

#[tokio::test]
async fn a_call_ends_at_its_deadline() {
    let setup = Setup::new(
        10,
        None,
        MessagesConfig {
            deadline: Duration::from_millis(50),
            ..MessagesConfig::default()
        },
    )
    .await;
    setup.fake.pieces.forget_permits(1_000);
    let refused = setup.fetch(setup.request()).await.unwrap_err();
    assert_eq!(refused.code(), Code::DeadlineExceeded);
    assert!(refused.message().contains("messages.deadline"), "{refused}");
}

type Break = fn(&mut MessagesConfig);

#[tokio::test]
async fn limits_that_cannot_work_are_refused_at_the_start() {
    use pushmail_control::{Deps, build};
    let world = World::start().await;
    let deps = || Deps {
        registry: world.registry.clone(),
        subscriptions: Arc::new(world.sql.clone()),
        log: world.log.clone(),
        leases: world.leases.clone(),
        mailbox: Arc::new(Handle(Arc::new(Fake {
            size: 0,
            fails: None,
            pieces: Semaphore::new(0),
            asked: Mutex::default(),
        }))),
        master: world.master.clone(),
        guard: Arc::new(pushmail_upstream::egress::EgressGuard::public_only(
            EgressConfig::default(),
        )),
        telemetry: world.telemetry.clone(),
        clock: Arc::new(pushmail_runtime::SystemClock),
        entropy: world.entropy.clone(),
        lifecycle: world.lifecycle.clone(),
        nudge: world.nudge.clone(),
    };
    let wrong: [(&str, Break); 4] = [
        ("messages.largest_chunk", |config| {
            config.largest_chunk = 2 << 20;
        }),
        ("messages.bytes_per_call", |config| {
            config.bytes_per_call = 0;
        }),
        ("messages.calls_per_account", |config| {
            config.calls_per_account = 0;
        }),
        ("messages.deadline", |config| {
            config.deadline = Duration::ZERO;
        }),
    ];
    for (key, change) in wrong {
        let mut config = Config::default();
        change(&mut config.messages);
        let error = build(config, deps()).await.err().unwrap();
        assert!(error.to_string().starts_with(key), "{error}");
    }
}
