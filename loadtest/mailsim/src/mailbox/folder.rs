//! One folder: its messages, and when what changed.

use super::flags::Flags;
use super::mail::{Announcement, Mail, Message};
use pushmail_domain::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;

/// The UID of a folder's first message. Not 1, so that a client that takes a sequence number for
/// a UID is found out.
pub const FIRST_UID: u32 = 101;

/// How many expunged UIDs a folder remembers; of older ones it tells more than it must.
const VANISHED: usize = 4096;

#[derive(Clone)]
pub(crate) struct Folder {
    /// Which folder this is, whatever its name; MAILBOXID is made of it.
    pub(crate) id: u64,
    pub(crate) validity: u32,
    pub(crate) uid_next: u32,
    /// HIGHESTMODSEQ.
    pub(crate) modseq: u64,
    /// The mod-sequence of the last change of flags.
    pub(crate) flags_at: u64,
    /// The mod-sequence of the last expunge.
    pub(crate) expunged_at: u64,
    /// As `\Sent` (RFC 6154).
    pub(crate) special_use: Option<Box<str>>,
    /// False for a name that only holds other folders: `\NoSelect`.
    pub(crate) selectable: bool,
    /// Some client enabled CONDSTORE here at least once.
    pub(crate) condstore_seen: bool,
    /// It keeps no mod-sequences: SELECT answers `[NOMODSEQ]`.
    pub(crate) no_modseq: bool,
    messages: Vec<Message>,
    /// Expunged UIDs with the mod-sequence of it, oldest first.
    vanished: VecDeque<(u32, u64)>,
    /// Expunges up to this mod-sequence may be forgotten.
    forgotten: u64,
    /// Messages below this UID were announced to some client.
    announced: u32,
}

impl Folder {
    pub(crate) fn new(id: u64, validity: u32) -> Self {
        Self {
            id,
            validity,
            uid_next: FIRST_UID,
            modseq: 1,
            flags_at: 0,
            expunged_at: 0,
            special_use: None,
            selectable: true,
            condstore_seen: false,
            no_modseq: false,
            messages: Vec::new(),
            vanished: VecDeque::new(),
            forgotten: 0,
            announced: FIRST_UID,
        }
    }

    /// In UID order.
    pub(crate) fn messages(&self) -> &[Message] {
        &self.messages
    }

    pub(crate) fn get(&self, uid: u32) -> Option<&Message> {
        self.position(uid).map(|index| &self.messages[index])
    }

    /// The messages with this UID and larger ones.
    pub(crate) fn from(&self, uid: u32) -> &[Message] {
        let start = self.messages.partition_point(|message| message.uid < uid);
        &self.messages[start..]
    }

    pub(crate) fn unseen(&self) -> usize {
        let seen = |message: &&Message| !message.flags.contains("\\Seen");
        self.messages.iter().filter(seen).count()
    }

    /// Whether it is marked as `\Trash` or `\Junk`.
    pub(crate) fn is_trash_or_junk(&self) -> bool {
        matches!(self.special_use.as_deref(), Some("\\Trash" | "\\Junk"))
    }

    /// Adds a message; its UID.
    pub(crate) fn append(&mut self, mail: Arc<Mail>, flags: Flags) -> u32 {
        let uid = self.uid_next;
        self.uid_next = uid.saturating_add(1);
        self.modseq += 1;
        self.messages.push(Message {
            uid,
            modseq: self.modseq,
            flags,
            mail,
        });
        uid
    }

    /// Gives a message these flags; `None` if there is no such message, else whether they changed.
    pub(crate) fn set_flags(&mut self, uid: u32, flags: Flags) -> Option<bool> {
        let index = self.position(uid)?;
        let message = &mut self.messages[index];
        if message.flags == flags {
            return Some(false);
        }
        self.modseq += 1;
        self.flags_at = self.modseq;
        message.modseq = self.modseq;
        message.flags = flags;
        Some(true)
    }

    /// Removes messages; the UIDs that were there.
    pub(crate) fn expunge(&mut self, uids: &[u32]) -> Vec<u32> {
        let gone: Vec<u32> = self
            .messages
            .extract_if(.., |message| uids.contains(&message.uid))
            .map(|message| message.uid)
            .collect();
        if !gone.is_empty() {
            self.modseq += 1;
            self.expunged_at = self.modseq;
            let modseq = self.modseq;
            self.vanished.extend(gone.iter().map(|uid| (*uid, modseq)));
            let excess = self.vanished.len().saturating_sub(VANISHED);
            for (_, modseq) in self.vanished.drain(..excess) {
                self.forgotten = modseq;
            }
        }
        gone
    }

