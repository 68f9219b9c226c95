//! Messages.

use super::flags::Flags;
use bytes::Bytes;
use pushmail_domain::Timestamp;
use std::sync::Arc;

/// A message that a folder holds.
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
    /// Its flags and keywords, sorted.
    pub flags: Vec<String>,
}

/// The first time a message was announced to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Whose message it is.
    pub user: Arc<str>,
    /// Its UID in its folder.
    pub uid: u32,
    /// Its Message-ID header with the angle brackets; empty if it has none.
    pub message_id: Arc<str>,
    /// The time right before the EXISTS or STATUS that counted it was written to a connection.
    pub announced_at: Timestamp,
}

/// What a message is made of. All folders and connections share it.
pub(crate) struct Mail {
    pub(crate) raw: Bytes,
    /// Bytes of `raw` up to and with the empty line after the header.
    pub(crate) header: usize,
    pub(crate) message_id: Arc<str>,
    pub(crate) internal_date: Timestamp,
    /// EMAILID (RFC 8474) and X-GM-MSGID: the same in every folder, new for every delivery.
    pub(crate) id: u64,
}

impl Mail {
    pub(crate) fn new(raw: Bytes, internal_date: Timestamp, id: u64) -> Self {
        let header = header_length(&raw);
        let message_id = message_id(&raw[..header]);
        Self {
            raw,
            header,
            message_id,
            internal_date,
            id,
        }
    }

    /// The value of the first header field of this name, without the name.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let fields = header_fields(&self.raw[..self.header]);
        let (_, value) = fields
            .into_iter()
            .map(split_field)
            .find(|(field, _)| field.eq_ignore_ascii_case(name.as_bytes()))?;
        Some(String::from_utf8_lossy(value).trim().to_owned())
    }
}

/// A message in a folder.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) uid: u32,
    /// When it last changed, in the folder's counting (RFC 7162).
    pub(crate) modseq: u64,
    pub(crate) flags: Flags,
    pub(crate) mail: Arc<Mail>,
}

impl Message {
    pub(crate) fn describe(&self) -> StoredMessage {
        StoredMessage {
            uid: self.uid,
            message_id: Arc::clone(&self.mail.message_id),
            internal_date: self.mail.internal_date,
            size: self.mail.raw.len(),
            flags: self.flags.iter().map(str::to_owned).collect(),
        }
    }
}

/// The fields of a header, each with its folded lines and its line end.
pub(crate) fn header_fields(header: &[u8]) -> Vec<&[u8]> {
    let mut fields = Vec::new();
    let mut start = 0;
    for (at, pair) in header.windows(2).enumerate() {
        let folded = matches!(pair[1], b' ' | b'\t');
        if pair[0] == b'\n' && !folded {
            fields.push(&header[start..=at]);
            start = at + 1;
        }
    }
    fields.push(&header[start..]);
    fields.retain(|field| field.contains(&b':'));
    fields
}

/// The name of a field and what follows the colon.
pub(crate) fn split_field(field: &[u8]) -> (&[u8], &[u8]) {
    let colon = field.iter().position(|byte| *byte == b':');
    colon.map_or((field, &[]), |colon| (&field[..colon], &field[colon + 1..]))
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
