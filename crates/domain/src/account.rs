//! Accounts: one mailbox at one upstream.

use crate::folder::Folder;
use crate::id::{AccountId, TenantId};
use crate::secret::Secret;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// How the connection to an upstream is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// TLS from the first byte (RFC 8314, section 3.3).
    Tls,
    /// STARTTLS, required before login (RFC 9051, section 6.2.1).
    StartTls,
    /// None. Only for loopback addresses, and only where explicitly asked for.
    Plaintext,
}

/// Where an upstream listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Endpoint {
    /// A DNS name, or an IP address without brackets.
    pub host: String,
    /// The TCP port; not 0.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// What an account proves itself with. Sealed at rest, opened for one login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authentication {
    /// A password or an app password.
    Password(Secret<String>),
    /// An OAuth 2.0 access token (RFC 6749, section 1.4), sent by OAUTHBEARER or XOAUTH2.
    AccessToken(Secret<String>),
}

/// What an upstream speaks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// IMAP (RFC 9051, RFC 3501).
    #[default]
    Imap,
    /// Exchange ActiveSync (MS-ASHTTP).
    Eas {
        /// The path of its URL, mostly `/Microsoft-Server-ActiveSync`.
        path: String,
    },
}

/// The upstream half of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamSpec {
    /// What it speaks.
    #[serde(default)]
    pub protocol: Protocol,
    /// Where it listens.
    pub endpoint: Endpoint,
    /// The name to log in with.
    pub user: String,
}

/// How much of a mail goes into its event.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ContentLevel {
    /// That there is a mail: folder and UID, nothing of what it says.
    Signal,
    /// And its envelope: sender, recipients, subject, date, size, flags.
    Headers,
    /// And the first words of its text.
    #[default]
    Preview,
}

/// Which events an account has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventScope {
    /// New mail, and what a reader of new mail has to know: `message.new`, `folder.reset`, `account.state`.
    #[default]
    New,
    /// Also changes of flags, deletions and changes of folders.
    All,
}

/// How often the server rejected the account's credential, one login after the other. Kept with the
/// checkpoint, so that it is counted across restarts and owners. A count of 0 at the account's present version says that
/// the credential has logged in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rejections {
    /// How many, since the last login that succeeded or the last change of the account.
    pub count: u32,
    /// When the last one was.
    pub last_at: Timestamp,
    /// [`Account::version`] at which they were counted: a changed account starts anew.
    pub version: u64,
}

/// What the operator wants of an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DesiredState {
    /// Watched.
    #[default]
    Active,
    /// Kept, but not connected.
    Paused,
}

/// Where an account stands, as people are told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountPhase {
    /// Never connected yet.
    #[default]
    Pending,
    /// Connected, its baseline committed: mail from here on is announced.
    Live,
    /// Cut off; being tried again by itself.
    Retrying,
    /// Cut off, and somebody has to act: the detail says what.
    NeedsAttention,
    /// Paused by the operator.
    Paused,
    /// Its server ordered that everything of it be forgotten. It is, and the account is never connected again.
    Wiped,
}

impl AccountPhase {
    /// The phase as one lower-case word, for output and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Live => "live",
            Self::Retrying => "retrying",
            Self::NeedsAttention => "needs_attention",
            Self::Paused => "paused",
            Self::Wiped => "wiped",
        }
    }
}

/// Where an account stands, since when, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountStatus {
    /// The phase.
    pub phase: AccountPhase,
    /// The reason in plain words, with the remedy; empty when all is well. Never holds a secret.
    pub detail: String,
    /// When the phase was entered.
    pub since: Timestamp,
    /// How often the credential was rejected.
    pub rejections: Rejections,
}

/// What an operator gives to have a mailbox watched.
#[derive(Debug, Clone)]
pub struct AccountSpec {
    /// The mailbox's address, for people; need not be the login name.
    pub address: String,
    /// Where and as whom to log in.
    pub upstream: UpstreamSpec,
    /// What to log in with.
    pub authentication: Authentication,
    /// The folders to watch: see [`Account::selection`].
    pub selection: Vec<String>,
    /// How much of each mail to send.
    pub content: ContentLevel,
    /// Which events to send.
    pub events: EventScope,
}

/// A registered mailbox, without its credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its identity.
    pub id: AccountId,
    /// Its owner.
    pub tenant: TenantId,
    /// The mailbox's address, for people.
    pub address: String,
    /// Where and as whom to log in.
    pub upstream: UpstreamSpec,
    /// Names of the folders to watch, as UTF-8 with the server's separator, at least one; the first is
    /// the main folder, watched by IDLE. `*` stands for every folder that can be opened, but for those
    /// with the special uses `\All`, `\Drafts`, `\Sent`, `\Trash`, `\Junk`, `\Flagged` and `\Important`
    /// (RFC 6154) that are not named themselves; the main folder is then INBOX. At a server of Exchange ActiveSync,
    /// names are those that people see, whatever folder theirs is in, and `INBOX`, `\Calendar`, `\Contacts` and
    /// `\Tasks` are the user's own of these.
    pub selection: Vec<String>,
    /// The folders that the selection stood for when the server was last asked; empty before that.
    pub folders: Vec<Folder>,
    /// Whether `folders` were found under this very selection. A folder found later is then one that was
    /// made meanwhile, all of whose mail is new.
    pub listed: bool,
    /// How much of each mail to send.
    pub content: ContentLevel,
    /// Which events to send.
    pub events: EventScope,
    /// What the operator wants.
    pub desired: DesiredState,
    /// Where it stands.
    pub status: AccountStatus,
    /// Rises with every change an operator makes; orders the registry's change feed.
    pub version: u64,
    /// When it was registered.
    pub created_at: Timestamp,
}
