//! An account at a simulated provider, watched as the gateway watches it: it connects, and connects again when the
//! connection ends, with what the earlier connections taught.

use crate::connection::Connection;
use crate::manners::Manners;
use crate::time::StoppedTime;
use pushmail_domain::{
    AccountId, Authentication, ContentLevel, Cursor, Endpoint, EventScope, Fault, Folder,
    FolderCursor, Secret, Security,
};
use pushmail_imap::{ImapFlow, Learned, Quirks, Settings};
use pushmail_mailsim::{Accounts, Config, Mailsim, Profile, message};
use pushmail_upstream::{Change, NewMessage};
use std::sync::Arc;

/// How long an account waits before it connects again, in seconds.
const BACKOFF: u64 = 10;

/// A simulated hour, in seconds.
pub(crate) const HOUR: u64 = 3600;

pub(crate) const TOKEN: &str = "token";

/// A provider and one account there.
pub(crate) struct Watch {
    pub(crate) sim: Mailsim,
    time: StoppedTime,
    pub(crate) user: String,
    settings: Settings,
    cursor: Cursor,
    connection: Option<Connection>,
    /// How the connections ended, but for the one that lasts.
    pub(crate) ends: Vec<Fault>,
    /// The messages that were told.
    pub(crate) mail: Vec<NewMessage>,
    delivered: u64,
}

impl Watch {
    /// Plays a profile of mailsim; the account treats the server as the one at `host`.
    pub(crate) async fn new(profile: &str, host: &str, user: &str) -> Self {
        let profile = Profile::named(profile).unwrap();
        Self::with(profile, Quirks::of_host(host), user).await
    }

    /// The same profile, and an account that knows no rule for it.
    pub(crate) async fn without_rule(profile: &str, user: &str) -> Self {
        Self::with(Profile::named(profile).unwrap(), no_rule(), user).await
    }

    pub(crate) async fn with(profile: Profile, quirks: &'static Quirks, user: &str) -> Self {
        let time = StoppedTime::new();
        let mut config = Config::new(Arc::new(time.clock()));
        config.tls = false;
        config.profile = profile;
        config.command_log = 100_000;
        config.accounts = Accounts::anyone_with_password("secret").and_token(user, TOKEN);
        let sim = Mailsim::start(config).await.unwrap();
        let settings = settings(&sim, quirks, user);
        Self {
            sim,
            time,
            user: user.to_owned(),
            settings,
            cursor: Cursor::default(),
            connection: None,
            ends: Vec::new(),
            mail: Vec::new(),
            delivered: 0,
        }
    }

    /// Logs in with an access token instead of a password.
    pub(crate) fn by_token(mut self) -> Self {
        let token = Secret::new(TOKEN.to_owned());
        self.settings.authentication = Authentication::AccessToken(token);
        self
    }

    /// Watches these folders instead of INBOX.
    pub(crate) fn folders(mut self, selection: &[&str]) -> Self {
        self.settings.selection = selection.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Connects, and goes on until there is nothing to do but wait. The fault, if it comes to nothing.
    pub(crate) async fn connect(&mut self) -> Result<(), Fault> {
        self.connection = Some(self.begin());
        self.settle().await;
        match self.connection {
            Some(_) => Ok(()),
            None => Err(self.ends.pop().unwrap()),
        }
    }

    /// Connects, and stops right after the account sent this command.
    pub(crate) async fn connect_until(&mut self, command: &str) {
        let mut connection = self.begin();
        connection.settle_until(command).await;
        self.connection = Some(connection);
    }

    /// A connection that has not begun; besides the account's own, if it has one.
    pub(crate) fn begin(&self) -> Connection {
        let mut settings = self.settings.clone();
        settings.cursors = self.cursor.folders().collect();
        let flow = ImapFlow::new(settings);
        Connection::new(flow, self.sim.addr(), self.time.clock())
    }

    /// Does what is to be done now; notes what was told, and how the connection ended.
    pub(crate) async fn settle(&mut self) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        connection.settle().await;
        let told = std::mem::take(&mut connection.told);
        self.settings.learned = connection.learned();
        let ended = connection.ended.take();
        told.into_iter().for_each(|change| self.note(change));
        if let Some(fault) = ended {
            self.ends.push(fault);
            self.connection = None;
        }
    }

    fn note(&mut self, change: Change) {
        match change {
            Change::Live {
                folders, baselines, ..
            } => {
                self.settings.folders = folders;
                self.settings.listed = true;
                let begun = baselines.into_iter();
                begun.for_each(|cursor| self.cursor.confirm(cursor));
            }
            Change::Message(message) => {
                let key = message.key;
                let before = self.cursor.folder(key.folder);
                let before =
                    before.unwrap_or(FolderCursor::starting(key.folder, key.uid_validity, 1));
                assert!(before.uid_next <= u64::from(key.uid), "told twice: {key:?}");
                self.cursor.confirm(FolderCursor {
                    uid_next: u64::from(key.uid) + 1,
                    read_at: message.fetched_at,
                    ..before
                });
                self.mail.push(*message);
            }
            Change::Confirmed(cursor) | Change::FolderReset(cursor) => self.cursor.confirm(cursor),
            Change::FolderCreated { folder, cursor } => {
                self.settings.folders.push(folder);
                self.cursor.confirm(cursor);
            }
            _ => {}
        }
    }

