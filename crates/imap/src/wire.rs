//! Server responses (RFC 9051, section 7): bytes in, in any pieces, [`Response`]s out.
//!
//! [`Decoder`] finds where one response ends, keeping no more of it than [`limits`] allows, and reads
//! it into a [`Response`]. Lines may end in CRLF or in a bare LF.
//!
//! What is needed is read strictly: a number out of range or an unbalanced parenthesis is a
//! [`WireError`]. What is not needed is skipped: unknown responses, FETCH items and response codes.

mod capability;
mod code;
mod cursor;
mod date;
mod decoder;
mod error;
mod fetch;
mod listing;
mod parse;
mod response;
mod search;
mod uid_set;

pub use capability::{Capabilities, Capability};
pub use date::search_date;
pub use decoder::Decoder;
pub use error::WireError;
pub use listing::{Listing, MailboxAttribute, MailboxAttributes};
pub use response::{Code, Condition, Fetch, MailboxStatus, Response, StatusText};
pub use search::SearchResult;
pub use uid_set::UidSet;
pub(crate) use uid_set::merge;

/// How much of a response is taken.
pub mod limits {
    /// Longest line, in bytes, literals not counted. Longer: [`WireError::TooLarge`](super::WireError),
    /// except for lists of numbers (VANISHED, SEARCH, ESEARCH), which are cut there.
    pub const LINE: usize = 16 * 1024;
    /// Largest literal outside of a message body, in bytes.
    pub const LITERAL: u64 = 8 * 1024;
    /// Largest literal that holds a message body, in bytes. Servers that ignore partial fetches send
    /// the whole message; what is past [`BODY_KEPT`] streams by.
    pub const BODY: u64 = 64 * 1024 * 1024;
    /// How much of a message body is kept, in bytes.
    pub const BODY_KEPT: usize = 16 * 1024;
    /// How much of one whole response is kept, in bytes.
    pub const RESPONSE: usize = 20 * 1024;
    /// How deep parentheses may nest.
    pub const DEPTH: usize = 64;
    /// How many ranges of a set of UIDs are kept.
    pub const RANGES: usize = 512;
    /// How many flags of one message are kept; the rest is dropped.
    pub const FLAGS: usize = 64;
    /// How many bytes of a message's flags are kept; a flag that does not fit is dropped.
    pub const FLAG_BYTES: usize = 2 * 1024;
    /// Longest name of a folder, in bytes as the server writes it. Of a longer one, one byte more is kept, so that
    /// it is known to be too long.
    pub const NAME: usize = 1024;
    /// How many bytes of a text for people are kept; one that long may be cut.
    pub const TEXT: usize = 1024;
}
