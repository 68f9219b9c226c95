//! What a conversation is told at its beginning.

use crate::quirks::Quirks;
use pushmail_domain::{
    AccountId, Authentication, ContentLevel, Endpoint, EventScope, Folder, FolderCursor, FolderId,
};
use pushmail_upstream::keepalive::KeepAlive;
use serde::{Deserialize, Serialize};

/// What a conversation needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whose mailbox it is: folders' ids are made of it.
    pub account: AccountId,
    /// The server, and how the connection to it is protected.
    pub endpoint: Endpoint,
    /// The name to log in with.
    pub user: String,
    /// What to log in with; wiped as soon as the login is over.
    pub authentication: Authentication,
    /// Names of the folders to watch, at least one: see [`Account::selection`](pushmail_domain::Account).
    pub selection: Vec<String>,
    /// The folders that the server was found to have before.
    pub folders: Vec<Folder>,
    /// Whether `folders` were found under this very selection: a folder found now is then a new one.
    pub listed: bool,
    /// How far folders have been read.
    pub cursors: Vec<FolderCursor>,
    /// How much of each mail is wanted.
    pub content: ContentLevel,
    /// Which changes are wanted.
    pub events: EventScope,
    /// How to treat the server: [`Quirks::of_host`]. Where that has no rule, the greeting may still find one.
    pub quirks: &'static Quirks,
    /// What earlier conversations taught.
    pub learned: Learned,
    /// The program's name and version, for ID (RFC 2971).
    pub client: (String, String),
}

/// What conversations of one account teach the next one. Worth keeping in memory, not worth storing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learned {
    /// How long a connection may be silent; `None` if nothing was learned.
    pub keep_alive: Option<KeepAlive>,
    /// Whether IDLE failed to tell of new mail: such an account is polled.
    pub deaf: bool,
    /// The message at which reading failed last.
    pub suspect: Option<Suspect>,
}

/// A message that could not be read: the first one of its folder that was not announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspect {
    /// Its folder.
    pub folder: FolderId,
    /// The folder's cursor: the message is the first at or above this UID.
    pub uid_next: u64,
    /// How often reading it failed; at least 1.
    pub failures: u8,
}