    /// Lets so many seconds pass, one by one. A connection that ends is not made again.
    pub(crate) async fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.time.second().await;
            self.settle().await;
        }
    }

    /// Lets so many seconds pass. A connection that ends is made again after a while; the fault, if one comes to
    /// nothing.
    pub(crate) async fn keep_watching(&mut self, seconds: u64) -> Result<(), Fault> {
        let mut left = seconds;
        while left > 0 {
            if self.connection.is_none() {
                self.pass(BACKOFF).await;
                self.connect().await?;
            }
            self.pass(1).await;
            left -= 1;
        }
        Ok(())
    }

    /// Delivers a message into INBOX.
    pub(crate) fn deliver(&mut self) {
        self.deliver_to("INBOX");
    }

    pub(crate) fn deliver_to(&mut self, folder: &str) -> u32 {
        self.delivered += 1;
        let raw = message(self.delivered, &self.user);
        self.sim.deliver_to(&self.user, folder, raw).uid
    }

    /// Delivers a message into INBOX and waits for it to be told: after how many seconds it was, unless `within`
    /// so many it was not.
    pub(crate) async fn seen_within(&mut self, within: u64) -> Option<u64> {
        let before = self.mail.len();
        self.deliver();
        self.settle().await;
        for second in 0..=within {
            if self.mail.len() > before {
                return Some(second);
            }
            self.pass(1).await;
        }
        None
    }

    /// Connects and idles for so many seconds and a while. Mail is told at once, at the end too; there is one login, and
    /// no more than one probe each `interval` seconds.
    pub(crate) async fn idles_for(&mut self, seconds: u64, interval: u64) {
        self.connect().await.unwrap();
        assert_eq!(self.seen_within(0).await, Some(0));
        self.pass(seconds).await;
        assert_eq!(self.seen_within(0).await, Some(0), "{:?}", self.ends);
        self.pass(interval).await;
        assert!(self.is_connected(), "{:?}", self.ends);
        let manners = Manners::of(self);
        manners.are_good(1, 1);
        let probes = usize::try_from(seconds / interval).unwrap() + 1;
        assert!(manners.count("NOOP") <= probes);
        assert!(manners.count("IDLE") <= probes + 3);
    }

    pub(crate) const fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    pub(crate) const fn learned(&self) -> Learned {
        self.settings.learned
    }

    /// How long a silence the account waits for now, in seconds.
    pub(crate) fn interval(&self) -> u64 {
        let learned = self.settings.learned.keep_alive;
        let interval = learned.map_or(self.settings.quirks.keep_alive, |keep| keep.interval());
        interval.as_secs()
    }

    /// The folder of a message, by name.
    pub(crate) fn folder_of(&self, message: &NewMessage) -> &str {
        let mut known = self.settings.folders.iter();
        let known: Option<&Folder> = known.find(|folder| folder.id == message.key.folder);
        known.map_or("?", |folder| folder.name.as_str())
    }

    /// What went over the wire on the connection of now.
    pub(crate) fn transcript(&self) -> &[String] {
        self.connection
            .as_ref()
            .map_or(&[], |connection| &connection.transcript)
    }
}

/// The defaults, under a name, so that no rule is found by what the server says of itself.
pub(crate) fn no_rule() -> &'static Quirks {
    changed(&Quirks::default(), |quirks| {
        "no rule".clone_into(&mut quirks.name);
    })
}

/// These quirks with a change.
pub(crate) fn changed(quirks: &Quirks, change: impl FnOnce(&mut Quirks)) -> &'static Quirks {
    let mut quirks = quirks.clone();
    change(&mut quirks);
    Box::leak(Box::new(quirks))
}

fn settings(sim: &Mailsim, quirks: &'static Quirks, user: &str) -> Settings {
    Settings {
        account: AccountId::from_bytes([3; 16]),
        endpoint: Endpoint {
            host: sim.addr().ip().to_string(),
            port: sim.addr().port(),
            security: Security::Plaintext,
        },
        user: user.to_owned(),
        authentication: Authentication::Password(Secret::new("secret".to_owned())),
        selection: vec!["INBOX".to_owned()],
        folders: Vec::new(),
        listed: false,
        cursors: Vec::new(),
        content: ContentLevel::Headers,
        events: EventScope::New,
        quirks,
        learned: Learned::default(),
        client: ("pushmail".to_owned(), "1.0".to_owned()),
    }
}
