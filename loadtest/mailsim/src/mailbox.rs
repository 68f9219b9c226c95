//! One user's INBOX.

use bytes::Bytes;
use pushmail_domain::Timestamp;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The UID of a mailbox's first message. Not 1, so that a client that takes a sequence number for
/// a UID is found out.
pub const FIRST_UID: u32 = 101;

/// UIDVALIDITY of every mailbox.
pub(crate) const UID_VALIDITY: u32 = 1_700_000_000;

/// A message the server holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its UID.
    pub uid: u32,
    /// Its Message-ID header with the angle brackets; empty if it has none.
    pub message_id: Arc<str>,
    /// When it was delivered.
    pub internal_date: Timestamp,
    /// Its size in bytes.
    pub size: usize,
}

/// The first time a message was announced to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Whose INBOX holds the message.
    pub user: Arc<str>,
    /// Its UID there.
    pub uid: u32,
    /// Its Message-ID header with the angle brackets; empty if it has none.
    pub message_id: Arc<str>,
    /// The time right before the EXISTS that counted it was written to a connection.
    pub announced_at: Timestamp,
}

/// A message with its text. The text is shared by all who read it.
pub(crate) struct Stored {
    pub(crate) info: StoredMessage,
    pub(crate) raw: Bytes,
    /// Bytes of `raw` up to and with the empty line after the header.
    pub(crate) header: usize,
}

struct Inner {
    messages: Vec<Arc<Stored>>,
    announced: usize,
}

/// A mailbox: messages are only ever added, so the message at index `i` has the sequence number
/// `i + 1` and the UID `FIRST_UID + i`.
pub(crate) struct Mailbox {
    user: Arc<str>,
    inner: Mutex<Inner>,
    /// How many messages there are.
    count: watch::Sender<usize>,
}

impl Mailbox {
    pub(crate) fn new(user: &str) -> Self {
        Self {
            user: user.into(),
            inner: Mutex::new(Inner {
                messages: Vec::new(),
                announced: 0,
            }),
            count: watch::Sender::new(0),
        }
    }

    /// Stores a message and wakes the watchers; its UID.
    pub(crate) fn append(&self, raw: Bytes, internal_date: Timestamp) -> u32 {
        let header = header_length(&raw);
        let message_id = message_id(&raw[..header]);
        let mut inner = self.lock();
        let uid = uid_at(inner.messages.len());
        let info = StoredMessage {
            uid,
            message_id,
            internal_date,
            size: raw.len(),
        };
        inner.messages.push(Arc::new(Stored { info, raw, header }));
        // Under the lock, so that the count never goes back.
        self.count.send_replace(inner.messages.len());
        uid
    }

    pub(crate) fn count(&self) -> usize {
        *self.count.borrow()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<usize> {
        self.count.subscribe()
    }

    pub(crate) fn get(&self, index: usize) -> Option<Arc<Stored>> {
        self.lock().messages.get(index).cloned()
    }

    pub(crate) fn list(&self) -> Vec<StoredMessage> {
        self.lock()
            .messages
            .iter()
            .map(|stored| stored.info.clone())
            .collect()
    }

    /// The first `count` messages are about to be announced: those that never were.
    pub(crate) fn announce(&self, count: usize, announced_at: Timestamp) -> Vec<Announcement> {
        let mut inner = self.lock();
        let from = inner.announced.min(count);
        inner.announced = inner.announced.max(count);
        inner.messages[from..count]
            .iter()
            .map(|stored| Announcement {
                user: Arc::clone(&self.user),
                uid: stored.info.uid,
                message_id: Arc::clone(&stored.info.message_id),
                announced_at,
            })
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The UID of the message at this index.
pub(crate) fn uid_at(index: usize) -> u32 {
    u32::try_from(index).map_or(u32::MAX, |index| FIRST_UID.saturating_add(index))
}

fn header_length(raw: &[u8]) -> usize {
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n");
    end.map_or(raw.len(), |at| at + 4)
}

fn message_id(header: &[u8]) -> Arc<str> {
    header
        .split(|byte| *byte == b'\n')
        .filter_map(|line| line.split_at_checked(11))
        .find(|(name, _)| name.eq_ignore_ascii_case(b"Message-ID:"))
        .map_or_else(Arc::default, |(_, value)| {
            String::from_utf8_lossy(value).trim().into()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_announced_once() {
        let mailbox = Mailbox::new("ann");
        let raw = Bytes::from_static(b"Subject: a\r\nmessage-id: <x@y>\r\n\r\nbody");
        let uid = mailbox.append(raw, Timestamp::from_micros(5));
        assert_eq!(uid, FIRST_UID);
        let first = mailbox.announce(1, Timestamp::from_micros(7));
        assert_eq!(&*first[0].message_id, "<x@y>");
        assert_eq!(mailbox.announce(1, Timestamp::from_micros(9)), []);
    }
}
