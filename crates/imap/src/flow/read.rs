//! Reading new mail: `UID FETCH n:*` (RFC 9051, sections 6.4.5 and 6.4.9).
//!
//! `n:*` always returns the last message, even if its UID is below `n`; such messages are dropped. So is
//! what the server tells unasked about messages that are known, but for their flags. What came waits in a [`Hold`]
//! until it may be announced.
//!
//! Invariant: no message is announced above one that the server has and that was not announced.

use super::command::Kind;
use super::folder::{Backlog, Reached};
use super::hold::{Hold, Taken};
use super::{ImapFlow, limits};
use crate::wire::{Capability, Condition, Fetch};
use pushmail_domain::{Arrival, ContentLevel, FaultKind, MessageKey, Timestamp};
use pushmail_upstream::{Change, Moment, NewMessage, Output};
use std::time::Duration;

/// Mail that comes now and is older than this did not come by delivery.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);
/// How often mail that was announced and did not come is asked for again.
const EMPTY_READS: u8 = 4;
/// The pause before the first of these; each further one is twice as long.
const EMPTY_PAUSE: Duration = Duration::from_millis(500);

/// What came for a read so far.
pub(super) struct Read {
    folder: usize,
    noticed_at: Timestamp,
    /// Whether the mail came while the account was live.
    fresh: bool,
    /// Whether only one message is asked for.
    single: bool,
    /// Whether it is announced without its text, because that cannot be read.
    unreadable: bool,
    hold: Hold,
    /// The highest sequence number that came with a UID.
    top: u32,
    /// How many FETCH responses about new mail came for the command.
    came: u32,
    /// How often messages were asked for anew because not all of them fitted or were whole.
    again: bool,
}

impl Read {
    fn new(folder: usize, noticed_at: Timestamp, fresh: bool, hold: Hold) -> Self {
        Self {
            folder,
            noticed_at,
            fresh,
            single: false,
            unreadable: false,
            hold,
            top: 0,
            came: 0,
            again: false,
        }
    }

    /// A read of one message only.
    pub(super) fn single(
        folder: usize,
        noticed_at: Timestamp,
        fresh: bool,
        hold: Hold,
        unreadable: bool,
    ) -> Self {
        Self {
            single: true,
            unreadable,
            ..Self::new(folder, noticed_at, fresh, hold)
        }
    }

    pub(super) const fn folder(&self) -> usize {
        self.folder
    }

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
    /// Reads the open folder from its cursor on; `false` if there is nothing to read, or not yet.
    pub(super) fn read(&mut self, folder: usize, at: Moment) -> bool {
        let state = &self.folders[folder];
        let early = state.not_before.is_some_and(|when| at.elapsed < when);
        if state.dirty.is_none() || early {
            return false;
        }
        if self.takes_care(folder) {
            self.read_with_care(folder, at);
            return true;
        }
        match self.read_line(folder, at) {
            Some(line) => self.outputs.push_back(Output::Send(line)),
            None => self.advance(at),
        }
        true
    }

    /// The command that reads the folder, noted as sent; `None` if no UID is left that it could have.
    pub(super) fn read_line(&mut self, folder: usize, at: Moment) -> Option<Vec<u8>> {
        let wants_text = self.wants_text();
        let state = &mut self.folders[folder];
        let noticed_at = state.dirty.take()?;
        let fresh = std::mem::take(&mut state.fresh);
        let hold = Hold::new(state.cursor()?.uid_next, wants_text);
        self.fetch_line(Read::new(folder, noticed_at, fresh, hold), at)
    }

    /// The command that reads what was not announced, noted as sent; `None` if no UID is left.
    fn fetch_line(&mut self, mut read: Read, at: Moment) -> Option<Vec<u8>> {
        let from = u32::try_from(read.hold.next()).ok()?;
        read.hold.restart();
        read.top = 0;
        read.came = 0;
        let line = format!("UID FETCH {from}:* ({})", self.items());
        Some(self.command_line(line.as_bytes(), Kind::Read(Box::new(read)), at))
    }

    /// Whether a message is whole only with its text.
    pub(super) fn wants_text(&self) -> bool {
        self.content != ContentLevel::Signal
    }

