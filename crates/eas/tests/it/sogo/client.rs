//! A client that waits for each answer: the building blocks put together as simply as can be.

use pushmail_domain::{AccountId, Authentication, Secret};
use pushmail_eas::DeviceId;
use pushmail_eas::command::folder_sync::{self, Change, FolderKind};
use pushmail_eas::command::sync::{self, BodyPreference, MimeSupport, Options, Part, Query};
use pushmail_eas::command::{Class, CollectionId, Command, SyncKey, ping};
use pushmail_eas::http::{self, Call, CookieJar, Head, Post, Request, ResponseParser, Url};
use pushmail_eas::item::BodyType;
use pushmail_testkit::Sogo;
use pushmail_testkit::server::PASSWORD;
use pushmail_wbxml::{Limits, ProtocolVersion};
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than any heartbeat here.
const TIMEOUT: Duration = Duration::from_secs(100);

pub(crate) struct Client {
    pub(crate) addr: SocketAddr,
    url: Url,
    user: String,
    pub(crate) credential: Authentication,
    device: DeviceId,
    pub(crate) version: ProtocolVersion,
    folders: SyncKey,
}

/// A folder, and how far it was synchronised.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(crate) id: CollectionId,
    pub(crate) class: Class,
    pub(crate) key: SyncKey,
}

/// The answer to a Sync of one folder.
#[derive(Debug)]
pub(crate) struct Synced {
    pub(crate) changes: Vec<sync::Change>,
    pub(crate) collection: Option<sync::Collection>,
    pub(crate) answer: sync::Answer,
}

impl Client {
    /// A client as the user with this number, and as its device.
    pub(crate) fn new(sogo: &Sogo, user: u8) -> Self {
        Self {
            addr: sogo.addr(),
            url: Url::parse(&sogo.url()).unwrap(),
            user: format!("user{user}@tenant1.test"),
            credential: Authentication::Password(Secret::new(PASSWORD.to_owned())),
            device: DeviceId::of_account(AccountId::from_bytes([user; 16])),
            version: ProtocolVersion::V14_1,
            folders: SyncKey::initial(),
        }
    }

    /// The client, in this version.
    pub(crate) fn speaking(mut self, version: ProtocolVersion) -> Self {
        self.version = version;
        self
    }

    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// Sends a request over a connection of its own; the answer's head and body.
    pub(crate) fn ask(&self, call: Call<'_>) -> io::Result<(Head, Vec<u8>)> {
        let mut connection = TcpStream::connect(self.addr)?;
        connection.set_read_timeout(Some(TIMEOUT))?;
        self.ask_on(&mut connection, call)
    }

    /// The same over this connection.
    pub(crate) fn ask_on(
        &self,
        connection: &mut TcpStream,
        call: Call<'_>,
    ) -> io::Result<(Head, Vec<u8>)> {
        let request = Request {
            url: &self.url,
            user: &self.user,
            credential: &self.credential,
            cookies: &CookieJar::new(),
            call,
        };
        connection.write_all(request.encode().unwrap().expose())?;
        read(connection)
    }

    /// Sends a command; the answer's head and body.
    pub(crate) fn try_post(&self, command: Command, body: &[u8]) -> io::Result<(Head, Vec<u8>)> {
        let device = self.device.clone();
        self.ask(Call::Post(Post {
            command,
            device: &device,
            version: self.version,
            policy_key: None,
            body,
        }))
    }

    /// Sends a command that is answered by 200; the answer's body.
    #[track_caller]
    pub(crate) fn post(&self, command: Command, body: &[u8]) -> Vec<u8> {
        let (head, body) = self.try_post(command, body).unwrap();
        assert_eq!(head.status, 200, "{command:?}");
        assert!(head.is_wbxml());
        body
    }

    /// What has changed of the folders since the last time.
    #[track_caller]
    pub(crate) fn folders(&mut self) -> Vec<Change> {
        let sync_key = self.folders.clone();
        let body = folder_sync::Request { sync_key }.encode();
        let answer = self.post(Command::FolderSync, &body);
        let answer = folder_sync::Answer::parse(&answer, Limits::default()).unwrap();
        assert_eq!(answer.status, folder_sync::Status::Success);
        self.folders = answer.sync_key.unwrap();
        answer.changes
    }

    /// The first folder of each of these kinds, synchronised.
    #[track_caller]
    pub(crate) fn baseline<const N: usize>(&mut self, kinds: [FolderKind; N]) -> [Folder; N] {
        let folders = self.folders();
        let mut folders = kinds.map(|kind| first_of(&folders, kind));
        for folder in &mut folders {
            self.news(folder);
        }
        folders
    }

