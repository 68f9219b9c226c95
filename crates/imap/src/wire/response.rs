//! Responses as values.

use super::capability::Capabilities;
use super::listing::Listing;
use super::search::SearchResult;
use super::uid_set::UidSet;
use pushmail_domain::Timestamp;

/// How a command or the server stands (RFC 9051, section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It succeeded, or a notice.
    Ok,
    /// It failed.
    No,
    /// It was not understood.
    Bad,
    /// Greeting only: already authenticated.
    PreAuth,
    /// The server is about to close the connection.
    Bye,
}

/// What a response code says (RFC 9051, section 7.1; RFC 5530).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// The capabilities, sent unasked.
    Capability(Capabilities),
    /// UIDVALIDITY of the folder being opened; at least 1.
    UidValidity(u32),
    /// The UID that the next message will have, at least 1; up to 2^32, when no UID is left.
    UidNext(u64),
    /// HIGHESTMODSEQ (RFC 7162, section 3.1.2.1).
    HighestModSeq(u64),
    /// The folder is open for reading only.
    ReadOnly,
    /// The folder that was open is closed; what follows is about the new one (RFC 9051, section 7.1).
    Closed,
    /// The text must be shown to the user.
    Alert,
    /// A part of the server is down for now.
    Unavailable,
    /// The credential is wrong.
    AuthenticationFailed,
    /// The credential is right, but may not act for this user.
    AuthorizationFailed,
    /// The credential is no longer good.
    Expired,
    /// A limit was reached, such as of connections.
    Limit,
    /// Something is locked by another.
    InUse,
    /// The user should ask the administrator.
    ContactAdmin,
    /// Not without TLS.
    PrivacyRequired,
    /// Over quota.
    OverQuota,
    /// The folder does not exist.
    NonExistent,
    /// The folder numbers no changes (RFC 7162, section 3.1.2.2).
    NoModSeq,
    /// The server gave up telling changes: as after NOTIFY NONE (RFC 5465, section 5.8).
    NotificationOverflow,
    /// The folder's identity (RFC 8474, section 4.1).
    MailboxId(String),
    /// Any other, as written, without the brackets.
    Other(String),
}

/// What follows OK, NO, BAD, PREAUTH or BYE.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusText {
    /// The code in brackets, if there is one.
    pub code: Option<Code>,
    /// The text for people; may be empty.
    pub text: String,
}

/// One message's data (RFC 9051, section 7.5.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fetch {
    /// The message's sequence number; at least 1.
    pub sequence: u32,
    /// UID; at least 1.
    pub uid: Option<u32>,
    /// FLAGS, as the server writes them; at most [`limits::FLAGS`](super::limits::FLAGS).
    pub flags: Option<Vec<String>>,
    /// INTERNALDATE, if it is a valid one.
    pub internal_date: Option<Timestamp>,
    /// RFC822.SIZE in bytes.
    pub size: Option<u64>,
    /// MODSEQ (RFC 7162, section 3.1.4.2).
    pub mod_seq: Option<u64>,
    /// EMAILID (RFC 8474, section 5.1), or X-GM-MSGID in decimal.
    pub provider_id: Option<String>,
    /// The first bytes of `BODY[…]`, at most [`limits::BODY_KEPT`](super::limits::BODY_KEPT); empty for NIL.
    pub body: Option<Vec<u8>>,
}

/// STATUS of a folder (RFC 9051, section 7.3.4): the items that are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailboxStatus {
    /// The folder's name, as the server writes it.
    pub mailbox: Vec<u8>,
    /// How many messages it holds.
    pub messages: Option<u32>,
    /// The UID that the next message will have.
    pub uid_next: Option<u64>,
    /// Its UIDVALIDITY.
    pub uid_validity: Option<u32>,
    /// Its HIGHESTMODSEQ (RFC 7162, section 3.1.7).
    pub highest_mod_seq: Option<u64>,
}

/// One response of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// The end of a command: OK, NO or BAD.
    Tagged {
        /// The command's tag.
        tag: String,
        /// How it ended.
        condition: Condition,
        /// Why.
        text: StatusText,
    },
    /// An untagged OK, NO, BAD, PREAUTH or BYE.
    Status(Condition, StatusText),
    /// `+`: the server waits for more of a command. The text after it, which may be a challenge in base64.
    Continue(String),
    /// CAPABILITY.
    Capability(Capabilities),
    /// ID (RFC 2971): the server's answer as `name value` pairs in one line.
    Id(String),
    /// EXISTS: how many messages the open folder holds.
    Exists(u32),
    /// RECENT.
    Recent(u32),
    /// EXPUNGE: the message with this sequence number is gone; those after it move down.
    Expunge(u32),
    /// VANISHED (RFC 7162, section 3.2.10): messages are gone, by UID.
    Vanished {
        /// They went before the folder was opened, or before the command was sent: sequence numbers
        /// do not move by it.
        earlier: bool,
        /// Which.
        uids: UidSet,
    },
    /// FETCH.
    Fetch(Box<Fetch>),
    /// STATUS.
    MailboxStatus(Box<MailboxStatus>),
    /// LIST.
    List(Box<Listing>),
    /// SEARCH or ESEARCH.
    Search(SearchResult),
    /// ENABLED (RFC 5161, section 3.2).
    Enabled(Capabilities),
    /// Anything else: FLAGS, LSUB, empty lines, what nobody knows.
    Other,
}
