//! A mailbox at a real server, watched as the gateway watches it, but for the clock: waiting costs no time.

use pushmail_domain::{
    AccountId, Authentication, ContentLevel, Cursor, Endpoint, EventScope, Folder, FolderCursor,
    FolderId, Secret, Security, Timestamp,
};
use pushmail_imap::{ImapFlow, Learned, Quirks, Settings};
use pushmail_testkit::MailServer;
use pushmail_testkit::server::PASSWORD;
use pushmail_upstream::{Change, Flow, Moment, Output};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub(crate) const USER: &str = "user1@tenant1.test";
const ACCOUNT: AccountId = AccountId::from_bytes([7; 16]);

/// A server that says nothing for so long has nothing to say. Dovecot holds IDLE's news back for half a second, and
/// Courier notices changes once a second.
const SILENCE: Duration = Duration::from_millis(1600);
/// The same after a command, which it answers at once.
const SHORT_SILENCE: Duration = Duration::from_millis(250);
const PATIENCE: Duration = Duration::from_secs(20);

/// What the account knows of its mailbox from one connection to the next.
pub(crate) struct Mailbox<'a> {
    server: &'a MailServer,
    selection: Vec<String>,
    folders: Vec<Folder>,
    listed: bool,
    cursor: Cursor,
    learned: Learned,
}

/// One connection.
pub(crate) struct Session<'m, 's> {
    mailbox: &'m mut Mailbox<'s>,
    flow: ImapFlow,
    stream: TcpStream,
    started: Instant,
    /// How much time was skipped.
    skipped: Duration,
    /// Changes that no step has asked for yet.
    changes: Vec<Change>,
    parked: bool,
    silence: Duration,
    /// What went over the wire, one line each.
    pub(crate) transcript: Vec<String>,
}

impl<'a> Mailbox<'a> {
    pub(crate) fn new(server: &'a MailServer, selection: &[&str]) -> Self {
        Self {
            server,
            selection: selection.iter().map(|name| (*name).to_owned()).collect(),
            folders: Vec::new(),
            listed: false,
            cursor: Cursor::default(),
            learned: Learned::default(),
        }
    }

    fn name_of(&self, folder: FolderId) -> String {
        let mut known = self.folders.iter();
        let known = known.find(|known| known.id == folder);
        known.map_or_else(|| folder.to_string(), |known| known.name.clone())
    }

    /// Connects, and goes on until there is nothing to do but wait.
    pub(crate) fn connect(&mut self) -> Session<'_, 'a> {
        let addr = self.server.imap_addr();
        let stream = TcpStream::connect(addr).unwrap();
        stream.set_nodelay(true).unwrap();
        let flow = ImapFlow::new(Settings {
            account: ACCOUNT,
            endpoint: Endpoint {
                host: addr.ip().to_string(),
                port: addr.port(),
                security: Security::Plaintext,
            },
            user: USER.to_owned(),
            authentication: Authentication::Password(Secret::new(PASSWORD.to_owned())),
            selection: self.selection.clone(),
            folders: self.folders.clone(),
            listed: self.listed,
            cursors: self.cursor.folders().collect(),
            content: ContentLevel::Headers,
            events: EventScope::All,
            quirks: Quirks::of_host("127.0.0.1"),
            learned: self.learned,
            client: ("pushmail".to_owned(), "test".to_owned()),
        });
        let mut session = Session {
            mailbox: self,
            flow,
            stream,
            started: now(),
            skipped: Duration::ZERO,
            changes: Vec::new(),
            parked: false,
            silence: SHORT_SILENCE,
            transcript: Vec::new(),
        };
        session.quiet();
        session
    }

