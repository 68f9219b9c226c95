//! Reading new mail: `UID FETCH n:*` (RFC 9051, sections 6.4.5 and 6.4.9).
//!
//! `n:*` always returns the last message, even if its UID is below `n`; such messages are dropped. So is
//! what the server tells unasked about messages that are known.

use super::command::Kind;
use super::seen::Seen;
use super::{Budget, ImapFlow, limits};
use crate::wire::Fetch;
use pushmail_domain::{ContentLevel, MessageKey, Timestamp};
use pushmail_upstream::{Change, Moment, NewMessage, Output};
use std::collections::BTreeMap;

/// How many messages may wait for the rest of their data.
const PARTS: usize = 256;

/// What came for a read so far.
pub(super) struct Read {
    folder: usize,
    /// The lowest UID wanted.
    from: u32,
    noticed_at: Timestamp,
    seen: Seen,
    /// Messages of which something came, but not what was asked for: servers may split a FETCH.
    parts: BTreeMap<u32, Fetch>,
    /// The highest sequence number that came.
    top: u32,
    /// Whether this is the second try for `parts`.
    again: bool,
}

impl Read {
    /// EXPUNGE moves the sequence numbers above it down.
    pub(super) const fn expunged(&mut self, sequence: u32) {
        if sequence <= self.top {
            self.top -= 1;
        }
    }

    /// Takes one FETCH; gives the message that is thereby complete.
    fn take(&mut self, fetch: Fetch, content: ContentLevel) -> Option<(u32, Fetch)> {
        self.top = self.top.max(fetch.sequence);
        let uid = fetch
            .uid
            .filter(|uid| *uid >= self.from && !self.seen.contains(*uid))?;
        let whole = merge(self.parts.remove(&uid), fetch);
        if whole.body.is_some() || content == ContentLevel::Signal {
            return Some((uid, whole));
        }
        self.parts.insert(uid, whole);
        if self.parts.len() > PARTS {
            self.parts.pop_first()
        } else {
            None
        }
    }
}

/// What came earlier for a message, completed by what comes now.
fn merge(earlier: Option<Fetch>, now: Fetch) -> Fetch {
    let Some(earlier) = earlier else {
        return now;
    };
    Fetch {
        sequence: now.sequence,
        uid: now.uid,
        flags: now.flags.or(earlier.flags),
        internal_date: now.internal_date.or(earlier.internal_date),
        size: now.size.or(earlier.size),
        body: now.body.or(earlier.body),
    }
}

impl ImapFlow {
    /// Reads the open folder from its cursor on.
    pub(super) fn read(&mut self, folder: usize, at: Moment) {
        if let Some(line) = self.read_line(folder, at) {
            self.outputs.push_back(Output::Send(line));
        } else {
            self.advance(at);
        }
    }

    /// The command that reads the folder, noted as sent; `None` if no UID is left that it could have.
    pub(super) fn read_line(&mut self, folder: usize, at: Moment) -> Option<Vec<u8>> {
        let state = &mut self.folders[folder];
        let noticed_at = state.dirty.take()?;
        let from = u32::try_from(state.cursor?.uid_next).ok()?;
        let read = Read {
            folder,
            from,
            noticed_at,
            seen: Seen::default(),
            parts: BTreeMap::new(),
            top: 0,
            again: false,
        };
        Some(self.fetch_line(read, at))
    }

    fn fetch_line(&mut self, read: Read, at: Moment) -> Vec<u8> {
        let items = match self.content {
            ContentLevel::Signal => "UID",
            ContentLevel::Headers => {
                "UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER]<0.16384>"
            }
            ContentLevel::Preview => "UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16384>",
        };
        let line = format!("UID FETCH {}:* ({items})", read.from);
        self.command_line(line.as_bytes(), Kind::Read(Box::new(read)), at)
    }

    /// The read that waits for its answer.
    pub(super) fn reading(&mut self) -> Option<&mut Read> {
        self.pending
            .iter_mut()
            .find_map(|pending| match &mut pending.kind {
                Kind::Read(read) => Some(&mut **read),
                _ => None,
            })
    }

    /// FETCH, asked for or not.
    pub(super) fn fetched(&mut self, fetch: Fetch, at: Moment) {
        let content = self.content;
        for pending in &mut self.pending {
            match &mut pending.kind {
                Kind::Highest(highest) => return highest.fetched(&fetch),
                Kind::Read(read) => {
                    let Some((uid, fetch)) = read.take(fetch, content) else {
                        return;
                    };
                    pending.deadline = at.elapsed + limits::COMMAND;
                    self.budget = Budget::default();
                    let (folder, noticed_at) = (read.folder, read.noticed_at);
                    read.seen.insert(uid);
                    return self.announce(folder, uid, fetch, noticed_at, at);
                }
                _ => {}
            }
        }
    }

    fn announce(
        &mut self,
        folder: usize,
        uid: u32,
        fetch: Fetch,
        noticed_at: Timestamp,
        at: Moment,
    ) {
        let Some(cursor) = self.folders[folder].cursor else {
            return;
        };
        let key = MessageKey {
            folder: cursor.folder,
            uid_validity: cursor.uid_validity,
            uid,
        };
        let message = NewMessage {
            key,
            internal_date: fetch.internal_date,
            size: fetch.size.unwrap_or(0),
            flags: fetch.flags.unwrap_or_default(),
            head: fetch.body.unwrap_or_default(),
            noticed_at,
            fetched_at: at.now,
        };
        self.outputs
            .push_back(Output::Change(Change::Message(Box::new(message))));
    }

    /// The read is over. Messages that came without what was asked for are asked for once more; what is
    /// still missing then will not come, and the message is announced without it.
    pub(super) fn has_read(&mut self, mut read: Read, at: Moment) {
        if let Some(lowest) = read.parts.keys().next().copied()
            && !read.again
        {
            let line = self.fetch_line(
                Read {
                    from: lowest,
                    again: true,
                    ..read
                },
                at,
            );
            return self.outputs.push_back(Output::Send(line));
        }
        for (uid, fetch) in std::mem::take(&mut read.parts) {
            read.seen.insert(uid);
            self.announce(read.folder, uid, fetch, read.noticed_at, at);
        }
        let state = &mut self.folders[read.folder];
        if let (Some(cursor), Some(highest)) = (&mut state.cursor, read.seen.highest()) {
            cursor.uid_next = cursor.uid_next.max(u64::from(highest) + 1);
        }
        if state.count.is_some_and(|count| read.top >= count) {
            state.dirty = None;
        }
    }

    /// Whether a read that the server ended with NO brought anything.
    pub(super) fn brought_mail(read: &Read) -> bool {
        read.seen.highest().is_some()
    }
}