    /// Everything that is new in a folder: asks until an answer has no change.
    #[track_caller]
    pub(crate) fn news(&self, folder: &mut Folder) -> Vec<sync::Change> {
        let mut news = Vec::new();
        loop {
            let before = folder.key.clone();
            let synced = self.sync(folder, |_| {});
            let more = synced
                .collection
                .is_some_and(|collection| collection.more_available);
            news.extend(synced.changes);
            if folder.key == before && !more {
                return news;
            }
        }
    }

    /// Asks once what is new in a folder, by a query that the test may change.
    #[track_caller]
    pub(crate) fn sync(&self, folder: &mut Folder, change: impl FnOnce(&mut Query)) -> Synced {
        let mut query = folder.query();
        change(&mut query);
        let request = sync::Request {
            collections: vec![query],
            ..sync::Request::default()
        };
        let bytes = self.post(Command::Sync, &request.encode(self.version));
        let synced = Synced::read(&bytes);
        if let Some(key) = synced
            .collection
            .as_ref()
            .and_then(|one| one.sync_key.as_ref())
        {
            folder.key = key.clone();
        }
        synced
    }

    /// Waits for something new in these folders.
    #[track_caller]
    pub(crate) fn ping(&self, heartbeat: u32, folders: &[&Folder]) -> ping::Answer {
        self.try_ping(heartbeat, folders).unwrap()
    }

    /// The same; an error if the connection ends.
    pub(crate) fn try_ping(&self, heartbeat: u32, folders: &[&Folder]) -> io::Result<ping::Answer> {
        let folders = folders.iter().map(|folder| ping::Watched {
            id: folder.id.clone(),
            class: folder.class,
        });
        let request = ping::Request {
            heartbeat: Some(heartbeat),
            folders: folders.collect(),
        };
        let (head, body) = self.try_post(Command::Ping, &request.encode())?;
        assert_eq!(head.status, 200);
        Ok(ping::Answer::parse(&body, Limits::default()).unwrap())
    }
}

impl Folder {
    fn query(&self) -> Query {
        let mail = self.class == Class::Email;
        Query {
            id: self.id.clone(),
            class: self.class,
            sync_key: self.key.clone(),
            supported: Vec::new(),
            deletes_as_moves: None,
            get_changes: true,
            window: Some(100),
            options: mail.then(|| mime(4096)),
            fetch: Vec::new(),
        }
    }
}

impl Synced {
    #[track_caller]
    fn read(mut bytes: &[u8]) -> Self {
        let mut parser = sync::Parser::new(sync::Limits::default());
        let (mut changes, mut collection) = (Vec::new(), None);
        while let Some(part) = parser.next(&mut bytes).unwrap() {
            match part {
                Part::Change(change) => changes.push(change),
                Part::Collection(read) => assert!(collection.replace(read).is_none()),
            }
        }
        Self {
            changes,
            collection,
            answer: parser.finish().unwrap(),
        }
    }
}

/// Mail as MIME, cut here.
pub(crate) fn mime(truncation: u32) -> Options {
    let body = BodyPreference {
        kind: BodyType::Mime,
        truncation: Some(truncation),
        all_or_none: false,
        preview: None,
    };
    Options {
        filter: None,
        mime: Some(MimeSupport::Always),
        bodies: vec![body],
    }
}

/// The first folder of this kind that was added.
#[track_caller]
pub(crate) fn first_of(changes: &[Change], kind: FolderKind) -> Folder {
    let mut added = changes.iter().filter_map(|change| match change {
        Change::Added(folder) if folder.kind == kind => Some(folder),
        _ => None,
    });
    let folder = added.next().unwrap_or_else(|| panic!("no {kind:?}"));
    Folder {
        id: folder.id.clone(),
        class: kind.class().unwrap(),
        key: SyncKey::initial(),
    }
}

fn read(connection: &mut TcpStream) -> io::Result<(Head, Vec<u8>)> {
    let mut parser = ResponseParser::new(http::Limits::default());
    let (mut head, mut body) = (None, Vec::new());
    let mut buffer = [0; 4096];
    while !parser.is_done() {
        let count = match connection.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            count => count?,
        };
        if count == 0 {
            parser.finish().map_err(io::Error::other)?;
            break;
        }
        let mut rest = &buffer[..count];
        while let Some(part) = parser.next(&mut rest).map_err(io::Error::other)? {
            match part {
                http::Part::Head(read) => head = Some(*read),
                http::Part::Body(piece) => body.extend(piece),
                http::Part::End => assert!(rest.is_empty(), "nothing follows an answer"),
            }
        }
    }
    Ok((head.unwrap(), body))
}