    /// What a message is asked for.
    pub(super) fn items(&self) -> &'static str {
        let provider = if self.offers(Capability::ObjectId) {
            Provider::EmailId
        } else if self.offers(Capability::GmailExt) {
            Provider::Gmail
        } else {
            Provider::None
        };
        items(self.content, provider, self.wants_all())
    }

    /// The read that waits for its answer.
    pub(super) fn reading(&mut self) -> Option<&mut Read> {
        self.outstanding(|kind| match kind {
            Kind::Read(read) => Some(&mut **read),
            _ => None,
        })
    }

    /// FETCH, asked for or not.
    pub(super) fn fetched(&mut self, fetch: Fetch, at: Moment) {
        for pending in &mut self.pending {
            match &mut pending.kind {
                Kind::Examine(opening) => return opening.fetched(&fetch),
                Kind::Highest(highest) => return highest.fetched(&fetch),
                Kind::Count(count) => return count.fetched(&fetch),
                Kind::Recent(recent) => return recent.fetched(&fetch),
                Kind::Lowest(lowest) => return lowest.fetched(&fetch),
                Kind::Changes(changes) => return changes.fetched(&fetch),
                Kind::Read(read) => {
                    // With a text it is the last message, which `n:*` always brings.
                    let told = fetch.body.is_none().then(|| fetch.clone());
                    let taken = read.take(fetch);
                    if taken == Taken::Whole {
                        pending.deadline = at.elapsed + limits::COMMAND;
                    }
                    if taken != Taken::Known {
                        read.came += 1;
                        self.came_for_read(at);
                    } else if let Some(told) = told {
                        self.told_flags_while_reading(told, at);
                    }
                    return;
                }
                _ => {}
            }
        }
        self.told_flags(fetch, at);
    }

    /// A FETCH without text that a read did not ask for. Without a MODSEQ it may be the last message, which did
    /// not change: only a look tells.
    fn told_flags_while_reading(&mut self, fetch: Fetch, at: Moment) {
        let unnumbered = fetch.mod_seq.is_none() && fetch.flags.is_some();
        match self.selected {
            Some(folder) if unnumbered => self.may_have_changed(folder, at),
            _ => self.told_flags(fetch, at),
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
        let (folder, noticed) = (read.folder, (read.noticed_at, read.fresh));
        let unreadable = read.unreadable;
        let ready: Vec<_> = std::iter::from_fn(|| read.hold.ready()).collect();
        read.hold.make_room();
        for (uid, fetch) in ready {
            self.announce(folder, uid, fetch, noticed, unreadable, at);
        }
    }

    /// A message of which nothing can be read.
    pub(super) fn announce_unreadable(
        &mut self,
        folder: usize,
        uid: u32,
        fetch: Fetch,
        noticed: (Timestamp, bool),
        at: Moment,
    ) {
        self.announce(folder, uid, fetch, noticed, true, at);
    }

    fn announce(
        &mut self,
        folder: usize,
        uid: u32,
        fetch: Fetch,
        (noticed_at, fresh): (Timestamp, bool),
        unreadable: bool,
        at: Moment,
    ) {
        let state = &mut self.folders[folder];
        let arrival = arrival(state.backlog, fresh, fetch.internal_date, at.now);
        let Some(mut cursor) = state.cursor() else {
            return;
        };
        cursor.uid_next = u64::from(uid) + 1;
        state.reached = Some(Reached::from(cursor));
        state.empty_reads = 0;
        self.pace.brought();
        let key = MessageKey {
            folder: cursor.folder,
            uid_validity: cursor.uid_validity,
            uid,
        };
        let message = NewMessage {
            key,
            arrival,
            internal_date: fetch.internal_date,
            size: fetch.size.unwrap_or(0),
            flags: fetch.flags.unwrap_or_default(),
            provider_message_id: fetch.provider_id.unwrap_or_default(),
            head: fetch.body.unwrap_or_default(),
            unreadable,
            noticed_at,
            fetched_at: at.now,
        };
        self.outputs
            .push_back(Output::Change(Change::Message(Box::new(message))));
    }

    /// The command is over. Reads on where it did not bring everything; ends the read where it did.
    pub(super) fn has_read(&mut self, mut read: Read, condition: Condition, at: Moment) {
        let folder = read.folder;
        let before = self.folders[folder].cursor().map(|cursor| cursor.uid_next);
        if condition != Condition::Ok {
            self.folders[folder].dirty.get_or_insert(read.noticed_at);
            self.folders[folder].fresh |= read.fresh;
            return self.failed_to_read(folder, at);
        }
        let complete = self.announce_held(&mut read, at);
        let cursor = self.folders[folder].cursor().map(|cursor| cursor.uid_next);
        if read.single {
            return match cursor == before && read.came == 0 {
                true => self.did_not_come(folder, at),
                false => self.taken_care_of(),
            };
        }
        if !complete {
            if let Some(line) = self.fetch_line(read, at) {
                self.outputs.push_back(Output::Send(line));
            }
            return;
        }
        self.read_to_its_end(&read, at);
    }

    /// Everything came that the server has, or hands out: it may have announced more than that.
    fn read_to_its_end(&mut self, read: &Read, at: Moment) {
        let state = &mut self.folders[read.folder];
        state.backlog = Backlog::Small;
        if state.count.is_some_and(|count| read.top >= count) {
            state.dirty = None;
            state.empty_reads = 0;
            return;
        }
        let announced = state.count.is_some_and(|count| count > read.top) && read.came == 0;
        if announced && state.dirty.is_none() && state.empty_reads < EMPTY_READS {
            state.dirty = Some(read.noticed_at);
            state.fresh |= read.fresh;
            let pause = EMPTY_PAUSE * (1 << u32::from(state.empty_reads));
            state.not_before = Some(at.elapsed + pause);
            state.empty_reads += 1;
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
            let noticed = (read.noticed_at, read.fresh);
            self.announce(read.folder, uid, fetch, noticed, read.unreadable, at);
        }
        read.again = !read.hold.is_empty();
        read.hold.is_empty() && !read.hold.overflowed()
    }
}

