//! Reading new mail: `UID FETCH n:*` (RFC 9051, sections 6.4.5 and 6.4.9).
//!
//! `n:*` always returns the last message, even if its UID is below `n`; such messages are dropped. So is
//! what the server tells unasked about messages that are known. What came waits in a [`Hold`] until it
//! may be announced.
//!
//! Invariant: no message is announced above one that the server has and that was not announced.

use super::command::Kind;
use super::hold::{Hold, Taken};
use super::{ImapFlow, limits};
use crate::wire::{Condition, Fetch};
use pushmail_domain::{Arrival, ContentLevel, FaultKind, MessageKey, Timestamp};
use pushmail_upstream::{Change, Moment, NewMessage, Output};

/// What came for a read so far.
pub(super) struct Read {
    folder: usize,
    noticed_at: Timestamp,
    hold: Hold,
    /// The highest sequence number that came with a UID.
    top: u32,
    /// How many FETCH responses about new mail came for the command.
    came: u32,
    /// How often the server ended the command with NO.
    refusals: u32,
    /// Whether messages were asked for a second time because something of them is missing.
    again: bool,
}

impl Read {
    /// EXPUNGE, which may come during UID FETCH (RFC 9051, section 7.5.1), moves the sequence numbers
    /// above it down.
    pub(super) fn expunged(&mut self, sequence: u32) {
        if sequence <= self.top {
            self.top -= 1;
        }
        self.hold.forget_sequences();
    }

    /// VANISHED: no sequence number is known any more.
    pub(super) fn vanished(&mut self) {
        self.top = 0;
        self.hold.forget_sequences();
    }

    /// Whether a read that ends with NO may be tried once more: it brought something, so the server is
    /// able to read the folder.
    pub(super) const fn may_repeat(&self) -> bool {
        self.came > 0 && self.refusals < limits::REPEATS
    }

    /// Takes one FETCH and says what it was for the read. One without a UID tells nothing about which
    /// message it is, and answers nothing.
    fn take(&mut self, fetch: Fetch) -> Taken {
        let Some(uid) = fetch.uid else {
            return Taken::Known;
        };
        self.top = self.top.max(fetch.sequence);
        self.hold.take(uid, fetch)
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
        let read = Read {
            folder,
            noticed_at,
            hold: Hold::new(state.cursor?.uid_next, self.content != ContentLevel::Signal),
            top: 0,
            came: 0,
            refusals: 0,
            again: false,
        };
        self.fetch_line(read, at)
    }

    /// The command that reads what was not announced, noted as sent; `None` if no UID is left.
    fn fetch_line(&mut self, mut read: Read, at: Moment) -> Option<Vec<u8>> {
        let from = u32::try_from(read.hold.next()).ok()?;
        let items = match self.content {
            ContentLevel::Signal => "UID",
            ContentLevel::Headers => {
                "UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER]<0.16384>"
            }
            ContentLevel::Preview => "UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16384>",
        };
        read.hold.restart();
        read.top = 0;
        read.came = 0;
        let line = format!("UID FETCH {from}:* ({items})");
        Some(self.command_line(line.as_bytes(), Kind::Read(Box::new(read)), at))
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
        for pending in &mut self.pending {
            match &mut pending.kind {
                Kind::Highest(highest) => return highest.fetched(&fetch),
                Kind::Read(read) => {
                    let taken = read.take(fetch);
                    if taken == Taken::Whole {
                        pending.deadline = at.elapsed + limits::COMMAND;
                    }
                    if taken != Taken::Known {
                        read.came += 1;
                        self.came_for_read(at);
                    }
                    return;
                }
                _ => {}
            }
        }
    }

    /// New mail came: it is not on the budget, but bounded by itself. Announces what may be.
    fn came_for_read(&mut self, at: Moment) {
        self.refund();
        let Some(read) = self.reading() else {
            return;
        };
        if read.came > limits::MESSAGES {
            return self.fail(
                FaultKind::TooLarge,
                "the server sent more mail than one read takes; connecting again for the rest",
            );
        }
        let (folder, noticed_at) = (read.folder, read.noticed_at);
        let ready: Vec<_> = std::iter::from_fn(|| read.hold.ready()).collect();
        read.hold.make_room();
        for (uid, fetch) in ready {
            self.announce(folder, uid, fetch, noticed_at, at);
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
        let Some(cursor) = &mut self.folders[folder].cursor else {
            return;
        };
        cursor.uid_next = u64::from(uid) + 1;
        let key = MessageKey {
            folder: cursor.folder,
            uid_validity: cursor.uid_validity,
            uid,
        };
        let message = NewMessage {
            key,
            arrival: Arrival::Delivered,
            internal_date: fetch.internal_date,
            size: fetch.size.unwrap_or(0),
            flags: fetch.flags.unwrap_or_default(),
            provider_message_id: fetch.provider_id.unwrap_or_default(),
            head: fetch.body.unwrap_or_default(),
            unreadable: false,
            noticed_at,
            fetched_at: at.now,
        };
        self.outputs
            .push_back(Output::Change(Change::Message(Box::new(message))));
    }

    /// The command is over. Reads on where it did not bring everything; ends the read where it did.
    pub(super) fn has_read(&mut self, mut read: Read, condition: Condition, at: Moment) {
        let complete = condition == Condition::Ok && self.announce_held(&mut read, at);
        if condition != Condition::Ok {
            read.refusals += 1;
        }
        if !complete {
            if let Some(line) = self.fetch_line(read, at) {
                self.outputs.push_back(Output::Send(line));
            }
            return;
        }
        let state = &mut self.folders[read.folder];
        if state.count.is_some_and(|count| read.top >= count) {
            state.dirty = None;
        }
    }

    /// The server sent all it has from the lowest UID wanted on: announces what is held, in order; `true` if
    /// nothing is left. Messages that came without what was asked for are asked for once more; what is
    /// still missing then will not come, and the message is announced without it.
    fn announce_held(&mut self, read: &mut Read, at: Moment) -> bool {
        let again = read.again;
        let next = |hold: &mut Hold| match again {
            true => hold.lowest(),
            false => hold.lowest_whole(),
        };
        while let Some((uid, fetch)) = next(&mut read.hold) {
            self.announce(read.folder, uid, fetch, read.noticed_at, at);
        }
        read.again = !read.hold.is_empty();
        read.hold.is_empty() && !read.hold.overflowed()
    }
}
