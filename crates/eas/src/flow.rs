//! The conversation with a server of Exchange ActiveSync: answers in; requests, changes and faults out.
//!
//! OPTIONS, then FolderSync (and Provision, where the server wants it), then a Sync of every watched folder, and Ping
//! for as long as the server lets. [`EasFlow::advance`](EasFlow) decides what is asked next from what is known, so that
//! there is one place that orders the conversation. One request is under way at a time.
//!
//! - a folder without a key is read from the beginning and all that it holds is passed over: that is its baseline;
//! - a folder that may have changed (*dirty*) is read, a window at a time, before anything waits (`window`);
//! - a key that the server refuses begins the folder again; what came since it was last read is told (`window`);
//! - then one Ping waits for all folders (`ping`), for as long as connections were seen to live.
//!
//! Invariant: a key is told ([`Change::Synced`](pushmail_upstream::Change)) before a request holds it, so that it is
//! durable before the server sees it. The keys of a baseline are not: until its end it begins again from nothing.
//! Invariant: while a Ping waits, no credential and no cookie is kept.

mod answer;
mod ask;
mod care;
mod driven;
mod errand;
mod exchange;
mod fault;
mod hierarchy;
mod items;
pub mod limits;
mod pace;
mod ping;
mod provision;
mod rest;
mod selection;
mod settings;
mod watched;
mod window;

pub use errand::Fetched;
pub use settings::{Learned, Settings};

use crate::http::CookieJar;
use care::Care;
use errand::Errand;
use exchange::Exchange;
use hierarchy::Hierarchy;
use pace::Pace;
use ping::Waiting;
use provision::Provisioning;
use pushmail_domain::{AccountId, Authentication, ContentLevel, Endpoint, EventScope, Fault};
use pushmail_upstream::{Moment, Output};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use watched::Watched;

/// One account's conversation with a server (MS-ASHTTP, MS-ASCMD).
#[derive(Serialize, Deserialize)]
pub struct EasFlow {
    account: AccountId,
    #[serde(skip, default = "rest::nowhere")]
    endpoint: Endpoint,
    path: String,
    user: String,
    content: ContentLevel,
    events: EventScope,
    learned: Learned,
    /// Gone while a Ping waits.
    #[serde(skip)]
    credential: Option<Authentication>,
    /// Gone while a Ping waits.
    #[serde(skip)]
    cookies: CookieJar,
    #[serde(skip)]
    outputs: VecDeque<Output>,
    /// The request under way.
    #[serde(skip)]
    exchange: Option<Box<Exchange>>,
    /// The one thing that it is for, if it watches nothing.
    #[serde(skip)]
    errand: Option<Box<Errand>>,
    connection: Connection,
    provisioning: Provisioning,
    hierarchy: Hierarchy,
    /// The watched folders; the first is the main one.
    folders: Vec<Watched>,
    /// Baselines are committed, and changes are told.
    live: bool,
    waiting: Waiting,
    care: Care,
    pace: Pace,
}

/// How the connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Connection {
    /// A request can be sent.
    Open {
        /// Whether one was answered.
        used: bool,
    },
    /// It is closed, or is to be: the next request needs another one.
    Spent,
    /// Another one was asked for.
    Redialling,
    /// The conversation is over.
    Finished,
}

impl EasFlow {
    /// The conversation on a connection that was just made.
    pub fn new(settings: Settings) -> Self {
        let folders = hierarchy::known(&settings);
        let hierarchy = Hierarchy::new(&settings);
        Self {
            account: settings.account,
            endpoint: settings.endpoint,
            path: settings.path,
            user: settings.user,
            content: settings.content,
            events: settings.events,
            learned: settings.learned,
            credential: Some(settings.authentication),
            cookies: CookieJar::new(),
            outputs: VecDeque::new(),
            exchange: None,
            errand: None,
            connection: Connection::Open { used: false },
            provisioning: Provisioning::default(),
            hierarchy,
            folders,
            live: false,
            waiting: Waiting::default(),
            care: Care::default(),
            pace: Pace::new(),
        }
    }

    /// What this conversation taught, for the account's next one.
    pub const fn learned(&self) -> &Learned {
        &self.learned
    }

    /// Whether changes other than new items are wanted.
    fn wants_all(&self) -> bool {
        self.events == EventScope::All
    }

    /// Decides what is asked next. Nothing is while a request is under way.
    fn advance(&mut self, at: Moment) {
        let busy = self.exchange.is_some() || !self.outputs.is_empty();
        if busy
            || matches!(
                self.connection,
                Connection::Redialling | Connection::Finished
            )
        {
            return;
        }
        let Some(next) = self.next(at) else {
            return self.pause(at);
        };
        if self.connection == Connection::Spent {
            return self.redial(at);
        }
        if self.credential.is_none() {
            return self.outputs.push_back(Output::Credential);
        }
        self.ask(next, at);
    }

    /// Nothing is to be asked before some time. A connection that is of no use then is not kept: some servers have a
    /// process for each.
    fn pause(&mut self, at: Moment) {
        if !self.live || !self.outputs.is_empty() {
            return;
        }
        self.credential = None;
        match self.connection {
            Connection::Spent => self.redial_at(self.next_at().max(at.elapsed)),
            _ => self.outputs.push_back(Output::Park),
        }
    }

    fn finish(&mut self, fault: Fault) {
        if self.connection != Connection::Finished {
            self.connection = Connection::Finished;
            self.exchange = None;
            self.credential = None;
            self.outputs.push_back(Output::Finished(fault));
        }
    }
}
