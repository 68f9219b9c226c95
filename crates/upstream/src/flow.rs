//! The trait that every upstream protocol implements: a conversation without sockets, tasks or clocks.

use pushmail_domain::{Fault, FolderCursor, MessageKey, Timestamp};
use std::time::Duration;

/// The time at which something is handed to a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The wall clock, for timestamps.
    pub now: Timestamp,
    /// Time that only goes forward, for deadlines.
    pub elapsed: Duration,
}

/// A new message, as read from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Which.
    pub key: MessageKey,
    /// INTERNALDATE, if the server gave a valid one.
    pub internal_date: Option<Timestamp>,
    /// RFC822.SIZE in bytes.
    pub size: u64,
    /// Flags, as the server writes them.
    pub flags: Vec<String>,
    /// The first bytes of the message: header and the start of the body, at most 16 KiB.
    pub head: Vec<u8>,
    /// When the server's notice arrived.
    pub noticed_at: Timestamp,
    /// When the message had been read.
    pub fetched_at: Timestamp,
}

/// What a flow saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Every folder is open. From here on new mail is announced. Comes once per connection, before
    /// any message.
    Live {
        /// Where reading starts, for folders that had no cursor or whose UIDVALIDITY changed.
        baselines: Vec<FolderCursor>,
        /// The folders among them whose UIDVALIDITY changed: mail may have been missed.
        reset: Vec<pushmail_domain::FolderId>,
    },
    /// A message appeared. UIDs of one folder come in rising order.
    Message(Box<NewMessage>),
}

/// What a flow wants done. In order; taken until there is no more.
#[derive(Debug)]
pub enum Output {
    /// Send these bytes. May hold a credential: never log them.
    Send(Vec<u8>),
    /// Begin TLS on the connection, then call [`Flow::secured`].
    StartTls,
    /// Tell the account.
    Change(Change),
    /// Nothing is outstanding: the connection may wait for the server with next to no memory.
    Park,
    /// The conversation is over. No output follows.
    Finished(Fault),
}

/// One connection's conversation with an upstream server.
///
/// Bytes and ticks go in, bytes and changes come out. After every call that puts something in, take
/// [`Flow::next_output`] until it gives `None`.
pub trait Flow: Send {
    /// Bytes arrived from the server; for TLS, after decryption.
    fn receive(&mut self, bytes: &[u8], at: Moment);

    /// TLS is up, as [`Output::StartTls`] asked.
    fn secured(&mut self, at: Moment);

    /// The server closed the connection.
    fn closed(&mut self, at: Moment);

    /// The time of [`Flow::deadline`] has come.
    fn tick(&mut self, at: Moment);

    /// When to call [`Flow::tick`], in the time of [`Moment::elapsed`].
    fn deadline(&self) -> Option<Duration>;

    /// What to do next, if anything.
    fn next_output(&mut self) -> Option<Output>;
}