/// Which identity of its own a server gives a message.
#[derive(Debug, Clone, Copy)]
enum Provider {
    None,
    EmailId,
    Gmail,
}

/// The FETCH items. With `all`, flags are always asked for, since later ones are compared with them.
const fn items(content: ContentLevel, provider: Provider, all: bool) -> &'static str {
    use {ContentLevel as Level, Provider as P};
    match (content, provider) {
        (Level::Signal, P::None) if all => "UID FLAGS INTERNALDATE",
        (Level::Signal, P::None) => "UID INTERNALDATE",
        (Level::Signal, P::EmailId) => "UID FLAGS INTERNALDATE EMAILID",
        (Level::Signal, P::Gmail) => "UID FLAGS INTERNALDATE X-GM-MSGID",
        (Level::Headers, P::None) => {
            "UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER]<0.16384>"
        }
        (Level::Headers, P::EmailId) => {
            "UID FLAGS INTERNALDATE RFC822.SIZE EMAILID BODY.PEEK[HEADER]<0.16384>"
        }
        (Level::Headers, P::Gmail) => {
            "UID FLAGS INTERNALDATE RFC822.SIZE X-GM-MSGID BODY.PEEK[HEADER]<0.16384>"
        }
        (Level::Preview, P::None) => "UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16384>",
        (Level::Preview, P::EmailId) => {
            "UID FLAGS INTERNALDATE RFC822.SIZE EMAILID BODY.PEEK[]<0.16384>"
        }
        (Level::Preview, P::Gmail) => {
            "UID FLAGS INTERNALDATE RFC822.SIZE X-GM-MSGID BODY.PEEK[]<0.16384>"
        }
    }
}

/// How a message came into its folder.
fn arrival(
    backlog: Backlog,
    fresh: bool,
    internal_date: Option<Timestamp>,
    now: Timestamp,
) -> Arrival {
    let old = internal_date.is_some_and(|date| date < now.before(OLD));
    match backlog {
        Backlog::Bulk => Arrival::Bulk,
        Backlog::Small | Backlog::Unknown if fresh && old => Arrival::Added,
        Backlog::Small | Backlog::Unknown => Arrival::Delivered,
    }
}
