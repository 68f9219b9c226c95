//! What a conversation is told at its beginning.

use crate::command::provision::PolicyKey;
use pushmail_domain::{
    AccountId, Authentication, ContentLevel, Endpoint, EventScope, Folder, SyncCursor,
};
use pushmail_upstream::keepalive::KeepAlive;
use pushmail_wbxml::ProtocolVersion;
use serde::{Deserialize, Serialize};

/// What a conversation needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whose mailbox it is: the device's id and folders' ids are made of it.
    pub account: AccountId,
    /// The server, and how the connection to it is protected.
    pub endpoint: Endpoint,
    /// The path of its URL.
    pub path: String,
    /// The name to log in with.
    pub user: String,
    /// What to log in with.
    pub authentication: Authentication,
    /// Names of the folders to watch, at least one: see [`Account::selection`](pushmail_domain::Account).
    pub selection: Vec<String>,
    /// The folders that the server was found to have before.
    pub folders: Vec<Folder>,
    /// Whether `folders` were found under this very selection: a folder found now is then a new one.
    pub listed: bool,
    /// How far folders, and their list, have been read.
    pub cursors: Vec<SyncCursor>,
    /// How much of each item is wanted.
    pub content: ContentLevel,
    /// Which changes are wanted.
    pub events: EventScope,
    /// What earlier conversations taught.
    pub learned: Learned,
}

/// What conversations of one account teach the next one. Worth keeping in memory, not worth storing: what is lost is
/// asked again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learned {
    /// The version that is spoken with the server.
    pub version: Option<ProtocolVersion>,
    /// What the last Provision gave.
    pub policy_key: Option<PolicyKey>,
    /// How long a Ping may wait.
    pub keep_alive: KeepAlive,
    /// The shortest and the longest heartbeat that the server was found to allow, in seconds.
    pub bounds: (u32, u32),
    /// The most folders that the server lets a Ping watch.
    pub max_folders: Option<u32>,
    /// Whether the server closes after each answer, whatever it says of that: SOGo does.
    pub closes: bool,
}

impl Default for Learned {
    fn default() -> Self {
        Self {
            version: None,
            policy_key: None,
            keep_alive: KeepAlive::new(super::limits::HEARTBEAT, super::limits::HEARTBEAT_MAX),
            bounds: super::limits::HEARTBEATS,
            max_folders: None,
            closes: false,
        }
    }
}
