//! Reading a message from its mailbox on request: the port, and what it speaks of.
//!
//! An event says that there is a message; whoever wants to see more of it asks for a part of it, in
//! pieces. An adapter has the mail server hand it out, over connections of its own: never over the one
//! that watches the account.

mod error;
mod part;

pub use error::{ReadError, ReadErrorKind};
pub use part::{Part, Section, SectionError};

use async_trait::async_trait;
use pushmail_domain::Account;

type Result<T> = std::result::Result<T, ReadError>;

/// What is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The folder's name, as UTF-8 with the server's own hierarchy separator.
    pub folder: String,
    /// The UIDVALIDITY that the UID belongs to; `None` takes the folder as it is now.
    pub uid_validity: Option<u32>,
    /// The message's UID; at least 1. 0 where `item` says which message it is.
    pub uid: u32,
    /// The message at a server of Exchange ActiveSync, where it has no UID.
    pub item: Option<Item>,
    /// Which part of it.
    pub part: Part,
    /// How many bytes of the part to leave out, after decoding.
    pub offset: u64,
}

/// A message at a server of Exchange ActiveSync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The folder's ServerId (MS-ASCMD, section 2.2.3.166.3).
    pub collection: String,
    /// The message's (section 2.2.3.166.8).
    pub server_id: String,
}

/// What is known of a part before its first byte.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// The folder's UIDVALIDITY.
    pub uid_validity: u32,
    /// The whole message's size in bytes, as the server says (RFC822.SIZE).
    pub message_size: u64,
    /// The media type in lower case (RFC 2045, section 5), such as `text/plain`.
    pub content_type: String,
    /// The charset in lower case; empty where there is none.
    pub charset: String,
    /// The file name that the mail gives the part; empty where it gives none. Not safe to be used as a
    /// path.
    pub filename: String,
    /// How many bytes the part has in all, where that is known before it was read.
    pub size: Option<u64>,
}

/// A piece of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The bytes; empty only at the part's end.
    pub bytes: Vec<u8>,
    /// Whether more follow.
    pub more: bool,
    /// How many bytes the part has in all, where that is known by now.
    pub size: Option<u64>,
}

/// Where messages are read from.
#[async_trait]
pub trait Mailbox: Send + Sync {
    /// Opens a part of a message of the account, at an offset. May have to connect and log in.
    ///
    /// # Errors
    /// A [`ReadError`] of any kind.
    async fn open(&self, account: &Account, wanted: &Wanted) -> Result<Box<dyn Reading>>;
}

/// A part that is being read. Keeps its connection until it is dropped.
#[async_trait]
pub trait Reading: Send {
    /// What is known of the part.
    fn about(&self) -> &About;

    /// The next piece, with exactly `most` bytes unless the part ends before.
    ///
    /// # Errors
    /// A [`ReadError`]; the reading is over.
    async fn next(&mut self, most: usize) -> Result<Piece>;
}