    /// The UIDs expunged after this mod-sequence, rising; all that are not there, if the log does
    /// not reach back so far (RFC 7162, section 3.2.5.1, allows it).
    pub(crate) fn vanished_since(&self, modseq: u64) -> Vec<u32> {
        if modseq < self.forgotten {
            let used = FIRST_UID..self.uid_next;
            return used.filter(|uid| self.position(*uid).is_none()).collect();
        }
        let since = self.vanished.iter().filter(|(_, at)| *at > modseq);
        let mut uids: Vec<u32> = since.map(|(uid, _)| *uid).collect();
        uids.sort_unstable();
        uids
    }

    /// Gives every message a new UID under a new UIDVALIDITY.
    pub(crate) fn renumber(&mut self, validity: u32) {
        self.validity = validity;
        self.modseq += 1;
        self.vanished.clear();
        self.forgotten = 0;
        self.uid_next = FIRST_UID;
        for message in &mut self.messages {
            message.uid = self.uid_next;
            message.modseq = self.modseq;
            self.uid_next += 1;
        }
        self.announced = self.uid_next;
    }

    /// Whether it holds messages that were never announced.
    pub(crate) fn has_news(&self) -> bool {
        self.announced < self.uid_next
    }

    /// All messages are about to be announced: those that never were.
    pub(crate) fn announce(&mut self, user: &Arc<str>, at: Timestamp) -> Vec<Announcement> {
        let from = std::mem::replace(&mut self.announced, self.uid_next);
        if from >= self.uid_next {
            return Vec::new();
        }
        self.from(from)
            .iter()
            .map(|message| Announcement {
                user: Arc::clone(user),
                uid: message.uid,
                message_id: Arc::clone(&message.mail.message_id),
                announced_at: at,
            })
            .collect()
    }

    fn position(&self, uid: u32) -> Option<usize> {
        self.messages
            .binary_search_by_key(&uid, |message| message.uid)
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn folder(messages: u64) -> Folder {
        let mut folder = Folder::new(1, 7);
        for id in 0..messages {
            let raw = Bytes::from_static(b"Subject: a\r\nmessage-id: <x@y>\r\n\r\nbody");
            let mail = Mail::new(raw, Timestamp::from_micros(5), id);
            folder.append(Arc::new(mail), Flags::default());
        }
        folder
    }

    #[test]
    fn a_message_is_announced_once() {
        let mut folder = folder(1);
        let user = Arc::from("ann");
        let first = folder.announce(&user, Timestamp::from_micros(7));
        assert_eq!((first.len(), first[0].uid), (1, FIRST_UID));
        assert_eq!(&*first[0].message_id, "<x@y>");
        assert_eq!(folder.announce(&user, Timestamp::from_micros(9)), []);
    }

    #[test]
    fn every_change_has_its_place_in_the_order() {
        let mut folder = folder(3);
        let before = folder.modseq;
        let flags = Flags::new(["\\Seen"]);
        assert_eq!(folder.set_flags(102, flags.clone()), Some(true));
        assert_eq!(folder.set_flags(102, flags.clone()), Some(false));
        assert_eq!(folder.set_flags(99, flags), None);
        assert_eq!(folder.expunge(&[101, 103, 900]), [101, 103]);
        assert_eq!(folder.vanished_since(before), [101, 103]);
        assert!(folder.vanished_since(folder.modseq).is_empty());
        assert_eq!(folder.get(102).unwrap().modseq, before + 1);
        assert_eq!(folder.unseen(), 0);
    }

    #[test]
    fn a_forgotten_expunge_is_told_with_all_that_are_missing() {
        let mut folder = folder(VANISHED as u64 + 3);
        folder.expunge(&[FIRST_UID]);
        let all: Vec<u32> = (FIRST_UID + 1..folder.uid_next - 1).collect();
        folder.expunge(&all);
        assert_eq!(folder.vanished_since(1).len(), VANISHED + 2);
    }
}