    fn note(&mut self, change: &Change) {
        match change {
            Change::Live {
                folders, baselines, ..
            } => {
                self.folders.clone_from(folders);
                self.listed = true;
                baselines
                    .iter()
                    .for_each(|cursor| self.cursor.confirm(*cursor));
            }
            Change::Message(message) => {
                let key = message.key;
                let before = self.cursor.folder(key.folder);
                let before = before.filter(|cursor| cursor.uid_validity == key.uid_validity);
                let before =
                    before.unwrap_or(FolderCursor::starting(key.folder, key.uid_validity, 1));
                assert!(before.uid_next <= u64::from(key.uid), "told twice: {key:?}");
                self.cursor.confirm(FolderCursor {
                    uid_next: u64::from(key.uid) + 1,
                    read_at: message.fetched_at,
                    ..before
                });
            }
            Change::Confirmed(cursor) | Change::FolderReset(cursor) => self.cursor.confirm(*cursor),
            Change::FolderCreated { folder, cursor } => {
                self.folders.push(folder.clone());
                self.cursor.confirm(*cursor);
            }
            Change::FolderRenamed { folder, .. } => {
                let known = self.folders.iter_mut().find(|known| known.id == folder.id);
                known.unwrap().name.clone_from(&folder.name);
            }
            Change::FolderDeleted { folder } => self.folders.retain(|known| known.id != folder.id),
            _ => {}
        }
    }
}

impl Session<'_, '_> {
    fn at(&self) -> Moment {
        let since = today() + self.skipped;
        let micros = i64::try_from(since.as_micros()).unwrap();
        Moment {
            now: Timestamp::from_micros(micros),
            elapsed: Duration::from_secs(1000) + self.started.elapsed() + self.skipped,
        }
    }

    /// Skips so much time, as if nothing had come in it.
    pub(crate) fn skip(&mut self, seconds: u64) {
        self.skipped += Duration::from_secs(seconds);
        self.silence = SHORT_SILENCE;
        self.tick();
        self.take();
    }

    fn tick(&mut self) {
        let at = self.at();
        if self.flow.deadline().is_some_and(|due| due <= at.elapsed) {
            self.flow.tick(at);
        }
    }

    fn take(&mut self) {
        while let Some(output) = self.flow.next_output() {
            match output {
                Output::Send(bytes) => {
                    self.parked = false;
                    self.write_down("C", &bytes);
                    self.stream.write_all(&bytes).unwrap();
                }
                Output::Change(change) => {
                    self.mailbox.note(&change);
                    self.changes.push(change);
                }
                Output::Park => self.parked = true,
                Output::StartTls | Output::Credential | Output::Redial(_) => {
                    panic!("TLS was not asked for")
                }
                Output::Finished(fault) => {
                    let transcript = self.transcript.join("\n");
                    panic!("{fault}\n{transcript}")
                }
            }
        }
    }

    fn write_down(&mut self, who: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let lines = text.lines().map(|line| format!("{who}: {line}"));
        self.transcript.extend(lines);
    }

    /// Takes what comes within this time; `false` if nothing did.
    fn receive(&mut self, within: Duration) -> bool {
        self.tick();
        self.take();
        let mut bytes = [0; 16 * 1024];
        let pause = self.flow.deadline().map_or(within, |due| {
            due.saturating_sub(self.at().elapsed).min(within)
        });
        let pause = pause.max(Duration::from_millis(1));
        self.stream.set_read_timeout(Some(pause)).unwrap();
        match self.stream.read(&mut bytes) {
            Ok(0) => panic!("the server closed\n{}", self.transcript.join("\n")),
            Ok(length) => {
                self.write_down("S", &bytes[..length]);
                let at = self.at();
                self.flow.receive(&bytes[..length], at);
                self.take();
                true
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                false
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Goes on until the flow rests and the server has nothing more to say.
    pub(crate) fn quiet(&mut self) {
        let deadline = now() + PATIENCE;
        let mut silent_since = now();
        while !self.parked || silent_since.elapsed() < self.silence {
            if self.receive(Duration::from_millis(100)) || !self.parked {
                silent_since = now();
            }
            assert!(now() < deadline, "no rest\n{}", self.transcript.join("\n"));
        }
    }

    /// What was told since the last call, once there is nothing more.
    pub(crate) fn told(&mut self) -> Vec<Change> {
        self.quiet();
        self.silence = SILENCE;
        std::mem::take(&mut self.changes)
    }

    pub(crate) fn name_of(&self, folder: FolderId) -> String {
        self.mailbox.name_of(folder)
    }

    /// Ends the connection, as a network would.
    pub(crate) fn cut(mut self) {
        self.flow.closed(self.at());
        self.mailbox.learned = self.flow.learned();
    }
}

/// The time since 1970: messages' INTERNALDATE is compared with it.
#[expect(clippy::disallowed_methods, reason = "a real server has the real time")]
fn today() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a real server takes real time")]
fn now() -> Instant {
    Instant::now()
}
